// Keys: whatever carries data-key is clicked, or focused if one types into it. A page says no more than that.
const TYPING = "input:not([type=checkbox], [type=radio], [type=button], [type=submit], [type=file]), textarea, select, [contenteditable=true]";
const isShown = (element) => element.checkVisibility();

export function keys() {
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.closest?.(TYPING) || document.querySelector("dialog[open]")) return;
    const wanted = [...document.querySelectorAll(`[data-key="${CSS.escape(event.key)}"]`)];
    const target = wanted.find(isShown) ?? wanted.find((each) => each.closest(".rail"));
    if (!target || target.disabled) return;
    event.preventDefault();
    if (target.matches(TYPING)) target.focus();
    else target.click();
  });
  document.querySelector("[data-open=keys]")?.addEventListener("click", list);
}

// The keys of this page, read off the page itself.
function list() {
  const here = document.querySelector("[data-keys-here]");
  const own = [...document.querySelectorAll("main [data-key]")].filter(isShown);
  here.replaceChildren(...own.flatMap((each) => {
    const key = document.createElement("dt");
    const words = document.createElement("dd");
    key.append(Object.assign(document.createElement("kbd"), { textContent: each.dataset.key }));
    words.textContent = each.dataset.keyWords ?? wordsOf(each);
    return [key, words];
  }));
  document.querySelector("[data-keys-h]").hidden = !own.length;
}

function wordsOf(element) {
  const copy = element.cloneNode(true);
  for (const aside of copy.querySelectorAll("kbd, svg")) aside.remove();
  return copy.textContent.trim().replace(/\s+/g, " ") || element.getAttribute("aria-label") || "";
}
