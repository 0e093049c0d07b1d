// Repairs for keyboards and screen readers, where the theme and MathJax leave gaps.
// The page reads well without this script.

const WIDE = "mjx-container[display='true'], .pst-scrollable-table-container, div.math, pre";

// What scrolls sideways can be reached by keyboard; what fits is not a stop on the way.
function markScrolling() {
  for (const box of document.querySelectorAll(WIDE)) {
    if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}

// A control's name has to contain the words that stand on it.
function nameControls() {
  for (const control of document.querySelectorAll(
    "summary[aria-label], .search-button-field[aria-label]"
  )) control.removeAttribute("aria-label");
  for (const button of document.querySelectorAll(".theme-switch-button"))
    button.setAttribute("aria-label", "Color mode: Light, Dark or System Settings");
}

// The side bar's book title lies outside every landmark.
function nameSidebar() {
  const sidebar = document.querySelector("div.bd-sidebar-primary");
  sidebar?.setAttribute("role", "region");
  sidebar?.setAttribute("aria-label", "Book");
}

addEventListener("load", () => {
  nameControls();
  nameSidebar();
  markScrolling();
  window.MathJax?.startup?.promise?.then(markScrolling);
});
addEventListener("resize", markScrolling);
