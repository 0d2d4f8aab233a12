// Photos at full size: arrows step, z is the size they have, Escape closes; the page's links are the source.
export function lightbox() {
  const box = document.getElementById("lightbox");
  const frame = box.querySelector("[data-lightbox-frame]");
  const words = box.querySelector("[data-lightbox-words]");
  const links = () => [...document.querySelectorAll("[data-lightbox]")];
  let at = 0;

  const show = (index) => {
    const found = links();
    at = (index + found.length) % found.length;
    const image = document.createElement("img");
    image.src = found[at].href;
    image.alt = found[at].querySelector("img").alt;
    frame.replaceChildren(image);
    frame.classList.remove("lightbox-whole");
    words.textContent = `${found[at].dataset.lightbox} — ${box.dataset.of.replace("{n}", at + 1).replace("{all}", found.length)}`;
    for (const step of box.querySelectorAll("[data-lightbox-step]")) step.hidden = found.length < 2;
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("[data-lightbox]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    show(links().indexOf(link));
    box.showModal();
  });
  for (const step of box.querySelectorAll("[data-lightbox-step]")) {
    step.addEventListener("click", () => show(at + Number(step.dataset.lightboxStep)));
  }
  const zoom = () => frame.classList.toggle("lightbox-whole");
  box.querySelector("[data-lightbox-zoom]").addEventListener("click", zoom);
  frame.addEventListener("click", zoom);
  box.addEventListener("click", ({ target }) => { if (target === box) box.close(); });
  box.addEventListener("keydown", (event) => {
    const deed = { ArrowLeft: () => show(at - 1), ArrowRight: () => show(at + 1), z: zoom }[event.key];
    if (!deed) return;
    event.preventDefault();
    deed();
  });
  box.addEventListener("close", () => { frame.replaceChildren(); links()[at]?.focus(); });
}
