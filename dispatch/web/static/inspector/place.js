// Where the phone is: one watch for all views, while somebody looks at the app.

/** @typedef {{longitude: number, latitude: number, accuracy: number, at: number}} Fix */
/** @type {Fix|null} */
let last = null;
/** @type {Set<(fix: Fix) => void>} */
const hearers = new Set();
let watching = 0;
const FRESH = 120_000;

function heard({ coords, timestamp }) {
  last = { longitude: coords.longitude, latitude: coords.latitude, accuracy: coords.accuracy, at: timestamp };
  for (const hear of hearers) hear(last);
}

/** Watch from now on, unless the page is not looked at. */
export function watch() {
  if (watching || !navigator.geolocation || document.hidden) return;
  watching = navigator.geolocation.watchPosition(heard, () => undefined, { enableHighAccuracy: true, maximumAge: 10_000, timeout: 30_000 });
}

function rest() {
  if (watching) navigator.geolocation.clearWatch(watching);
  watching = 0;
}
document.addEventListener("visibilitychange", () => (document.hidden ? rest() : watch()));

/** @param {(fix: Fix) => void} hear */
export const follow = (hear) => { hearers.add(hear); };
/** Where the phone was a moment ago; null when that is not known. @returns {Fix|null} */
export const here = () => (last && Date.now() - last.at < FRESH ? last : null);

/** Ask once more, exactly. @returns {Promise<Fix|null>} */
export function locate() {
  return new Promise((done) => {
    if (!navigator.geolocation) { done(null); return; }
    navigator.geolocation.getCurrentPosition(
      (position) => { heard(position); done(last); },
      () => done(here()),
      { enableHighAccuracy: true, timeout: 12_000, maximumAge: 0 },
    );
  });
}
