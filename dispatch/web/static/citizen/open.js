// The public map: counts and points from tiles, the list of what the map shows, and what is asked of a point.
import { openCases } from "../map/layers.js";

export function start(form) {
  for (const select of form.querySelectorAll("select")) select.addEventListener("change", () => form.requestSubmit ? form.requestSubmit() : form.submit());
  const element = document.getElementById("open-map");
  element.addEventListener("opened", ({ detail }) => begin(detail, form), { once: true });
}

function begin({ map, library, colours }, form) {
  const list = document.querySelector("[data-lines]");
  const lay = () => openCases(map, colours, { group: form.elements.group.value });
  if (map.isStyleLoaded()) lay(); else map.once("style.load", lay);
  const first = list.querySelector("[data-at]");
  if (form.elements.area.value && first) fit(map, list, library);
  ask(map, library);
  follow(map, form, list);
  circle(map);
  list.addEventListener("click", ({ target }) => {
    const line = target.closest("[data-at]");
    if (line) map.easeTo({ center: line.dataset.at.split(",").map(Number), zoom: Math.max(16, map.getZoom()) });
  });
}

function fit(map, list, { LngLatBounds }) {
  const bounds = new LngLatBounds();
  for (const line of list.querySelectorAll("[data-at]")) bounds.extend(line.dataset.at.split(",").map(Number));
  map.fitBounds(bounds, { padding: 48, maxZoom: 15, duration: 0 });
}

// A count opens by coming nearer, a point by saying what it is.
function ask(map, { Popup }) {
  const english = document.documentElement.lang === "en";
  map.on("click", "case-counts", ({ lngLat }) => map.easeTo({ center: lngLat, zoom: map.getZoom() + 2 }));
  map.on("click", "case-points", ({ features, lngLat }) => {
    const said = document.createElement("div");
    for (const { properties } of features.slice(0, 5)) {
      const line = document.createElement("p");
      line.className = "open-said";
      line.textContent = [english ? properties.category_en : properties.category, properties.street, properties.day].filter(Boolean).join(" · ");
      said.append(line);
    }
    new Popup({ maxWidth: "280px" }).setLngLat(lngLat).setDOMContent(said).addTo(map);
  });
  for (const layer of ["case-counts", "case-points"]) {
    map.on("mouseenter", layer, () => map.getCanvas().classList.add("map-points"));
    map.on("mouseleave", layer, () => map.getCanvas().classList.remove("map-points"));
  }
}

// The list follows the map, as long as no area was chosen by name.
function follow(map, form, list) {
  const title = document.querySelector("[data-list-title]");
  let turn = 0;
  map.on("moveend", async ({ originalEvent }) => {
    if (!originalEvent || form.elements.area.value) return;
    const mine = (turn += 1);
    const edge = map.getBounds();
    const window = [edge.getWest(), edge.getSouth(), edge.getEast(), edge.getNorth()].map((each) => each.toFixed(5)).join(",");
    const glue = list.dataset.lines.endsWith("?") ? "" : "&";
    const answer = await fetch(`${list.dataset.lines}${glue}window=${encodeURIComponent(window)}`, { headers: { Accept: "text/html" } }).catch(() => null);
    if (!answer?.ok || mine !== turn) return;
    const found = new DOMParser().parseFromString(`<ul>${await answer.text()}</ul>`, "text/html");
    list.replaceChildren(...found.querySelector("ul").childNodes);
    title.textContent = title.dataset.window;
  });
}

// A circle around the middle of the map instead of a named area.
function circle(map) {
  const select = document.querySelector("[data-circle]");
  const field = document.getElementById("feed-url");
  const named = field.value;
  const show = () => {
    const { lng, lat } = map.getCenter();
    const address = new URL(named);
    if (select.value) address.searchParams.set("area", `circle:${lng.toFixed(4)},${lat.toFixed(4)},${select.value}`);
    field.value = select.value ? address.href : named;
  };
  select.addEventListener("change", show);
  map.on("moveend", show);
}
