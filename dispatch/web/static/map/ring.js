// How far off a place may be: a circle of so many metres around it.
const METRES_A_DEGREE = 111_320;

function corners([longitude, latitude], metres) {
  const east = metres / (METRES_A_DEGREE * Math.cos((latitude * Math.PI) / 180));
  const north = metres / METRES_A_DEGREE;
  return Array.from({ length: 65 }, (_, n) => [longitude + east * Math.cos((n / 32) * Math.PI), latitude + north * Math.sin((n / 32) * Math.PI)]);
}

export function ring(map, colour) {
  const shape = (coordinates) => ({ type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates } });
  let wanted = shape([]);
  const draw = () => {
    if (map.getSource("ring")) { map.getSource("ring").setData(wanted); return; }
    try { map.addSource("ring", { type: "geojson", data: wanted }); } catch { map.once("style.load", draw); return; } // the style is still on its way
    map.addLayer({ id: "ring", type: "fill", source: "ring", paint: { "fill-color": colour, "fill-opacity": 0.15 } });
    map.addLayer({ id: "ring-edge", type: "line", source: "ring", paint: { "line-color": colour, "line-width": 1.5 } });
  };
  return {
    show(at, metres) { wanted = shape(metres > 3 ? [corners(at, metres)] : []); draw(); },
    clear() { wanted = shape([]); if (map.getSource("ring")) draw(); },
    bounds(at, metres, LngLatBounds) { return corners(at, metres).reduce((held, each) => held.extend(each), new LngLatBounds()); },
  };
}
