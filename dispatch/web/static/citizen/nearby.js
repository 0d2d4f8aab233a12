// The convenience map: chips answer at once, cards and map point at each other, and what is live stays true.
const EVERY = 20_000;

export function start(form) {
  for (const chip of form.querySelectorAll('[type="radio"], [type="checkbox"]')) {
    chip.addEventListener("change", () => { if (form.elements.q.value || form.elements.longitude.value) form.submit(); });
  }
  // Other words mean another place than the one that the device found.
  form.elements.q.addEventListener("input", () => { for (const name of ["longitude", "latitude"]) form.elements[name].disabled = true; });
  const list = document.querySelector("[data-cards]");
  if (!list) return;
  const element = document.getElementById("nearby-map");
  element.addEventListener("opened", ({ detail }) => pins(detail, element, list), { once: true });
  keepTrue(list);
}

function pins({ map, library: { Marker, LngLatBounds } }, element, list) {
  const points = JSON.parse(element.dataset.ownPoints);
  const bounds = new LngLatBounds();
  const made = points.map(({ at, name, open }, index) => {
    const pin = Object.assign(document.createElement("button"), { type: "button", className: `pin ${open === false ? "pin-closed" : ""}`, textContent: String(index + 1) });
    pin.setAttribute("aria-label", `${index + 1} ${name}`);
    pin.dataset.number = String(index + 1);
    pin.addEventListener("click", (event) => { event.stopPropagation(); choose(index, true); });
    new Marker({ element: pin, anchor: "bottom" }).setLngLat(at).addTo(map);
    if (index < 5) bounds.extend(at);
    return pin;
  });
  const { longitude, latitude } = element.dataset;
  const here = Object.assign(document.createElement("span"), { className: "here" });
  new Marker({ element: here }).setLngLat([Number(longitude), Number(latitude)]).addTo(map);
  if (points.length) map.fitBounds(bounds.extend([Number(longitude), Number(latitude)]), { padding: 56, maxZoom: 16.5, duration: 0 });
  function choose(index, fromMap) {
    made.forEach((pin, n) => pin.classList.toggle("pin-chosen", n === index));
    for (const card of list.children) card.classList.toggle("chosen", card.dataset.place === String(index));
    const card = list.querySelector(`[data-place="${index}"]`);
    if (fromMap) { card?.scrollIntoView({ block: "nearest" }); card?.focus({ preventScroll: true }); }
    else if (!map.getBounds().contains(points[index].at)) map.easeTo({ center: points[index].at });
  }
  for (const way of ["click", "focusin"]) {
    list.addEventListener(way, ({ target }) => { const card = target.closest("[data-place]"); if (card && target !== card) choose(Number(card.dataset.place), false); });
  }
}

// Fresh cards from time to time, as long as somebody looks; what changed is marked for a moment.
function keepTrue(list) {
  const said = document.querySelector("[data-fresh-said]");
  const look = async () => {
    if (document.hidden) return;
    const answer = await fetch(list.dataset.cards, { headers: { Accept: "text/html" } }).catch(() => null);
    if (!answer?.ok) return;
    const found = new DOMParser().parseFromString(`<ul>${await answer.text()}</ul>`, "text/html");
    for (const fresh of found.querySelectorAll("[data-place]")) {
      const facts = document.getElementById(fresh.id)?.querySelector(".place-facts");
      const now = fresh.querySelector(".place-facts");
      if (!facts || facts.textContent === now.textContent) continue;
      facts.replaceChildren(...now.childNodes);
      facts.classList.add("fresh");
      setTimeout(() => facts.classList.remove("fresh"), 2000);
    }
    const time = new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
    said.textContent = said.dataset.words.replace("{time}", time);
  };
  setInterval(look, EVERY);
  document.addEventListener("visibilitychange", look);
}
