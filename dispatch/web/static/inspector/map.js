// The drawn map: unit grids, roads, water, parts and tasks from what the phone has stored. No tiles, no net.
import { circle } from "./geo.js";

const FONTS = ["Noto Sans Regular"];
const CJK = '"Noto Sans SC","Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif';
const PALETTES = {
  light: { ground: "#f4f6f3", water: "#bcd8e4", road: "#ffffff", edge: "#9fa8a5", grid: "#7d918e", text: "#1c2526", halo: "#ffffff", accent: "#084646", part: "#5b3a8c", late: "#8f1d16", soon: "#6b4000", here: "#0b53c0" },
  dark: { ground: "#141b1c", water: "#1f3a45", road: "#47555a", edge: "#0c1213", grid: "#5d706e", text: "#e2e9e8", halo: "#12191a", accent: "#6cc7c2", part: "#c6a7f2", late: "#ff8a80", soon: "#f0b45a", here: "#8fb8ff" },
};
const CITY = [109.4127, 24.3254];
const empty = () => ({ type: "FeatureCollection", features: [] });
const collection = (features) => ({ type: "FeatureCollection", features });
const point = (longitude, latitude, properties) => ({ type: "Feature", geometry: { type: "Point", coordinates: [longitude, latitude] }, properties });

function style(colours, ground) {
  const source = (features) => ({ type: "geojson", data: collection(features) });
  const width = (wide, narrow) => ["interpolate", ["exponential", 1.6], ["zoom"], 12, ["match", ["get", "rank"], "main", wide, narrow], 18, ["match", ["get", "rank"], "main", wide * 10, narrow * 10]];
  const label = (id, from, size, minzoom, more = {}) => ({ id, type: "symbol", source: from, minzoom, layout: { "text-field": ["get", "name"], "text-font": FONTS, "text-size": size, ...more }, paint: { "text-color": colours.text, "text-halo-color": colours.halo, "text-halo-width": 1.6 } });
  const round = { "line-cap": "round", "line-join": "round" };
  return {
    version: 8,
    sources: { water: source(ground.water), roads: source(ground.roads), grids: source(ground.grids), places: source(ground.places), parts: { type: "geojson", data: partsOf(ground) }, way: { type: "geojson", data: empty() }, ring: { type: "geojson", data: empty() }, here: { type: "geojson", data: empty() }, tasks: { type: "geojson", data: empty() } },
    layers: [
      { id: "ground", type: "background", paint: { "background-color": colours.ground } },
      { id: "water", type: "fill", source: "water", paint: { "fill-color": colours.water } },
      { id: "grid-fill", type: "fill", source: "grids", paint: { "fill-color": colours.accent, "fill-opacity": 0.05 } },
      { id: "roads-edge", type: "line", source: "roads", layout: round, paint: { "line-color": colours.edge, "line-width": width(3.6, 1.8) } },
      { id: "roads", type: "line", source: "roads", layout: round, paint: { "line-color": colours.road, "line-width": width(2.6, 1.1) } },
      { id: "grids", type: "line", source: "grids", minzoom: 14, paint: { "line-color": colours.grid, "line-width": 0.8, "line-dasharray": [3, 2] } },
      label("road-names", "roads", 13, 13.5, { "symbol-placement": "line" }),
      label("place-names", "places", 13, 16, { "text-anchor": "top" }),
      { id: "parts", type: "circle", source: "parts", minzoom: 15.5, paint: { "circle-radius": ["interpolate", ["linear"], ["zoom"], 15.5, 3, 18, 7], "circle-color": colours.part, "circle-stroke-color": colours.halo, "circle-stroke-width": 1.5 } },
      { id: "way", type: "line", source: "way", layout: round, paint: { "line-color": colours.accent, "line-width": 4, "line-dasharray": [1, 1.6] } },
      { id: "ring", type: "fill", source: "ring", paint: { "fill-color": colours.here, "fill-opacity": 0.14, "fill-outline-color": colours.here } },
      { id: "here", type: "circle", source: "here", paint: { "circle-radius": 8, "circle-color": colours.here, "circle-stroke-color": "#ffffff", "circle-stroke-width": 3 } },
      { id: "tasks", type: "circle", source: "tasks", paint: { "circle-radius": 15, "circle-color": ["match", ["get", "light"], "red", colours.late, "yellow", colours.soon, colours.accent], "circle-stroke-color": colours.halo, "circle-stroke-width": 2.5 } },
      { id: "task-signs", type: "symbol", source: "tasks", layout: { "text-field": ["get", "sign"], "text-font": FONTS, "text-size": 14, "text-allow-overlap": true }, paint: { "text-color": colours.halo } },
    ],
  };
}

