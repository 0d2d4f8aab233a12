// The map of a list: its cases as points, many together as a number; looking closer fetches what is there.
const COLOURS = { green: "#0b6e64", yellow: "#b36b00", red: "#b3261e", paused: "#4a5f7d", done: "#55625f", none: "#7d8b8b" };
const fill = (words, n) => words.replace("{n}", n);

export async function start({ map, colours }, said) {
  const ready = map.loaded() ? Promise.resolve() : new Promise((go) => { map.once("load", go); map.once("idle", go); });
  let more = false;
  const fetched = async (box) => {
    const address = new URL(said.dataset.listMap, location.href);
    if (box) address.searchParams.set("bbox", box);
    const answer = await fetch(address);
    if (!answer.ok) return null;
    const found = await answer.json();
    more = found.more;
    said.textContent = fill(found.more ? said.dataset.some : said.dataset.all, found.features.length);
    return found;
  };
  const whole = await fetched("");
  if (!whole) return;
  await ready;
  const draw = () => {
    map.addSource("list", { type: "geojson", data: whole, cluster: true, clusterRadius: 44, clusterMaxZoom: 15 });
    map.addLayer({ id: "list-many", type: "circle", source: "list", filter: ["has", "point_count"], paint: { "circle-color": colours.accent, "circle-opacity": 0.85, "circle-radius": ["step", ["get", "point_count"], 13, 20, 17, 100, 22, 500, 28] } });
    map.addLayer({ id: "list-count", type: "symbol", source: "list", filter: ["has", "point_count"], layout: { "text-field": ["get", "point_count_abbreviated"], "text-font": ["Noto Sans Regular"], "text-size": 13 }, paint: { "text-color": "#ffffff" } });
    map.addLayer({ id: "list-one", type: "circle", source: "list", filter: ["!", ["has", "point_count"]], paint: { "circle-color": ["match", ["get", "light"], ...Object.entries(COLOURS).flat(), COLOURS.none], "circle-radius": ["case", ["get", "hazard"], 9, 7], "circle-stroke-color": "#ffffff", "circle-stroke-width": 2 } });
    fit(map, whole);
  };
  draw();
  map.on("click", "list-one", ({ features }) => { location.assign(`/cases/${features[0].properties.id}`); });
  map.on("click", "list-many", async ({ features, lngLat }) => {
    const zoom = await map.getSource("list").getClusterExpansionZoom(features[0].properties.cluster_id);
    map.easeTo({ center: lngLat, zoom });
  });
  for (const layer of ["list-one", "list-many"]) {
    map.on("mouseenter", layer, () => { map.getCanvas().style.cursor = "pointer"; });
    map.on("mouseleave", layer, () => { map.getCanvas().style.cursor = ""; });
  }
  map.on("mousemove", "list-one", ({ features }) => mark(features[0].properties.id));
  let moved = false;
  map.on("moveend", async ({ originalEvent }) => {
    moved ||= Boolean(originalEvent);
    if (!moved || !more) return;
    const found = await fetched(box(map));
    if (found) map.getSource("list").setData(found);
  });
  document.querySelector("[data-narrow-here]").addEventListener("click", () => {
    const address = new URL(said.dataset.narrow, location.href);
    address.searchParams.set("bbox", box(map));
    location.assign(address);
  });
}

const box = (map) => {
  const edge = map.getBounds();
  return [edge.getWest(), edge.getSouth(), edge.getEast(), edge.getNorth()].map((each) => each.toFixed(5)).join(",");
};

function fit(map, { features }) {
  if (!features.length) return;
  const places = features.map((each) => each.geometry.coordinates);
  const [west, east] = [Math.min(...places.map(([x]) => x)), Math.max(...places.map(([x]) => x))];
  const [south, north] = [Math.min(...places.map(([, y]) => y)), Math.max(...places.map(([, y]) => y))];
  map.fitBounds([[west, south], [east, north]], { padding: 40, maxZoom: 15, duration: 0 });
}

function mark(id) {
  for (const row of document.querySelectorAll(".cases tr.pointed")) row.classList.remove("pointed");
  document.getElementById(`case-${id}`)?.classList.add("pointed");
}
