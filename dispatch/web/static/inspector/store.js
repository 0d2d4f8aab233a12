// What the phone keeps: one IndexedDB, used by the pages and by the service worker alike.

const NAME = "inspector";
const VERSION = 1;
const STORES = /** @type {const} */ ({
  meta: { keyPath: "name" },
  tasks: { keyPath: ["owner", "id"] },
  items: { keyPath: "id" },
  blobs: { keyPath: "id" },
  points: { keyPath: ["owner", "at"] },
});

/** @type {Promise<IDBDatabase>|undefined} */
let opened;
function open() {
  opened ??= new Promise((done, fail) => {
    const asked = indexedDB.open(NAME, VERSION);
    asked.onupgradeneeded = () => {
      for (const [name, options] of Object.entries(STORES)) {
        if (!asked.result.objectStoreNames.contains(name)) asked.result.createObjectStore(name, options);
      }
    };
    asked.onsuccess = () => {
      asked.result.onversionchange = () => { asked.result.close(); opened = undefined; };
      done(asked.result);
    };
    asked.onerror = () => { opened = undefined; fail(asked.error); };
  });
  return opened;
}

/**
 * Several steps in one transaction; the promise ends when it is on disk.
 * @template T
 * @param {string[]} names @param {"readonly"|"readwrite"} mode
 * @param {(...stores: IDBObjectStore[]) => IDBRequest<T>|void} work
 * @returns {Promise<T>}
 */
export async function within(names, mode, work) {
  const database = await open();
  return new Promise((done, fail) => {
    const step = database.transaction(names, mode, { durability: "strict" });
    const asked = work(...names.map((name) => step.objectStore(name)));
    step.oncomplete = () => done(/** @type {any} */ (asked?.result));
    step.onerror = step.onabort = () => fail(step.error);
  });
}

export const get = (store, key) => within([store], "readonly", (each) => each.get(key));
export const put = (store, value) => within([store], "readwrite", (each) => each.put(value));
export const drop = (store, key) => within([store], "readwrite", (each) => each.delete(key));
/** @returns {Promise<any[]>} */
export const every = (store) => within([store], "readonly", (each) => each.getAll());

/** A value by name; undefined before it was kept. @param {string} name */
export const recall = async (name) => (await get("meta", name))?.value;
/** @param {string} name @param {unknown} value */
export const remember = (name, value) => put("meta", { name, value, at: Date.now() });
/** @param {string} name @returns {Promise<number|undefined>} */
export const rememberedAt = async (name) => (await get("meta", name))?.at;
export const forget = (name) => drop("meta", name);

/** The tasks of a person, replaced as a whole. @param {number} owner @param {any[]} tasks */
export function replaceTasks(owner, tasks) {
  return within(["tasks"], "readwrite", (store) => {
    store.delete(IDBKeyRange.bound([owner], [owner, []]));
    for (const task of tasks) store.put({ ...task, owner });
  });
}
/** @param {number} owner @returns {Promise<any[]>} */
export const tasksOf = (owner) => within(["tasks"], "readonly", (store) => store.getAll(IDBKeyRange.bound([owner], [owner, []])));

/** What belongs to somebody who logged out, but for what waits to be sent. @param {number} owner */
export const forgetPerson = (owner) => within(["tasks", "meta"], "readwrite", (tasks, meta) => {
  tasks.delete(IDBKeyRange.bound([owner], [owner, []]));
  for (const name of ["session", `tasks:${owner}`, `ground:${owner}`, `fetched:${owner}`]) meta.delete(name);
});
