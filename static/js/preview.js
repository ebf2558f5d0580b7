// On a wide screen a click on a row opens it beside the list: the card of its own page, fetched as it is, under its
// own address. By keyboard the card follows the row that has the focus, once one rests on it: every look is noted.
// On a small screen, in a new tab or without this module the link goes to the page itself.

const wide = window.matchMedia("(min-width: 64rem)");
const REST = 350;
let resting;
let last = 0;
let shown = false;

async function show(link, place, follows = false) {
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
    place.removeAttribute("aria-busy");
    if (!follows) place.focus({ preventScroll: true });
  } catch {
    // A row that cannot be shown leaves the card busy, so that no key acts on the one of before.
    if (turn === last && !follows) location.assign(link.href);
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

// A key moved the focus; a click says itself what it wants.
document.addEventListener("focusin", (event) => {
  const link = event.target.closest("a[data-preview]");
  const place = link && document.getElementById(link.dataset.preview);
  if (!place || !wide.matches || !link.matches(":focus-visible")) return;
  clearTimeout(resting);
  last += 1; // what is on its way comes too late
  if (link.closest("li").hasAttribute("aria-current")) {
    place.removeAttribute("aria-busy");
    return;
  }
  place.setAttribute("aria-busy", "true");
  resting = setTimeout(() => show(link, place, true), REST);
});

window.addEventListener("popstate", () => {
  if (shown) location.reload();
});
