// Bringing the phone up to date: who, which tasks, which forms, which ground; what is kept stays usable.
import { ask, session } from "./net.js";
import { recall, remember, replaceTasks } from "./store.js";

const PHOTOS = "inspector-photos";

async function kept(name, path) {
  const held = await recall(name);
  const { status, data, etag } = await ask(path, { held: held?.etag });
  if (status === 200) {
    await remember(name, { etag, data });
    return data;
  }
  return held?.data;
}

/** Who is logged in, and the tasks: what changes during a day. @returns {Promise<any>} the session */
export async function fetchTasks() {
  const login = await session();
  const tasks = await kept(`tasks:${login.id}`, "/inspector/pack/tasks");
  if (tasks) {
    await replaceTasks(login.id, tasks.items);
    await remember(`fetched:${login.id}`, Date.now());
    void keepThumbnails(tasks.items);
  }
  return login;
}

/** Everything that changed since it was last fetched. @returns {Promise<any>} the session */
export async function fetchAll() {
  const login = await fetchTasks();
  await kept("forms", "/inspector/pack/forms");
  await kept(`ground:${login.id}`, "/inspector/pack/ground");
  return login;
}

async function keepThumbnails(tasks) {
  if (!("caches" in self)) return;
  const cache = await caches.open(PHOTOS);
  const wanted = new Set(tasks.flatMap((task) => task.photos.map((photo) => `/media/${photo.id}/thumb`)));
  for (const request of await cache.keys()) if (!wanted.has(new URL(request.url).pathname)) await cache.delete(request);
  for (const path of wanted) if (!(await cache.match(path))) await cache.add(path).catch(() => undefined);
}

export const forms = async () => (await recall("forms"))?.data ?? null;
/** @param {number} owner */
export const ground = async (owner) => (await recall(`ground:${owner}`))?.data ?? null;

/** What a person leaves behind on logging out: pictures of tasks. */
export const forgetPhotos = () => ("caches" in self ? caches.delete(PHOTOS) : Promise.resolve(false));
