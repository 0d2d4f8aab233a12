// A list of cases: rows are chosen (shift-click takes those between), columns moved, its map is drawn.
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const fill = (words, n) => words.replace("{n}", n);

const form = document.querySelector("[data-bulk]");
if (form) choosing(form);
for (const list of all("[data-columns]")) moving(list);
const said = document.querySelector("[data-list-map]");
if (said) {
  document.getElementById("list-map").addEventListener("opened", async ({ detail }) => {
    const { start } = await import("./list-map.js");
    start(detail, said);
  });
}

function choosing(within) {
  const bar = within.querySelector("[data-bulk-bar]");
  const every = within.querySelector("[data-all-rows]");
  const count = bar.querySelector("[data-bulk-count]");
  const boxes = () => all("tbody [name=case]", within);
  const chosen = new Set();
  const idOf = (box) => box.value.split("@")[0];
  let last = null;
  const show = () => {
    const here = boxes();
    count.textContent = fill(count.dataset.words, chosen.size);
    bar.hidden = !chosen.size;
    every.checked = here.length > 0 && here.every((box) => box.checked);
    every.indeterminate = !every.checked && chosen.size > 0;
  };
  const take = (box, on) => {
    box.checked = on;
    if (on) chosen.add(idOf(box));
    else chosen.delete(idOf(box));
  };
  within.addEventListener("click", ({ target, shiftKey }) => {
    if (!target.matches?.("tbody [name=case]")) return;
    const here = boxes();
    const [from, to] = [here.indexOf(last), here.indexOf(target)].sort((a, b) => a - b);
    if (shiftKey && from >= 0) here.slice(from, to + 1).forEach((box) => take(box, target.checked));
    take(target, target.checked);
    last = target;
    show();
  });
  every.addEventListener("change", () => { boxes().forEach((box) => take(box, every.checked)); show(); });
  bar.querySelector("[data-none]").addEventListener("click", () => { boxes().forEach((box) => take(box, false)); show(); });
  // A row that was drawn anew stays chosen; one that has gone is chosen no more.
  new MutationObserver(() => {
    const here = boxes();
    here.forEach((box) => { box.checked = chosen.has(idOf(box)); });
    const ids = new Set(here.map(idOf));
    for (const id of chosen) if (!ids.has(id)) chosen.delete(id);
    show();
  }).observe(within.querySelector("tbody"), { childList: true });
  if (every.checked) boxes().forEach((box) => take(box, true)); // ticked before this file had come
  boxes().filter((box) => box.checked).forEach((box) => take(box, true));
  show();
}

function moving(list) {
  list.addEventListener("click", ({ target }) => {
    const button = target.closest("[data-up]");
    const item = button?.closest("li");
    if (!item?.previousElementSibling) return;
    item.previousElementSibling.before(item);
    button.focus();
  });
}
