// The ground of every map: the platform's own layers, light and dark, alone or over a city's own base map.
export const CJK = '"Noto Sans SC","Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif';
export const FONTS = ["Noto Sans Regular"];
export const PALETTES = {
  light: {
    beyond: "#e3e7e4", land: "#f5f6f2", water: "#b9d6e2", shore: "#9cc1d0", motorway: "#fbeec4", motorwayEdge: "#cdb877", road: "#ffffff", edge: "#bfc7c3", lane: "#ffffff", laneEdge: "#d8dddA",
    line: "#8f9f9c", street: "#a9b6b3", grid: "#c3cecb", text: "#2b3635", quiet: "#5d6b69", waterText: "#2f6f8a", halo: "#ffffff", accent: "#0f6b6b", cluster: "#0f6b6b", hazard: "#b3261e", onCluster: "#ffffff",
  },
  dark: {
    beyond: "#0f1516", land: "#182021", water: "#1c3947", shore: "#28505f", motorway: "#5a5138", motorwayEdge: "#0d1314", road: "#3c494a", edge: "#0d1314", lane: "#2b3637", laneEdge: "#12191a",
    line: "#5c6b6a", street: "#485655", grid: "#2d3a3b", text: "#d5dedc", quiet: "#9aa8a6", waterText: "#7fb6cc", halo: "#12191a", accent: "#45b8b2", cluster: "#2f9c98", hazard: "#ff8a80", onCluster: "#06201f",
  },
};
// kind of a place → [sign, colour, rank]: the lower the rank, the earlier it is shown.
export const SIGHTS = {
  hospital: ["医", "#b3261e", 1], station: ["站", "#2b5d8c", 1], government: ["政", "#5d4037", 3], school: ["校", "#8a5300", 2], park: ["园", "#2e7d32", 1], market: ["市", "#7b4397", 3],
  mall: ["商", "#7b4397", 2], hotel: ["宿", "#5d6b69", 4], estate: ["居", "#5d6b69", 3], factory: ["厂", "#5d6b69", 4], bus_stop: ["车", "#2b5d8c", 6], bank: ["银", "#5d6b69", 6], restaurant: ["餐", "#8a5300", 6],
  shop: ["店", "#7b4397", 6], petrol_station: ["油", "#5d6b69", 4], parking: ["P", "#2b5d8c", 6], toilet: ["厕", "#2b5d8c", 6], landmark: ["景", "#8a5300", 1], bridge: ["桥", "#5d6b69", 2], culvert: ["涵", "#5d6b69", 5], gate: ["门", "#5d6b69", 4],
};
const FROM = { districts: 5, streets: 9, communities: 11, names: 8, grids: 13, water: 8, roads: 11, places: 14 };
const own = () => Object.fromEntries(Object.entries(FROM).map(([name, minzoom]) => [name, { type: "vector", tiles: [`${location.origin}/tiles/${name}/{z}/{x}/{y}.mvt`], minzoom, maxzoom: 16 }]));
const is = (...classes) => ["match", ["get", "class"], classes, true, false];
const wide = (...stops) => ["interpolate", ["exponential", 1.5], ["zoom"], ...stops];

function road(id, classes, colour, stops, more = {}) {
  return { id, type: "line", source: "roads", "source-layer": "roads", filter: is(...classes), layout: { "line-cap": "round", "line-join": "round" }, paint: { "line-color": colour, "line-width": wide(...stops), ...more } };
}

function roads(colours) {
  const broad = [10, 1.2, 13, 3.4, 15, 8, 18, 26];
  const middle = [12, 0.8, 14, 3.2, 16, 9, 18, 20];
  const narrow = [13, 0.6, 15, 2.6, 17, 8, 18, 13];
  const with_edge = (stops, edge) => stops.map((each, index) => (index % 2 ? each + edge : each));
  return [
    road("lanes-edge", ["lane", "branch"], colours.laneEdge, with_edge(narrow, 1.2)),
    road("streets-edge", ["secondary"], colours.edge, with_edge(middle, 1.4)),
    road("mains-edge", ["main"], colours.motorwayEdge, with_edge(broad, 1.6)),
    road("lanes", ["lane", "branch"], colours.lane, narrow),
    road("secondary", ["secondary"], colours.road, middle),
    road("mains", ["main"], colours.motorway, broad),
    road("bridges-edge", ["bridge"], colours.line, with_edge(broad, 3)),
    road("bridges", ["bridge"], colours.motorway, broad),
  ];
}

function label(id, source, colours, { size, minzoom, maxzoom = 24, filter, layout = {}, colour = colours.text }) {
  return {
    id, type: "symbol", source, "source-layer": source, minzoom, maxzoom, ...(filter ? { filter } : {}),
    layout: { "text-field": ["get", "name"], "text-font": FONTS, "text-size": size, "text-max-width": 8, ...layout },
    paint: { "text-color": colour, "text-halo-color": colours.halo, "text-halo-width": 1.6 },
  };
}

