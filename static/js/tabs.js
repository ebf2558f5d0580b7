// On a small screen the parts of a file slide: show the one that is open. Without this module a finger does it.

for (const tab of document.querySelectorAll(".ds-tabs [aria-current]")) {
  const strip = tab.closest(".ds-tabs");
  strip.scrollLeft = tab.offsetLeft - strip.offsetLeft - 32;
}
