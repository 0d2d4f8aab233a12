// The hall's desk: ticking many, another unit than advised, requests answered by key.
import { many, once } from "./units/many.js";

many();
once();

// Of the rivals and the list of all units the last one chosen counts.
for (const select of document.querySelectorAll("[data-other-unit]")) {
  const radios = [...select.form.querySelectorAll('[type="radio"][name="department"]')];
  select.addEventListener("change", () => { if (select.value) for (const radio of radios) radio.checked = false; });
  for (const radio of radios) radio.addEventListener("change", () => { select.value = ""; });
  if (select.value && ![...select.selectedOptions][0].defaultSelected) for (const radio of radios) radio.checked = false;
}

for (const list of document.querySelectorAll("[data-asked]")) {
  const cards = [...list.querySelectorAll(".asked")];
  const at = () => cards.indexOf(document.activeElement?.closest?.(".asked"));
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, dialog")) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const next = cards[Math.max(0, at() + (event.key === "ArrowDown" ? 1 : -1))];
      if (next) { event.preventDefault(); next.focus(); }
      return;
    }
    const button = (cards[at()] ?? (cards.length === 1 ? cards[0] : null))?.querySelector(`[data-answer="${CSS.escape(event.key)}"]`);
    if (button) { event.preventDefault(); button.click(); }
  });
  if (!document.querySelector("#refused")) cards[0]?.focus({ preventScroll: true });
}
