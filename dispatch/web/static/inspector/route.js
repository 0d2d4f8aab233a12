// A way through the tasks: nearest neighbour, then 2-opt and or-opt moves while they make it better.
//
// A route is judged first by how many seconds of lateness it causes, then by its length, so that
// what is due soon is not passed by for a shorter way. Pure: no clock, no page, no net.
import { metres } from "./geo.js";

/** Streets are longer than the straight line by about this much. */
export const DETOUR = 1.3;

/**
 * @typedef {{longitude: number, latitude: number, due?: number|null}} Stop  due in seconds from now; absent: no limit
 * @typedef {{order: number[], metres: number, seconds: number, late: number, lateness: number, arrivals: number[]}} Route
 */

/** @param {Stop} start @param {Stop[]} stops */
function table(start, stops) {
  const places = [start, ...stops];
  return places.map((a) => places.map((b) => metres(a, b) * DETOUR));
}

/** @param {number[]} order indexes into stops @returns {Route} */
function judge(order, ways, stops, speed, stay) {
  let at = 0, way = 0, late = 0, lateness = 0, before = 0;
  const arrivals = [];
  for (const index of order) {
    const step = ways[before][index + 1];
    way += step;
    at += step / speed;
    arrivals.push(at);
    const due = stops[index].due;
    if (due != null && at > due) {
      late += 1;
      // what is overdue already costs time too, so that it comes early
      lateness += at - Math.max(0, due);
    }
    at += stay;
    before = index + 1;
  }
  return { order, metres: way, seconds: at, late, lateness, arrivals };
}

const better = (a, b) => a.lateness < b.lateness - 1e-6 || (a.lateness < b.lateness + 1e-6 && a.metres < b.metres - 1e-6);

function nearestNeighbour(ways, count) {
  const left = new Set(Array.from({ length: count }, (_, n) => n));
  const order = [];
  let here = 0;
  while (left.size) {
    const next = [...left].reduce((best, each) => (ways[here][each + 1] < ways[here][best + 1] ? each : best));
    order.push(next);
    left.delete(next);
    here = next + 1;
  }
  return order;
}

function* neighbours(order) {
  const n = order.length;
  for (let i = 0; i < n - 1; i++) {
    for (let j = i + 1; j < n; j++) yield [...order.slice(0, i), ...order.slice(i, j + 1).reverse(), ...order.slice(j + 1)];
  }
  for (let length = 1; length <= Math.min(3, n - 1); length++) {
    for (let i = 0; i + length <= n; i++) {
      const moved = order.slice(i, i + length);
      const rest = [...order.slice(0, i), ...order.slice(i + length)];
      for (let j = 0; j <= rest.length; j++) if (j !== i) yield [...rest.slice(0, j), ...moved, ...rest.slice(j)];
    }
  }
}

function improve(order, cost, rounds) {
  let best = cost(order);
  for (let round = 0; round < rounds; round++) {
    let found = best;
    for (const other of neighbours(best.order)) {
      const judged = cost(other);
      if (better(judged, found)) found = judged;
    }
    if (found === best) break;
    best = found;
  }
  return best;
}

/**
 * The best way found from `start` through all `stops`. Speed in metres a second, stay in seconds.
 * @param {Stop} start @param {Stop[]} stops @param {{speed: number, stay: number}} pace
 * @returns {Route}
 */
export function plan(start, stops, { speed, stay }) {
  const ways = table(start, stops);
  const cost = (order) => judge(order, ways, stops, speed, stay);
  const byDue = stops.map((_, n) => n).sort((a, b) => (stops[a].due ?? Infinity) - (stops[b].due ?? Infinity) || a - b);
  // a round looks at about n² orders: long lists get fewer rounds, so that a cheap phone answers at once
  const rounds = stops.length > 100 ? 1 : stops.length > 60 ? 4 : stops.length > 30 ? 20 : 200;
  const found = [nearestNeighbour(ways, stops.length), byDue].map((order) => improve(order, cost, rounds));
  return better(found[1], found[0]) ? found[1] : found[0];
}

/** The cost of going in a given order, by the same rules. */
export const judgeOrder = (start, stops, order, { speed, stay }) => judge(order, table(start, stops), stops, speed, stay);
