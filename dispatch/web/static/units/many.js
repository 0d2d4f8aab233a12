// Ticking many rows for one deed: all at once, how many, and a form that is sent once.
const all = (selector, from = document) => [...from.querySelectorAll(selector)];

export function many() {
  for (const form of all("[data-many]")) {
    const boxes = all('[name="case"]', form);
    const whole = form.querySelector("[data-all]");
    const told = form.querySelector("[data-ticked]");
    const tell = () => {
      const n = boxes.filter((box) => box.checked).length;
      if (whole) { whole.checked = n > 0 && n === boxes.length; whole.indeterminate = n > 0 && n < boxes.length; }
      if (told) told.textContent = n ? told.dataset.words.replace("{n}", n) : "";
    };
    whole?.addEventListener("change", () => { for (const box of boxes) box.checked = whole.checked; tell(); });
    for (const box of boxes) box.addEventListener("change", tell);
    if (whole?.checked) for (const box of boxes) box.checked = true; // ticked before this file had come
    tell();
  }
}

export function once() {
  const sender = (form) => form.querySelector('[type="submit"]');
  for (const form of all("[data-once]")) form.addEventListener("submit", () => { sender(form).disabled = true; });
  addEventListener("pageshow", ({ persisted }) => { if (persisted) for (const form of all("[data-once]")) sender(form).disabled = false; });
}
