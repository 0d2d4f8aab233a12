// The leader's map of the team: where each was seen last, and the way of the one who was chosen.
const box = document.querySelector("[data-spots]");
const spots = JSON.parse(box?.dataset.spots ?? "[]");
const way = JSON.parse(box?.dataset.track ?? "[]");
const point = ({ id, name, at }) => ({ type: "Feature", properties: { name, chosen: String(id) === box.dataset.chosen }, geometry: { type: "Point", coordinates: at } });

/** @param {{map: any, library: any, colours: any}} opened */
function draw({ map, library, colours }) {
  const bounds = new library.LngLatBounds();
  for (const at of way.length ? way : spots.map(({ at }) => at)) bounds.extend(at);
  if (!bounds.isEmpty()) map.fitBounds(bounds, { padding: 48, maxZoom: 16, duration: 0 });
  map.addSource("way", { type: "geojson", data: { type: "Feature", properties: {}, geometry: { type: "LineString", coordinates: way.length > 1 ? way : [] } } });
  map.addLayer({ id: "way", type: "line", source: "way", layout: { "line-cap": "round", "line-join": "round" }, paint: { "line-color": colours.accent, "line-width": 4, "line-opacity": 0.8 } });
  map.addSource("team", { type: "geojson", data: { type: "FeatureCollection", features: spots.map(point) } });
  map.addLayer({ id: "team", type: "circle", source: "team", paint: { "circle-radius": ["case", ["get", "chosen"], 10, 7], "circle-color": colours.accent, "circle-stroke-color": colours.halo, "circle-stroke-width": 2.5 } });
  map.addLayer({ id: "team-names", type: "symbol", source: "team", layout: { "text-field": ["get", "name"], "text-font": ["Noto Sans Regular"], "text-size": 13, "text-anchor": "top", "text-offset": [0, 0.8], "text-optional": true, "symbol-sort-key": ["case", ["get", "chosen"], 0, 1] }, paint: { "text-color": colours.text, "text-halo-color": colours.halo, "text-halo-width": 1.6 } });
}

document.getElementById("team-map")?.addEventListener("opened", ({ detail }) => {
  if (detail.map.isStyleLoaded()) draw(detail);
  else detail.map.once("load", () => draw(detail));
});
