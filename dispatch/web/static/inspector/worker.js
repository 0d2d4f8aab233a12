// The service worker: the app's own files and shell without net, and sending when the net comes back.
// `APP` (version, files, shell) stands before this text, written by the server.
import { sendAll, items } from "/static/inspector/outbox.js";

const FILES = `inspector-files-${APP.version}`;
const PHOTOS = "inspector-photos";
const PATIENCE = 3000;

self.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(FILES);
    await cache.addAll(APP.files.map((file) => new Request(file, { credentials: "same-origin" })));
    await keepShell(cache);
    await self.skipWaiting();
  })());
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (name.startsWith("inspector-files-") && name !== FILES) await caches.delete(name);
    await self.clients.claim();
  })());
});

async function keepShell(cache) {
  const answer = await fetch(APP.shell, { credentials: "same-origin" });
  if (answer.ok && !answer.redirected) await cache.put(APP.shell, answer);
}

const isView = (path) => /^\/inspector(\/(tasks(\/[^/]+)?|map|new|queue|me))?$/.test(path);

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    if (isView(address.pathname)) event.respondWith(view(request));
  } else if (address.pathname.startsWith("/static/")) {
    event.respondWith(file(request));
  } else if (/^\/media\/[^/]+\/thumb$/.test(address.pathname)) {
    event.respondWith(thumbnail(request));
  }
});

/** The page from the server while it answers soon, the kept shell otherwise. */
async function view(request) {
  const cache = await caches.open(FILES);
  const shell = await cache.match(APP.shell);
  try {
    const answer = await within(fetch(request), shell ? PATIENCE : 60_000);
    if (answer.type === "opaqueredirect" || answer.ok || answer.status < 500 || !shell) {
      if (answer.ok && !answer.redirected) await cache.put(APP.shell, answer.clone());
      return answer;
    }
    return shell;
  } catch (error) {
    if (shell) return shell;
    throw error;
  }
}

function within(promise, milliseconds) {
  return Promise.race([promise, new Promise((_, fail) => { setTimeout(() => fail(new Error("slow")), milliseconds); })]);
}

/** This version's file; another version's from the server, and should there be no net, this one's. */
async function file(request) {
  const cache = await caches.open(FILES);
  const isOther = new URL(request.url).search !== "" && !(await cache.match(request));
  const kept = await cache.match(request, { ignoreSearch: true });
  if (!isOther) return kept ?? fetch(request);
  return fetch(request).catch((error) => kept ?? Promise.reject(error));
}

async function thumbnail(request) {
  const kept = await caches.open(PHOTOS).then((cache) => cache.match(request, { ignoreVary: true }));
  return kept ?? fetch(request);
}

self.addEventListener("sync", (event) => {
  if (event.tag === "outbox") event.waitUntil(flush());
});

/** Fail while something waits, so that the browser tries again. */
async function flush() {
  const how = await sendAll({ now: true });
  if (how !== "offline") return;
  if ((await items()).some((each) => each.state === "waiting")) throw new Error("still waiting");
}
