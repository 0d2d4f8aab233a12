// Text modules: `::` and the beginning of a word in a text offer what can be put in its place.
import { pickList } from "./lists.js";

export function textModules(area, list) {
  let start = -1;
  const picker = pickList(area, list, (option) => {
    area.setRangeText(option.dataset.text, start, area.selectionStart, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
    area.focus();
  });
  area.addEventListener("input", () => {
    const before = area.value.slice(0, area.selectionStart);
    const found = /[:：]{2}([^\s:：]*)$/.exec(before);
    if (!found) { picker.close(); return; }
    start = found.index;
    const wanted = found[1].toLowerCase();
    for (const option of list.children) option.hidden = !option.dataset.word.toLowerCase().startsWith(wanted) && !option.textContent.toLowerCase().includes(wanted || "\u0000");
    if (!wanted) for (const option of list.children) option.hidden = false;
    picker.open(0);
  });
}
