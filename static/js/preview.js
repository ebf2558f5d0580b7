// On a wide screen a click on a row opens it beside the list: the card of its own page, fetched as it is, under its
// own address. By keyboard, on a small screen, in a new tab or without this module the link goes to the page itself.

const wide = window.matchMedia("(min-width: 64rem)");
let last = 0;
let shown = false;

async function show(link, place) {
  const turn = ++last;
  place.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(link.href, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const card = page.querySelector("main article");
    if (!answer.ok || !card) throw new Error(String(answer.status));
    if (turn !== last) return;
    const head = document.createElement("div");
    head.className = "ds-row ds-row--apart";
    const title = document.createElement("h2");
    title.textContent = page.querySelector("h1").textContent;
    const tags = document.createElement("div");
    tags.className = "ds-row ds-row--tight";
    tags.append(...page.querySelectorAll(".ds-head .ds-tag"));
    head.append(title, tags);
    place.replaceChildren(head, document.importNode(card, true));
    for (const row of document.querySelectorAll(".ds-rows > li[aria-current]")) row.removeAttribute("aria-current");
    link.closest("li").setAttribute("aria-current", "true");
    history[shown ? "replaceState" : "pushState"](null, "", link.href);
    document.title = page.title;
    shown = true;
    place.focus({ preventScroll: true });
  } catch {
    location.assign(link.href);
  } finally {
    place.removeAttribute("aria-busy");
  }
}

const elsewhere = (event) => event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-preview]");
  if (!link || !wide.matches || !event.detail || elsewhere(event)) return;
  const place = document.getElementById(link.dataset.preview);
  if (!place) return;
  event.preventDefault();
  show(link, place);
});

window.addEventListener("popstate", () => {
  if (shown) location.reload();
});