function names(colours) {
  const along = (spacing) => ({ "symbol-placement": "line", "symbol-spacing": spacing, "text-rotation-alignment": "map", "text-max-angle": 38, "text-padding": 4 });
  const of = (kind) => ["==", ["get", "kind"], kind];
  const sight = (part) => ["match", ["get", "kind"], ...Object.entries(SIGHTS).flatMap(([kind, facts]) => [kind, part(kind, facts)])];
  return [
    label("water-names", "water", colours, { size: 14, minzoom: 10, colour: colours.waterText, layout: { "symbol-placement": "point", "text-letter-spacing": 0.4 } }),
    { ...label("sights", "places", colours, { size: 12, minzoom: 14.5, colour: colours.quiet }),
      filter: ["<=", [...sight((_, [, , rank]) => rank), 5], ["step", ["zoom"], 1, 15, 2, 15.7, 3, 16.3, 4, 17, 6]],
      layout: { "icon-image": [...sight((kind) => `sight-${kind}`), "sight-shop"], "icon-size": 0.5, "text-field": ["get", "name"], "text-font": FONTS, "text-size": 12, "text-anchor": "left", "text-offset": [0.85, 0], "text-max-width": 9, "text-optional": true, "icon-padding": 4, "symbol-sort-key": [...sight((_, [, , rank]) => rank), 5] } },
    label("lane-names", "roads", colours, { size: 11.5, minzoom: 15.2, filter: is("lane", "branch"), layout: along(220), colour: colours.quiet }),
    label("street-names", "roads", colours, { size: ["interpolate", ["linear"], ["zoom"], 13, 11.5, 17, 14], minzoom: 13.2, filter: is("secondary"), layout: along(260) }),
    label("main-names", "roads", colours, { size: ["interpolate", ["linear"], ["zoom"], 12, 12, 17, 15], minzoom: 12, filter: is("main", "bridge"), layout: along(320) }),
    label("community-names", "names", colours, { size: 12, minzoom: 13.8, maxzoom: 16.4, filter: of("community"), colour: colours.quiet }),
    label("subdistrict-names", "names", colours, { size: 13.5, minzoom: 11, maxzoom: 14.4, filter: of("street"), colour: colours.quiet }),
    label("district-names", "names", colours, { size: ["interpolate", ["linear"], ["zoom"], 8, 13, 12, 18], minzoom: 8, maxzoom: 12.6, filter: of("district"), layout: { "text-letter-spacing": 0.15 } }),
  ];
}

function land(colours) {
  return [
    { id: "land", type: "fill", source: "districts", "source-layer": "districts", paint: { "fill-color": colours.land, "fill-antialias": false } },
    { id: "water", type: "fill", source: "water", "source-layer": "water", paint: { "fill-color": colours.water, "fill-outline-color": colours.shore } },
  ];
}

function lines(colours, grid) {
  const line = (id, source, minzoom, paint) => ({ id, type: "line", source, "source-layer": source, minzoom, paint });
  return [
    line("grids", "grids", 15.6, { "line-color": colours.grid, "line-width": 0.6, "line-opacity": 0.8 }),
    { id: "own-grid", type: "fill", source: "grids", "source-layer": "grids", filter: ["==", ["get", "code"], grid ?? ""], paint: { "fill-color": colours.accent, "fill-opacity": 0.18, "fill-outline-color": colours.accent } },
    line("communities", "communities", 13.5, { "line-color": colours.street, "line-width": 0.8, "line-dasharray": [2, 2] }),
    line("streets", "streets", 10.5, { "line-color": colours.street, "line-width": 1.1, "line-dasharray": [5, 2] }),
    line("districts", "districts", 5, { "line-color": colours.line, "line-width": wide(8, 1, 15, 2.4) }),
  ];
}

// `base` is the city's own map: { urls, attribution, tile_size } of tiles; its pictures bring their own roads and names.
export function ground({ theme = "light", grid = null, base = null } = {}) {
  const colours = PALETTES[theme] ?? PALETTES.light;
  const pictures = (base?.urls ?? []).map((url, index) => ({ id: `base-${index}`, source: { type: "raster", tiles: [].concat(url), tileSize: base.tile_size ?? 256, maxzoom: base.max_zoom ?? 18, attribution: index ? "" : (base.attribution ?? "") } }));
  const over = pictures.length > 0;
  return {
    version: 8,
    sources: { ...own(), ...Object.fromEntries(pictures.map(({ id, source }) => [id, source])) },
    layers: [
      { id: "ground", type: "background", paint: { "background-color": colours.beyond } },
      ...(over ? [] : land(colours)),
      ...pictures.map(({ id }) => ({ id, type: "raster", source: id, paint: theme === "dark" ? { "raster-brightness-max": 0.72, "raster-saturation": -0.3 } : {} })),
      ...lines(colours, grid),
      ...(over ? [] : [...roads(colours), ...names(colours)]),
    ],
  };
}

// What the platform adds to a style that is the city's own: boundaries and grid, under that style's names.
export function overlay(map, { theme = "light", grid = null }) {
  const colours = PALETTES[theme] ?? PALETTES.light;
  const below = map.getStyle().layers.find((each) => each.type === "symbol")?.id;
  for (const name of ["districts", "streets", "communities", "grids"]) map.addSource(`own-${name}`, own()[name]);
  for (const each of lines(colours, grid)) map.addLayer({ ...each, id: `own-${each.id}`, source: `own-${each.source}` }, below);
}

// Signs of places are drawn here, in the device's own font: a sign on a small round ground.
export function drawSights(map) {
  map.setMissingStyleImageResolver((id) => {
    const facts = SIGHTS[id.replace(/^sight-/, "")];
    if (!id.startsWith("sight-") || !facts || map.hasImage(id)) return;
    const side = 36;
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = side;
    const pen = canvas.getContext("2d");
    pen.beginPath();
    pen.arc(side / 2, side / 2, side / 2 - 2, 0, 7);
    pen.fillStyle = facts[1];
    pen.fill();
    pen.lineWidth = 2;
    pen.strokeStyle = "#fff";
    pen.stroke();
    pen.fillStyle = "#fff";
    pen.font = `600 ${side * 0.52}px ${CJK}`;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.fillText(facts[0], side / 2, side / 2 + 1);
    map.addImage(id, pen.getImageData(0, 0, side, side));
  });
}
