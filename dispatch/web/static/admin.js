// What the administrator's pages can do beyond plain forms: ask before what cannot be undone, mark all
// rows, look again while a file is being read, and show a report on its map.
const all = (selector, within = document) => [...within.querySelectorAll(selector)];

addEventListener("submit", (event) => {
  const words = event.submitter?.dataset.confirm;
  if (words && !window.confirm(words)) event.preventDefault();
});

for (const box of all("[data-mark-all]")) {
  const others = () => all(`input[name="${CSS.escape(box.dataset.markAll)}"]`);
  const mark = () => others().forEach((each) => { each.checked = box.checked; });
  box.addEventListener("change", mark);
  if (box.checked) mark(); // before this file had come
}

// The place of a thing: typed coordinates move the mark, a click on the map fills them in (app.js).
for (const map of all("[data-place-of]")) {
  const fields = map.dataset.placeOf.split(" ").map((id) => document.getElementById(id));
  const show = () => {
    const [longitude, latitude] = fields.map((each) => Number(each.value));
    if (!Number.isFinite(longitude) || !Number.isFinite(latitude)) return;
    Object.assign(map.dataset, { longitude, latitude }); // for a map that is drawn only later
    map.dispatchEvent(new CustomEvent("place", { detail: { longitude, latitude } }));
  };
  for (const field of fields) field?.addEventListener("change", show);
  if (fields.some((field) => field && field.value !== field.defaultValue)) show();
}

// What lies in a report or belongs to an area: drawn over the map, with what is wrong in red.
for (const element of all("[data-overlay]")) {
  element.querySelector("[data-map]").addEventListener("opened", async ({ detail: { map, library, colours } }) => {
    const answer = await fetch(element.dataset.overlay);
    if (!answer.ok) return;
    const data = await answer.json();
    const show = () => {
      const fault = ["==", ["get", "fault"], true];
      const colour = ["case", fault, "#c0392b", colours.accent];
      map.addSource("report", { type: "geojson", data });
      map.addLayer({ id: "report-area", type: "fill", source: "report", filter: ["==", ["geometry-type"], "Polygon"], paint: { "fill-color": colour, "fill-opacity": ["case", fault, 0.4, 0.08] } });
      map.addLayer({ id: "report-line", type: "line", source: "report", filter: ["!=", ["geometry-type"], "Point"], paint: { "line-color": colour, "line-width": ["case", fault, 2.5, 1] } });
      map.addLayer({ id: "report-point", type: "circle", source: "report", filter: ["==", ["geometry-type"], "Point"], paint: { "circle-color": colour, "circle-radius": ["case", fault, 6, 4], "circle-stroke-color": "#fff", "circle-stroke-width": 1 } });
      const bounds = new library.LngLatBounds();
      const reach = (at) => (typeof at[0] === "number" ? bounds.extend(at) : at.forEach(reach));
      data.features.forEach(({ geometry }) => geometry && reach(geometry.coordinates));
      if (!bounds.isEmpty()) map.fitBounds(bounds, { padding: 32, maxZoom: 16, duration: 0 });
      map.on("click", ["report-area", "report-point"], ({ features, lngLat }) => {
        const name = features[0]?.properties.name || features[0]?.properties.code;
        if (name) new library.Popup({ offset: 8 }).setLngLat(lngLat).setText(name).addTo(map);
      });
    };
    if (map.isStyleLoaded()) show(); else map.once("load", show);
  });
}

const again = document.querySelector("[data-look-again]");
if (again) setTimeout(() => location.reload(), Number(again.dataset.lookAgain) * 1000);
