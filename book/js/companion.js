// Repairs for keyboards and screen readers, where the theme and MathJax leave gaps.
// The page reads well without this script.

const each = (selector, repair) => document.querySelectorAll(selector).forEach(repair);

const SCROLLING = "mjx-container[display='true'], mjx-container.wide, pre, "
  + ".pst-scrollable-table-container";

// A formula on a line of its own that is wider than the page is set smaller, as far as it can be read.
const SMALLEST = 0.65;

// All are reset, then all measured, then all set: in turns, each would lay out the page anew.
function shrinkFormulas() {
  const boxes = [...document.querySelectorAll("mjx-container[display='true']")];
  const formulas = boxes.map((box) => box.querySelector("mjx-math"));
  formulas.forEach((formula) => { formula.style.fontSize = ""; });
  const shares = boxes.map((box) => box.clientWidth / box.scrollWidth);
  formulas.forEach((formula, i) => {
    if (shares[i] < 1) formula.style.fontSize = `${Math.max(SMALLEST, shares[i])}em`;
  });
}

// A formula within a line that is wider than the line scrolls in its own box.
function boxWideFormulas() {
  each("mjx-container:not([display])", (formula) => {
    const line = formula.closest("p, li, dd, td, figcaption");
    formula.classList.toggle("wide", !!line && formula.scrollWidth > line.clientWidth);
  });
}

// What scrolls sideways can be reached by keyboard; what fits is not a stop on the way.
function markScrolling() {
  shrinkFormulas();
  boxWideFormulas();
  each(SCROLLING, (box) => {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  });
}

// A control's name contains the words that stand on it, and says what it does.
function nameControls() {
  each(".cell summary[aria-label], .search-button-field[aria-label]",
    (control) => control.removeAttribute("aria-label"));
  each(".theme-switch-button",
    (button) => button.setAttribute("aria-label", "Color mode: Light, Dark or System Settings"));
  each(".bd-sidebar summary", (toggle) => {
    const page = toggle.closest("li")?.querySelector("a")?.textContent.trim();
    toggle.setAttribute("aria-label", `Pages under ${page}`);
  });
}

// Roles that no longer exist or that do not fit, and a landmark that is missing.
function repairRoles() {
  each("th", (head) => {
    if (!head.textContent.trim()) head.setAttribute("role", "presentation");
  });
  each("[role='doc-biblioentry'], .citation-list[role]", (entry) => entry.removeAttribute("role"));
  each("div.bd-sidebar-primary", (sidebar) => {
    sidebar.setAttribute("role", "region");
    sidebar.setAttribute("aria-label", "Book");
  });
}

// A box changes its size when its formulas are set, when the window does, and when a fold opens.
function watch() {
  const observer = new ResizeObserver(markScrolling);
  each(`${SCROLLING}, mjx-container`, (box) => observer.observe(box));
  markScrolling();
}

addEventListener("load", () => {
  nameControls();
  repairRoles();
  watch();
  window.MathJax?.startup?.promise?.then(watch);
});
