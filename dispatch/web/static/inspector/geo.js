// Plain geometry on the phone: metres between places, and which unit grid a place lies in.

const EARTH = 6371008.8;
const rad = Math.PI / 180;

/**
 * Metres between two WGS-84 places on a sphere (within 0.6 % of the ellipsoid).
 * @param {{longitude: number, latitude: number}} a @param {{longitude: number, latitude: number}} b
 */
export function metres(a, b) {
  const dy = (b.latitude - a.latitude) * rad;
  const dx = (b.longitude - a.longitude) * rad;
  const h = Math.sin(dy / 2) ** 2 + Math.cos(a.latitude * rad) * Math.cos(b.latitude * rad) * Math.sin(dx / 2) ** 2;
  return 2 * EARTH * Math.asin(Math.min(1, Math.sqrt(h)));
}

function inRing(ring, x, y) {
  let inside = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [xi, yi] = ring[i];
    const [xj, yj] = ring[j];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}

/** @param {any} geometry Polygon or MultiPolygon @param {number} x @param {number} y */
export function contains(geometry, x, y) {
  const polygons = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
  return polygons.some((rings) => inRing(rings[0], x, y) && !rings.slice(1).some((hole) => inRing(hole, x, y)));
}

/** A circle on the ground as a polygon. @param {{longitude: number, latitude: number}} at @param {number} radius metres */
export function circle(at, radius, corners = 48) {
  const high = radius / EARTH / rad;
  const wide = high / Math.cos(at.latitude * rad);
  const ring = Array.from({ length: corners + 1 }, (_, n) => {
    const turn = (2 * Math.PI * n) / corners;
    return [at.longitude + wide * Math.cos(turn), at.latitude + high * Math.sin(turn)];
  });
  return { type: "Feature", properties: {}, geometry: { type: "Polygon", coordinates: [ring] } };
}
