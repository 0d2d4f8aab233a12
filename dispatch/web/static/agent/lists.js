// A list under a field: arrows move, Enter takes, Escape closes, the mouse works too.
export function pickList(field, list, take) {
  let at = -1;
  const options = () => [...list.querySelectorAll('[role="option"]:not([hidden])')];
  const mark = (next) => {
    const all = options();
    at = all.length ? (next + all.length) % all.length : -1;
    all.forEach((each, index) => each.setAttribute("aria-selected", String(index === at)));
    if (at >= 0) { field.setAttribute("aria-activedescendant", all[at].id); all[at].scrollIntoView({ block: "nearest" }); } else field.removeAttribute("aria-activedescendant");
  };
  const open = (first = -1) => {
    const any = options().length > 0;
    list.hidden = !any;
    if (field.getAttribute("role") === "combobox") field.setAttribute("aria-expanded", String(any));
    if (any) mark(first); else at = -1;
  };
  const close = () => {
    list.hidden = true;
    at = -1;
    field.removeAttribute("aria-activedescendant");
    if (field.getAttribute("role") === "combobox") field.setAttribute("aria-expanded", "false");
  };
  const choose = (option) => { if (option) { close(); take(option); } };
  field.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (list.hidden) { if (field.getAttribute("role") !== "combobox") return; open(); if (list.hidden) return; }
      event.preventDefault();
      mark(event.key === "ArrowDown" ? at + 1 : at < 0 ? -1 : at - 1);
    } else if (event.key === "Escape" && !list.hidden) { event.preventDefault(); close(); }
    else if ((event.key === "Enter" || (event.key === "Tab" && field.tagName === "TEXTAREA")) && !list.hidden && at >= 0) {
      event.preventDefault();
      event.stopImmediatePropagation();
      choose(options()[at]);
    }
  });
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => choose(event.target.closest('[role="option"]')));
  field.addEventListener("blur", close);
  return { open, close, choose, options, isOpen: () => !list.hidden };
}
