// The map of hot spots: areas coloured by how many cases were reported there; a click lists them.
// level → [source of the ground's tiles, filter of the list]
const LEVELS = { district: ["districts", "district"], street: ["streets", "street"], community: ["communities", null], unit_grid: ["grids", "grid"] };
const STEPS = 5;
const RAMPS = {
  light: ["#d8ebe7", "#a4d0c8", "#63aba1", "#2b8078", "#0b4f4c"],
  dark: ["#173c3b", "#1f5f5c", "#2c8a84", "#52b9b0", "#a4e6dd"],
};
const FROM = { unit_grid: 13.05 };
const EVERY = 20000;

export async function spots(main) {
  const element = document.getElementById("wall-map");
  const form = main.querySelector("[data-spots]");
  const legend = main.querySelector("[data-legend]");
  const { map } = await new Promise((done) => { element.addEventListener("opened", ({ detail }) => done(detail), { once: true }); });
  if (!map.loaded()) await new Promise((done) => { map.once("load", done); map.once("idle", done); });
  const theme = document.documentElement.dataset.bsTheme === "dark" ? "dark" : "light";
  const ramp = RAMPS[theme];
  let counts = new Map();

  const show = async () => {
    const { level, days, group } = Object.fromEntries(new FormData(form));
    const answer = await fetch(`${form.dataset.spots}?${new URLSearchParams({ level, days, group })}`);
    if (!answer.ok || answer.redirected) return;
    const found = await answer.json();
    counts = new Map(found.map(([code, reported, hazards, name]) => [code, { reported, hazards, name }]));
    const bounds = limits(found.map(([, reported]) => reported));
    paint(map, level, found, bounds, ramp);
    explain(legend, bounds, ramp);
    element.dataset.spotted = level;
  };
  form.addEventListener("change", () => {
    const { level } = Object.fromEntries(new FormData(form));
    if (FROM[level] && map.getZoom() < FROM[level]) map.easeTo({ zoom: FROM[level] });
    show();
  });
  map.on("click", ({ point }) => {
    const { level, days, group } = Object.fromEntries(new FormData(form));
    const hit = map.queryRenderedFeatures(point, { layers: ["spots"] })[0];
    const asked = hit && LEVELS[level][1];
    if (!asked) return;
    location.href = `/cases?${new URLSearchParams({ queue: "all", [asked]: hit.properties.code, days, ...(group ? { group } : {}) })}`;
  });
  map.on("mousemove", ({ point }) => {
    const hit = map.getLayer("spots") && map.queryRenderedFeatures(point, { layers: ["spots"] })[0];
    const fact = hit && counts.get(hit.properties.code);
    map.getCanvas().title = fact ? `${fact.name || hit.properties.code} ${fact.reported}` : "";
  });
  await show();
  setInterval(show, EVERY);
}

// Where one colour ends and the next begins: equal shares of the areas, whole numbers that rise.
function limits(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const found = [];
  for (let step = 1; step < STEPS; step += 1) {
    const value = sorted[Math.floor((sorted.length * step) / STEPS)];
    if (value !== undefined && value > (found.at(-1) ?? sorted[0])) found.push(value);
  }
  return sorted.length ? [sorted[0], ...found, sorted.at(-1)] : [];
}

function paint(map, level, found, bounds, ramp) {
  const [source] = LEVELS[level];
  if (map.getLayer("spots")) map.removeLayer("spots");
  if (!found.length) return;
  const colourOf = (value) => ramp[Math.max(0, bounds.slice(1, -1).filter((each) => value >= each).length + ramp.length - bounds.length + 1)] ?? ramp.at(-1);
  const below = map.getStyle().layers.find(({ id }) => id === "water" || id === "own-communities")?.id;
  const from = map.getSource(source) ? source : `own-${source}`;
  map.addLayer({
    id: "spots", type: "fill", source: from, "source-layer": source, minzoom: FROM[level] ? 13 : 0,
    filter: ["in", ["get", "code"], ["literal", found.map(([code]) => code)]],
    paint: { "fill-color": ["match", ["get", "code"], ...found.flatMap(([code, reported]) => [code, colourOf(reported)]), ramp[0]], "fill-opacity": 0.78 },
  }, below);
}

function explain(legend, bounds, ramp) {
  legend.replaceChildren();
  if (!bounds.length) { legend.textContent = legend.dataset.none; return; }
  const steps = bounds.slice(0, -1);
  const colours = ramp.slice(ramp.length - steps.length);
  steps.forEach((from, index) => {
    const last = index === steps.length - 1;
    const to = last ? bounds.at(-1) : bounds[index + 1] - 1;
    const item = document.createElement("span");
    const mark = document.createElement("i");
    mark.style.background = colours[index];
    item.append(mark, legend.dataset.words.replace("{from}", from).replace("{to}", Math.max(from, to)));
    legend.append(item);
  });
}
