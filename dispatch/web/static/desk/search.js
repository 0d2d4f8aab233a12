// The search box offers cases while one types; arrows choose, Enter opens, Escape goes back to typing.
const WAIT = 120;

export function search() {
  const input = document.getElementById("search");
  if (!input) return;
  const list = document.createElement("ul");
  list.className = "suggest";
  list.id = "suggest";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", input.labels[0].textContent);
  input.after(list);
  for (const [name, value] of [["role", "combobox"], ["aria-controls", "suggest"], ["aria-expanded", "false"], ["aria-autocomplete", "list"]]) input.setAttribute(name, value);
  let timer = 0;
  let asked = null;
  const options = () => [...list.querySelectorAll('[role="option"]:not([aria-disabled])')];
  const chosen = () => list.querySelector('[aria-selected="true"]');
  const open = (on) => {
    list.hidden = !on;
    input.setAttribute("aria-expanded", String(on));
    if (!on) choose(null);
  };
  const choose = (option) => {
    chosen()?.setAttribute("aria-selected", "false");
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) input.setAttribute("aria-activedescendant", option.id);
    else input.removeAttribute("aria-activedescendant");
  };
  const offer = async () => {
    const words = input.value.trim();
    asked?.abort();
    if (words.length < 2) { open(false); return; }
    asked = new AbortController();
    try {
      const answer = await fetch(`/cases/suggest?q=${encodeURIComponent(words)}`, { headers: { Accept: "text/html" }, signal: asked.signal });
      if (!answer.ok || answer.redirected) { open(false); return; }
      list.replaceChildren(...new DOMParser().parseFromString(await answer.text(), "text/html").body.children);
      open(list.children.length > 0);
    } catch (error) {
      if (error.name !== "AbortError") open(false);
    }
  };
  const later = () => { clearTimeout(timer); timer = setTimeout(offer, WAIT); };
  input.addEventListener("input", later);
  if (input === document.activeElement && input.value !== input.defaultValue) later(); // typed before this file had come
  input.addEventListener("keydown", (event) => {
    if (event.isComposing || list.hidden) return;
    const all = options();
    const at = all.indexOf(chosen());
    if (event.key === "ArrowDown") choose(all[(at + 1) % all.length]);
    else if (event.key === "ArrowUp") choose(all[(at <= 0 ? all.length : at) - 1]);
    else if (event.key === "Escape") open(false);
    else if (event.key === "Enter" && at >= 0) all[at].querySelector("a").click();
    else return;
    event.preventDefault();
  });
  addEventListener("click", ({ target }) => { if (!input.parentElement.contains(target)) open(false); });
}
