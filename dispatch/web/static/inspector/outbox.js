// What waits to be sent: kept until the server has said that it has it, and sent once.
//
// Each item is its own Idempotency-Key, each photo has one of its own. An answer that is lost is
// asked for again with the same keys, so nothing is done twice. Pages and the service worker share
// this module; a lock lets one of them send at a time.
import { NoLogin, NoNet, ask, session } from "./net.js";
import { every, get, within } from "./store.js";

/**
 * @typedef {{blob: string, kind: string, round: number, remote: string|null, takenAt: string|null, longitude: number|null, latitude: number|null}} Shot
 * @typedef {{id: string, owner: number, kind: "report"|"deed"|"turn", verb: string, path: string, caseId: string|null, version: number|null, body: Record<string, any>, shots: Shot[], title: string, line: string, state: "waiting"|"conflict"|"refused"|"sent", tries: number, nextAt: number, createdAt: number, sentAt: number|null, why: any, result: any}} Item
 */

/** Deeds of others that leave an inspector's own as it was. */
const HARMLESS = new Set(["note", "urge"]);
const KEEP_SENT = 24 * 3600 * 1000;
const channel = "BroadcastChannel" in self ? new BroadcastChannel("inspector") : null;
/** @type {Set<(told: any) => void>} */
const hearers = new Set();
channel?.addEventListener("message", ({ data }) => { for (const hear of hearers) hear(data); });

/** Be told of changes here and in other windows. @param {(told: any) => void} hear */
export const listen = (hear) => hearers.add(hear);
function announce(told) {
  channel?.postMessage(told);
  for (const hear of hearers) hear(told);
}

/** @returns {Promise<Item[]>} in the order in which they were made */
export const items = async () => (await every("items")).sort((a, b) => a.createdAt - b.createdAt);
/** @param {string} id @returns {Promise<Item>} */
export const item = (id) => get("items", id);

/**
 * Put something into the queue with its photos, in one transaction; an older result for the same
 * task gives way.
 * @param {Partial<Item> & {owner: number, kind: Item["kind"]}} given @param {{id: string, bytes: ArrayBuffer, type: string}[]} [blobs]
 */
export async function enqueue(given, blobs = []) {
  /** @type {Item} */
  const made = /** @type {any} */ ({
    id: crypto.randomUUID(), verb: "", path: "", caseId: null, version: null, body: {}, shots: [], title: "", line: "",
    createdAt: Date.now(), sentAt: null, result: null, ...given, state: "waiting", tries: 0, nextAt: 0, why: null,
  });
  const replaced = made.kind === "deed" ? (await items()).filter((each) => each.id !== made.id && each.owner === made.owner && each.caseId === made.caseId && each.verb === made.verb && each.state !== "sent") : [];
  await within(["items", "blobs"], "readwrite", (store, kept) => {
    for (const blob of blobs) kept.put(blob);
    for (const old of replaced) remove(store, kept, old);
    store.put(made);
  });
  announce({ type: "outbox" });
  return made;
}

function remove(store, kept, old) {
  for (const shot of old.shots) kept.delete(shot.blob);
  store.delete(old.id);
}

/** Throw an item away with its photos. @param {string} id */
export async function discard(id) {
  const old = await item(id);
  if (!old) return;
  await within(["items", "blobs"], "readwrite", (store, kept) => remove(store, kept, old));
  announce({ type: "outbox" });
}

/** @param {string} id @param {Partial<Item>} changed */
export async function change(id, changed) {
  const old = await item(id);
  if (!old) return null;
  const now = { ...old, ...changed };
  await within(["items"], "readwrite", (store) => { store.put(now); });
  announce({ type: "outbox" });
  return now;
}

/** @type {string|null} what is being sent just now */
export let sending = null;

/** Send all that is due and belongs to whoever is logged in. @returns {Promise<"done"|"busy"|"offline"|"login">} */
export async function sendAll({ now = false } = {}) {
  const work = async (lock) => (lock === null ? "busy" : sendDue(now));
  if (!("locks" in navigator)) return sendDue(now);
  return navigator.locks.request("inspector-outbox", { ifAvailable: true }, work);
}

async function sendDue(now) {
  const waiting = (await items()).filter((each) => each.state === "waiting");
  await forgetSent();
  if (!waiting.length) return "done";
  try {
    let login = await session();
    for (const each of waiting) {
      if (each.owner !== login.id || (!now && each.nextAt > Date.now())) continue;
      login = await sendOne(each.id, login);
    }
    return "done";
  } catch (error) {
    if (error instanceof NoLogin) { announce({ type: "login" }); return "login"; }
    if (error instanceof NoNet) { announce({ type: "offline" }); return "offline"; }
    throw error;
  } finally {
    sending = null;
    announce({ type: "outbox" });
  }
}