const partsOf = (ground) => collection(ground.parts.map(([code, category, name, longitude, latitude]) => point(longitude, latitude, { code, category, name })));

let library;
function load() {
  const { library: from, worker, style: sheet } = document.querySelector("[data-app]").dataset;
  library ??= import(from).then((found) => {
    found.setWorkerUrl(new URL(worker, location.href).href);
    return found;
  });
  if (!document.getElementById("map-style")) {
    const link = document.createElement("link");
    Object.assign(link, { id: "map-style", rel: "stylesheet", href: sheet });
    document.head.append(link);
  }
  return library;
}

const NOTHING = { box: null, grids: [], roads: [], water: [], places: [], parts: [] };

/** A map of the ground that the phone has; with `pin`, its middle is what is chosen. */
export class GroundMap {
  /** @param {HTMLElement} canvas @param {any} ground @param {{onTap?: (what: any) => void, onMove?: (at: {longitude: number, latitude: number}) => void}} options */
  constructor(canvas, ground, { onTap, onMove } = {}) {
    this.canvas = canvas;
    this.ground = ground ?? NOTHING;
    canvas.dataset.ground = String(this.hasGround);
    this.onTap = onTap;
    this.onMove = onMove;
    this.ready = this.make().catch(() => {
      const words = document.createElement("p");
      words.className = "map-unable";
      words.textContent = canvas.dataset.unable;
      canvas.replaceChildren(words);
      return null;
    });
  }

  async make() {
    const { Map: MapLibre } = await load();
    const colours = PALETTES[document.documentElement.dataset.bsTheme] ?? PALETTES.light;
    const { box } = this.ground;
    const map = new MapLibre({
      container: this.canvas, style: style(colours, this.ground), minZoom: 9, maxZoom: 20, dragRotate: false, pitchWithRotate: false, attributionControl: false, localIdeographFontFamily: CJK,
      ...(box ? { bounds: [[box.west, box.south], [box.east, box.north]], fitBoundsOptions: { padding: 12 } } : { center: CITY, zoom: 12 }),
    });
    map.touchZoomRotate.disableRotation();
    await new Promise((done) => { map.once("load", done); });
    map.once("idle", () => { this.canvas.dataset.drawn = "true"; });
    if (this.onTap) map.on("click", (event) => this.tapped(map, event));
    // only a hand moves the choice, not what the page itself does
    if (this.onMove) map.on("moveend", ({ originalEvent }) => { if (originalEvent) this.moved(map); });
    return map;
  }

  moved(map) {
    const { lng, lat } = map.getCenter();
    this.onMove({ longitude: lng, latitude: lat });
  }

  tapped(map, { point: at }) {
    const near = [[at.x - 14, at.y - 14], [at.x + 14, at.y + 14]];
    for (const layer of ["tasks", "parts"]) {
      const [found] = map.queryRenderedFeatures(near, { layers: [layer] });
      if (found) { this.onTap({ layer, ...found.properties }); return; }
    }
    this.onTap(null);
  }

  async show(source, data) {
    (await this.ready)?.getSource(source).setData(data);
  }

  tasks(tasks) {
    return this.show("tasks", collection(tasks.filter(({ longitude }) => longitude != null).map((task) => point(task.longitude, task.latitude, { id: task.id, light: task.light, sign: task.mark }))));
  }

  way(places) {
    const line = { type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: places.map(({ longitude, latitude }) => [longitude, latitude]) } };
    return this.show("way", places.length > 1 ? collection([line]) : empty());
  }

  async here(fix) {
    await this.show("ring", fix ? collection([circle(fix, Math.max(4, fix.accuracy))]) : empty());
    await this.show("here", fix ? collection([point(fix.longitude, fix.latitude, {})]) : empty());
  }

  async go(at, zoom) {
    const map = await this.ready;
    map?.jumpTo({ center: [at.longitude, at.latitude], zoom: Math.max(zoom, map.getZoom()) });
  }

  async whole() {
    const { box } = this.ground;
    if (box) (await this.ready)?.fitBounds([[box.west, box.south], [box.east, box.north]], { padding: 12, duration: 0 });
  }

  get hasGround() { return this.ground !== NOTHING; }

  async remove() {
    (await this.ready)?.remove();
  }

  async resize() {
    (await this.ready)?.resize();
  }
}
