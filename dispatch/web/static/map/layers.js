// Layers that lie on the ground where a page asks for them: open cases, and for the staff the parts.
import { FONTS } from "./ground.js";

const address = (path, query = "") => [`${location.origin}/tiles/${path}/{z}/{x}/{y}.mvt${query}`];
// From here on each case is a point of its own; the server counts them in cells above.
const SINGLE_FROM = 15;

export function openCases(map, colours, { group = "" } = {}) {
  const query = group ? `?group=${encodeURIComponent(group)}` : "";
  if (map.getSource("open-cases")) { map.getSource("open-cases").setTiles(address("open_cases", query)); return; }
  map.addSource("open-cases", { type: "vector", tiles: address("open_cases", query), minzoom: 8, maxzoom: 16 });
  const source = { source: "open-cases", "source-layer": "open_cases" };
  const many = ["!", ["has", "stage"]];
  const size = ["interpolate", ["linear"], ["log10", ["get", "count"]], 0, 13, 2, 20, 4, 32];
  map.addLayer({ id: "case-counts", type: "circle", ...source, filter: many, maxzoom: SINGLE_FROM, paint: { "circle-color": colours.cluster, "circle-opacity": 0.88, "circle-radius": size, "circle-stroke-color": colours.onCluster, "circle-stroke-width": 1.5 } });
  map.addLayer({ id: "case-numbers", type: "symbol", ...source, filter: many, maxzoom: SINGLE_FROM, layout: { "text-field": ["to-string", ["get", "count"]], "text-font": FONTS, "text-size": 13, "text-allow-overlap": true }, paint: { "text-color": colours.onCluster } });
  map.addLayer({ id: "case-points", type: "circle", ...source, minzoom: SINGLE_FROM, filter: ["has", "stage"], paint: {
    "circle-color": ["case", ["get", "hazard"], colours.hazard, colours.cluster],
    "circle-radius": ["interpolate", ["linear"], ["zoom"], 15, 6, 18, 10], "circle-stroke-color": colours.onCluster, "circle-stroke-width": 2 } });
  map.addLayer({ id: "case-hazards", type: "symbol", ...source, minzoom: SINGLE_FROM, filter: ["==", ["get", "hazard"], true], layout: { "text-field": "!", "text-font": FONTS, "text-size": 12, "text-allow-overlap": true }, paint: { "text-color": colours.onCluster } });
}

// Parts with their group's sign; a ring tells that something is wrong with one. Only for those who are logged in.
export function parts(map, colours) {
  if (map.getSource("parts")) return;
  map.addSource("parts", { type: "vector", tiles: address("staff/parts"), minzoom: 15, maxzoom: 18 });
  const source = { source: "parts", "source-layer": "parts", minzoom: 15 };
  map.addLayer({ id: "parts", type: "circle", ...source, paint: {
    "circle-color": colours.land, "circle-radius": ["interpolate", ["linear"], ["zoom"], 15, 3, 18, 10], "circle-stroke-width": ["match", ["get", "condition"], "good", 1.5, 3],
    "circle-stroke-color": ["match", ["get", "condition"], "good", colours.accent, colours.hazard] } });
  map.addLayer({ id: "part-signs", type: "symbol", ...source, minzoom: 17, layout: { "text-field": ["get", "sign"], "text-font": FONTS, "text-size": 11, "text-allow-overlap": true }, paint: { "text-color": colours.text } });
}