async function sendOne(id, login) {
  sending = id;
  announce({ type: "outbox" });
  try {
    const answer = await attempt(id, login);
    if (answer.status === 403 && answer.data?.code === "csrf_failed") {
      login = await session();
      await settle(id, await attempt(id, login));
    } else await settle(id, answer);
  } catch (error) {
    await later(id);
    throw error;
  }
  return login;
}

/** Wait longer after each try that had no answer. */
async function later(id) {
  const now = await item(id);
  if (now) await change(id, { tries: now.tries + 1, nextAt: Date.now() + Math.min(600, 5 * 2 ** Math.min(now.tries, 7)) * 1000 });
}

async function attempt(id, login) {
  let now = await item(id);
  for (const [index, shot] of now.shots.entries()) {
    if (shot.remote) continue;
    const answer = await upload(now, index, login.csrf);
    if (answer.status !== 201 && answer.status !== 200) return answer;
    const shots = now.shots.map((each, n) => (n === index ? { ...each, remote: answer.data.items[0].id } : each));
    now = await change(id, { shots });
  }
  const photos = now.shots.map((shot) => shot.remote);
  const body = { ...now.body, ...(photos.length ? { photos } : {}), ...(now.version ? { expected_version: now.version } : {}) };
  return ask(now.path, { method: "POST", body, key: now.id, csrf: login.csrf });
}

async function upload(now, index, csrf) {
  const shot = now.shots[index];
  const kept = await get("blobs", shot.blob);
  if (!kept) return { status: 422, data: { title: "照片已不在手机里 / The photo is no longer on the phone" } };
  const form = new FormData();
  form.append("photos", new File([kept.bytes], "photo.jpg", { type: kept.type }));
  form.append("kind", shot.kind);
  if (shot.takenAt) form.append("taken_at", shot.takenAt);
  if (shot.longitude !== null) form.append("longitude", String(shot.longitude));
  if (shot.latitude !== null) form.append("latitude", String(shot.latitude));
  return ask("/api/v1/photos", { method: "POST", form, key: `${now.id}-${shot.blob}-${shot.round}`, csrf, seconds: 90 });
}

const photosAreGone = (now, { status, data }) => status === 422 && now.shots.some((shot) => shot.remote) && (data?.errors ?? []).some(({ field }) => field === "photos") && now.shots.every((shot) => shot.round < 3);

/** What an answer means for the item. */
async function settle(id, answer) {
  const now = await item(id);
  const { status, data } = answer;
  if (status >= 200 && status < 300) return sent(now, data);
  if (photosAreGone(now, answer)) {
    // the server clears away photos that no case took within a day: give them again
    await change(id, { shots: now.shots.map((shot) => ({ ...shot, remote: null, round: shot.round + 1 })) });
    return later(id);
  }
  if (data?.code === "stale_version" && data.changes.every(({ verb }) => HARMLESS.has(verb)) && data.version !== now.version) {
    return change(id, { version: data.version, nextAt: 0 });
  }
  if (status === 429 || status >= 500 || data?.code === "message_in_work") {
    await later(id);
    if (status === 503) throw new NoNet("503");
    return undefined;
  }
  const why = { status, code: data?.code ?? "", title: data?.title ?? "", errors: data?.errors ?? [], changes: data?.changes ?? [], stage: data?.stage ?? "", version: data?.version ?? null, allowed: data?.allowed ?? [] };
  const state = status === 409 || status === 404 || status === 403 ? "conflict" : "refused";
  return change(id, { state, why, tries: now.tries + 1 });
}

async function sent(now, data) {
  const result = { id: data?.id ?? null, number: data?.number ?? null, duplicateOf: data?.duplicate_of_number ?? null, stage: data?.stage ?? null };
  await within(["items", "blobs", "tasks"], "readwrite", (store, kept, tasks) => {
    for (const shot of now.shots) kept.delete(shot.blob);
    store.put({ ...now, state: "sent", sentAt: Date.now(), result, why: null });
    if (now.kind === "deed" && now.caseId) tasks.delete([now.owner, now.caseId]);
  });
  announce({ type: "sent", item: now.id, kind: now.kind });
}

async function forgetSent() {
  const old = (await items()).filter((each) => each.state === "sent" && each.sentAt < Date.now() - KEEP_SENT);
  if (old.length) await within(["items"], "readwrite", (store) => { for (const each of old) store.delete(each.id); });
}

/** Whether anything of this person still waits. @param {number} owner */
export const waits = async (owner) => (await items()).some((each) => each.owner === owner && each.state === "waiting");
