// The track: points kept on the phone while on shift, by consent and in working time, and sent in batches.
import { metres } from "./geo.js";
import { ask, known } from "./net.js";
import { follow } from "./place.js";
import { every, put, within } from "./store.js";

const BATCH = 200;
/** @type {{longitude: number, latitude: number, at: number}|null} */
let lastKept = null;

/** Whether points may be kept now, as the server last said. @param {any} session */
export function mayTrack(session) {
  const patrol = session?.patrol;
  return Boolean(patrol?.shift && !patrol.shift.ended_at && patrol.working_time && patrol.text && patrol.consent_version === patrol.text.version);
}

async function keep(fix) {
  const session = await known();
  if (!mayTrack(session)) return;
  const { rules } = session.patrol;
  if (fix.accuracy > rules.accuracy_m) return;
  if (lastKept && (fix.at - lastKept.at < rules.point_seconds * 1000 || metres(fix, lastKept) < rules.point_metres)) return;
  lastKept = fix;
  await put("points", { owner: session.id, at: new Date(fix.at).toISOString(), longitude: fix.longitude, latitude: fix.latitude, accuracy_m: fix.accuracy });
}

export const begin = () => follow((fix) => { void keep(fix); });

/** How many points wait. @param {number} owner */
export const pointsWaiting = async (owner) => (await every("points")).filter((point) => point.owner === owner).length;

/** Send what waits; the server keeps each point once and drops what it may not keep. @param {any} session */
export async function sendPoints(session) {
  const mine = (await every("points")).filter((point) => point.owner === session.id);
  for (let n = 0; n < mine.length; n += BATCH) {
    const batch = mine.slice(n, n + BATCH);
    const points = batch.map(({ owner: _, ...point }) => point);
    const { status } = await ask("/api/v1/patrol/points", { method: "POST", body: { points }, csrf: session.csrf });
    if (status !== 200 && status !== 422) return;
    await within(["points"], "readwrite", (store) => { for (const { owner, at } of batch) store.delete([owner, at]); });
  }
}

/** Forget what has not been sent: consent was taken back. @param {number} owner */
export const forgetPoints = (owner) => within(["points"], "readwrite", (store) => { store.delete(IDBKeyRange.bound([owner], [owner, []])); });
