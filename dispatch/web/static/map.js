// A map of the platform's own layers: to show a place with its grid, to pick one, or to show many.
const CITY = [109.4127, 24.3254];
const FONTS = ["Noto Sans Regular"];
const CJK = '"Noto Sans SC","Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif';
const PALETTES = {
  light: { ground: "#f1f3f0", water: "#c4dce6", road: "#ffffff", edge: "#c3c9c6", lane: "#e2e5e2", line: "#9aa8a6", grid: "#c9d3d1", text: "#3b4746", halo: "#ffffff", accent: "#0f6b6b" },
  dark: { ground: "#192122", water: "#1f3a45", road: "#3a4748", edge: "#10181a", lane: "#2a3536", line: "#566463", grid: "#33403f", text: "#c4cfcd", halo: "#12191a", accent: "#45b8b2" },
};
const LAYERS = ["districts", "streets", "communities", "grids", "water", "roads", "places"];

function style(colours, grid) {
  const tiles = (layer) => [`${location.origin}/tiles/${layer}/{z}/{x}/{y}.mvt`];
  const from = { districts: 5, streets: 9, communities: 11, grids: 13, water: 8, roads: 11, places: 14 };
  const sources = Object.fromEntries(LAYERS.map((name) => [name, { type: "vector", tiles: tiles(name), minzoom: from[name], maxzoom: 16 }]));
  const line = (id, source, paint, more = {}) => ({ id, type: "line", source, "source-layer": source, paint, ...more });
  const label = (id, source, size, minzoom, more = {}) => ({
    id, type: "symbol", source, "source-layer": source, minzoom,
    layout: { "text-field": ["get", "name"], "text-font": FONTS, "text-size": size, ...more },
    paint: { "text-color": colours.text, "text-halo-color": colours.halo, "text-halo-width": 1.4 },
  });
  const width = (main, lane) => ["interpolate", ["exponential", 1.6], ["zoom"], 11, ["match", ["get", "class"], "main", main, lane], 17, ["match", ["get", "class"], "main", main * 9, lane * 9]];
  return {
    version: 8,
    sources,
    layers: [
      { id: "ground", type: "background", paint: { "background-color": colours.ground } },
      { id: "water", type: "fill", source: "water", "source-layer": "water", paint: { "fill-color": colours.water } },
      line("grids", "grids", { "line-color": colours.grid, "line-width": 0.6 }, { minzoom: 14 }),
      { id: "own-grid", type: "fill", source: "grids", "source-layer": "grids", filter: ["==", ["get", "code"], grid ?? ""], paint: { "fill-color": colours.accent, "fill-opacity": 0.18, "fill-outline-color": colours.accent } },
      line("communities", "communities", { "line-color": colours.line, "line-width": 0.6, "line-dasharray": [3, 2] }),
      line("streets", "streets", { "line-color": colours.line, "line-width": 0.9, "line-dasharray": [4, 2] }),
      line("districts", "districts", { "line-color": colours.line, "line-width": 1.8 }),
      line("roads-edge", "roads", { "line-color": colours.edge, "line-width": width(3, 1.6) }, { layout: { "line-cap": "round", "line-join": "round" } }),
      line("roads", "roads", { "line-color": colours.road, "line-width": width(2, 1) }, { layout: { "line-cap": "round", "line-join": "round" } }),
      label("community-names", "communities", 12, 13),
      label("district-names", "districts", 14, 8),
      label("road-names", "roads", 12, 12, { "symbol-placement": "line" }),
      label("place-names", "places", 12, 15, { "text-anchor": "top" }),
    ],
  };
}

let library;
async function load(element) {
  library ??= import(element.dataset.library).then((found) => {
    found.setWorkerUrl(new URL(element.dataset.worker, location.href).href);
    return found;
  });
  if (!document.getElementById("map-style")) {
    const sheet = document.createElement("link");
    Object.assign(sheet, { id: "map-style", rel: "stylesheet", href: element.dataset.style });
    document.head.append(sheet);
  }
  return library;
}

export async function draw(element) {
  const { Map, Marker, NavigationControl, LngLatBounds, Popup } = await load(element);
  const { longitude, latitude, grid, pick, points } = element.dataset;
  const colours = PALETTES[document.documentElement.dataset.bsTheme] ?? PALETTES.light;
  const known = longitude ? [Number(longitude), Number(latitude)] : null;
  const map = new Map({
    container: element,
    style: style(colours, grid),
    center: known ?? CITY,
    zoom: known ? 15.5 : 11.5,
    minZoom: 8,
    maxZoom: 19,
    dragRotate: false,
    pitchWithRotate: false,
    cooperativeGestures: false,
    attributionControl: false,
    localIdeographFontFamily: CJK,
  });
  map.touchZoomRotate.disableRotation();
  map.addControl(new NavigationControl({ showCompass: false }), "top-right");
  const marker = new Marker({ color: colours.accent, draggable: Boolean(pick) });
  const picked = ({ lng, lat }) => element.dispatchEvent(new CustomEvent("picked", { detail: { longitude: lng, latitude: lat } }));
  const set = (at) => marker.setLngLat(at).addTo(map);
  if (known) set(known);
  if (pick) {
    map.getCanvas().style.cursor = "crosshair";
    map.on("click", ({ lngLat }) => {
      set(lngLat);
      picked(lngLat);
    });
    marker.on("dragend", () => picked(marker.getLngLat()));
  }
  element.addEventListener("place", ({ detail }) => {
    const at = [detail.longitude, detail.latitude];
    set(at);
    if (!map.getBounds().contains(at) || map.getZoom() < 14) map.easeTo({ center: at, zoom: Math.max(15, map.getZoom()) });
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
  map.once("idle", () => { element.dataset.drawn = "true"; });
}

function many(map, points, known, { Marker, LngLatBounds, Popup }) {
  const bounds = new LngLatBounds(known, known);
  for (const { at, name } of points.slice(0, 20)) {
    new Marker({ color: "#8a5300", scale: 0.7 }).setLngLat(at).setPopup(new Popup({ offset: 20 }).setText(name)).addTo(map);
  }
  for (const { at } of points.slice(0, 5)) bounds.extend(at);
  map.fitBounds(bounds, { padding: 48, maxZoom: 16, duration: 0 });
}
