// A map of the platform's own layers: to show a place with its grid, to pick one, or to show many.
//
// The page says what it wants by data attributes (see the macro `map`). Events in: "place" { longitude,
// latitude, radius }, "candidates" { points, fit }. Events out: "opened" { map, library, colours } once,
// "picked" { longitude, latitude }. All degrees are WGS-84.
import { CJK, drawSights, ground, overlay, PALETTES } from "./map/ground.js";
import { ring } from "./map/ring.js";

const CITY = [109.4127, 24.3254];

let library;
async function load(element) {
  library ??= import(element.dataset.library).then((found) => {
    found.setWorkerUrl(new URL(element.dataset.worker, location.href).href);
    return found;
  });
  if (!document.getElementById("map-style")) {
    const own = new URL("./map/map.css", import.meta.url).href;
    for (const [id, href] of [["map-style", element.dataset.style], ["map-own-style", own]]) {
      document.head.append(Object.assign(document.createElement("link"), { id, rel: "stylesheet", href }));
    }
  }
  return library;
}

const json = (text, otherwise) => (text ? JSON.parse(text) : otherwise);

// Everything that a module of a desk needs to go on by itself: { map, library, colours }.
export async function open(element) {
  const found = await load(element);
  const { longitude, latitude, zoom } = element.dataset;
  const theme = document.documentElement.dataset.bsTheme === "dark" ? "dark" : "light";
  const base = json(element.dataset.base, null);
  const words = json(element.dataset.words, {});
  const map = new found.Map({
    container: element,
    style: base?.style ?? ground({ theme, grid: element.dataset.grid, base }),
    center: longitude ? [Number(longitude), Number(latitude)] : CITY,
    zoom: Number(zoom ?? (longitude ? 15.5 : 11.5)),
    minZoom: 8,
    maxZoom: 19,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    attributionControl: false,
    localIdeographFontFamily: CJK,
    reduceMotion: matchMedia("(prefers-reduced-motion: reduce)").matches,
    locale: { "Map.Title": element.getAttribute("aria-label"), "NavigationControl.ZoomIn": words.zoom_in, "NavigationControl.ZoomOut": words.zoom_out, "Popup.Close": words.close, "Marker.Title": words.marker, "ScaleControl.Meters": "m", "ScaleControl.Kilometers": "km" },
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation?.();
  drawSights(map);
  if (base?.style) map.once("load", () => overlay(map, { theme, grid: element.dataset.grid }));
  map.addControl(new found.NavigationControl({ showCompass: false }), "top-right");
  map.addControl(new found.ScaleControl({ maxWidth: 90 }), "bottom-left");
  if (base?.attribution || base?.style) map.addControl(new found.AttributionControl({ compact: true, customAttribution: base.style ? base.attribution : undefined }), "bottom-right");
  map.once("idle", () => { element.dataset.drawn = "true"; });
  const opened = { map, library: found, colours: PALETTES[theme] };
  element.dispatchEvent(new CustomEvent("opened", { detail: opened }));
  return opened;
}

export async function draw(element) {
  const { map, library: { Marker, LngLatBounds, Popup }, colours } = await open(element);
  const { longitude, latitude, pick, points } = element.dataset;
  const known = longitude ? [Number(longitude), Number(latitude)] : null;
  const marker = new Marker({ color: colours.accent, draggable: Boolean(pick) });
  const picked = ({ lng, lat }) => element.dispatchEvent(new CustomEvent("picked", { detail: { longitude: lng, latitude: lat } }));
  const set = (at) => marker.setLngLat(at).addTo(map);
  const circle = ring(map, colours.accent);
  if (known && element.dataset.marker !== "none") set(known);
  if (known && !map.getBounds().contains(known)) map.jumpTo({ center: known, zoom: 15.5 });
  if (pick) {
    const choose = (at) => { set(at); circle.clear(); picked(at); };
    map.getCanvas().classList.add("map-picks");
    map.on("click", ({ lngLat }) => choose(lngLat));
    marker.on("dragend", () => { circle.clear(); picked(marker.getLngLat()); });
    byKeyboard(element, map, choose);
  }
  element.addEventListener("place", ({ detail }) => {
    const at = [detail.longitude, detail.latitude];
    set(at);
    circle.show(at, detail.radius);
    if (detail.radius > 60) map.fitBounds(circle.bounds(at, detail.radius, LngLatBounds), { padding: 40, maxZoom: 17 });
    else if (!map.getBounds().contains(at) || map.getZoom() < 15) map.easeTo({ center: at, zoom: Math.max(16, map.getZoom()) });
  });
  // Numbered places and cases to choose among: [{ at, name, kind }], each a small label on the map.
  const shown = [];
  element.addEventListener("candidates", ({ detail }) => {
    shown.splice(0).forEach((each) => each.remove());
    for (const { at, name, kind } of detail.points) {
      const label = document.createElement("span");
      label.className = `map-label map-label-${kind}`;
      label.textContent = name;
      shown.push(new Marker({ element: label, anchor: "bottom" }).setLngLat(at).addTo(map));
    }
    if (!detail.points.length || !detail.fit) return;
    const bounds = new LngLatBounds();
    for (const { at } of detail.points) bounds.extend(at);
    map.fitBounds(bounds, { padding: 40, maxZoom: 16, duration: 0 });
  });
  if (points) many(map, JSON.parse(points), known, { Marker, LngLatBounds, Popup });
}

// With the arrow keys one moves the map below a cross in its middle; Enter marks what is there.
function byKeyboard(element, map, choose) {
  const cross = document.createElement("span");
  cross.className = "map-cross";
  cross.setAttribute("aria-hidden", "true");
  element.append(cross);
  map.getCanvas().addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    choose(map.getCenter());
  });
}

function many(map, points, known, { Marker, LngLatBounds, Popup }) {
  const bounds = known ? new LngLatBounds(known, known) : new LngLatBounds();
  for (const { at, name } of points.slice(0, 20)) {
    new Marker({ color: "#8a5300", scale: 0.7 }).setLngLat(at).setPopup(new Popup({ offset: 20 }).setText(name)).addTo(map);
  }
  for (const { at } of points.slice(0, 5)) bounds.extend(at);
  map.fitBounds(bounds, { padding: 48, maxZoom: 16, duration: 0 });
}
