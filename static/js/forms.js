// Nothing is sent twice, nothing typed is lost: guards for forms. The pages work without this module.

const SAVE_AFTER = 3000; // milliseconds without typing before a draft is saved
const dirty = new Set();

// A second click on the same form does nothing; the server counts it once anyway, by its command id.
function guard(event) {
  const form = event.target;
  if (form.method !== "post") return;
  if (!navigator.onLine) {
    event.preventDefault();
    offline(form);
    return;
  }
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  event.submitter?.setAttribute("aria-busy", "true");
  dirty.delete(form);
}

function release() {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  for (const button of document.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
}

function offline(form) {
  const note = document.getElementById("offline-note");
  if (!note || form.querySelector("[data-offline]")) return;
  const shown = note.content.firstElementChild.cloneNode(true);
  shown.dataset.offline = "yes";
  form.prepend(shown);
}

// Drafts: what is typed goes to data-draft-url, without passwords and files.
async function save(form) {
  const data = new FormData(form);
  for (const field of form.querySelectorAll("input[type=password], input[type=file]")) data.delete(field.name);
  const place = form.querySelector("[data-draft-status]") ?? document.querySelector("[data-draft-status]");
  try {
    const answer = await fetch(form.dataset.draftUrl, { method: "POST", body: data, keepalive: true });
    if (!answer.ok) throw new Error(String(answer.status));
    const known = answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : {};
    if (place) place.textContent = known.text ?? form.dataset.draftSaved;
    dirty.delete(form);
  } catch {
    if (place) place.textContent = form.dataset.draftFailed;
  }
}

function watch(form) {
  let timer;
  form.addEventListener("input", () => {
    dirty.add(form);
    clearTimeout(timer);
    timer = setTimeout(() => save(form), SAVE_AFTER);
  });
}

for (const form of document.querySelectorAll("form[data-draft-url]")) watch(form);
document.addEventListener("submit", guard);
window.addEventListener("pageshow", release);
window.addEventListener("online", () => document.querySelector("[data-offline]")?.remove());
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState !== "hidden") return;
  for (const form of dirty) if (form.dataset.draftUrl) save(form);
});
window.addEventListener("beforeunload", (event) => {
  if (dirty.size) event.preventDefault();
});

// A link to a folded part opens it.
function unfold() {
  const part = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
  if (part instanceof HTMLDetailsElement) {
    part.open = true;
    part.scrollIntoView({ block: "center" });
    part.querySelector("summary").focus();
  }
}
unfold();
window.addEventListener("hashchange", unfold);

// The menu of the user closes on Escape and on a click elsewhere.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll(".ds-menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll(".ds-menu[open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
