// Letter keys for people who work in lists all day: j and k move, Enter opens, t takes, u and p unfold the
// urgency and the passing on of a notice, / searches, ? explains.
// They can be turned off in the settings (WCAG 2.1.4): then <body data-keys="off">.

const rows = () => [...document.querySelectorAll(".ds-rows > li")];
const target = (row) => row.querySelector("a[href], button, input, summary");

function typing(element) {
  return element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName);
}

function move(step) {
  const list = rows().filter((row) => target(row) && row.checkVisibility());
  if (!list.length) return;
  const here = list.findIndex((row) => row.contains(document.activeElement));
  const chosen = here < 0 ? 0 : Math.min(Math.max(here + step, 0), list.length - 1);
  target(list[chosen]).focus();
}

// A letter presses the button that carries it: of the row that has the focus, else the one outside all lists. Not
// while a preview is on its way: it still shows the row before.
function press(key) {
  const row = document.activeElement.closest(".ds-rows > li");
  const alone = [...document.querySelectorAll(`main [data-key="${key}"]`)].find((found) => !found.closest(".ds-rows"));
  const button = row?.querySelector(`[data-key="${key}"]`) || alone;
  if (!button?.checkVisibility() || button.closest("[aria-busy=true]")) return;
  button.click();
  if (button.tagName === "SUMMARY") enter(button.parentElement);
}

// A part that unfolds is ready to be filled in.
function enter(fold) {
  const field = fold.querySelector("input:checked") ?? fold.querySelector("select, textarea, input:not([type=hidden])");
  if (fold.open) field?.focus();
}

const actions = {
  j: () => move(1),
  k: () => move(-1),
  t: () => press("t"),
  u: () => press("u"),
  p: () => press("p"),
  "/": () => document.getElementById("omni")?.focus(),
  "?": () => document.getElementById("keys-help")?.togglePopover?.(),
};

document.addEventListener("keydown", (event) => {
  if (document.body.dataset.keys === "off" || event.ctrlKey || event.metaKey || event.altKey) return;
  const action = actions[event.key];
  if (!action || typing(event.target)) return;
  event.preventDefault();
  action();
});
