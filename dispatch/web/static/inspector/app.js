// The inspector's app: which view an address shows, when it fetches and sends, and what its banners say.
import { all, one, say, tell, toast } from "./dom.js";
import { MapView } from "./mapview.js";
import { MeView } from "./me.js";
import { NewView } from "./new.js";
import { NoLogin, NoNet, known } from "./net.js";
import { enqueue, items, listen, sendAll, waits } from "./outbox.js";
import { watch } from "./place.js";
import { QueueView } from "./queue.js";
import { TaskView } from "./task.js";
import { TasksView } from "./tasks.js";
import * as track from "./track.js";
import { fetchAll, fetchTasks } from "./sync.js";

const REFRESH = 120_000;
const LOOK = 15_000;

class App {
  constructor() {
    /** @type {any} who is logged in, as far as the phone knows */
    this.session = null;
    this.fetchedAt = 0;
    this.views = { tasks: new TasksView(this), task: new TaskView(this), map: new MapView(this), new: new NewView(this), queue: new QueueView(this), me: new MeView(this) };
  }

  async begin() {
    this.session = (await known()) ?? null;
    this.online = navigator.onLine;
    this.listen();
    await this.show();
    await this.banners();
    watch();
    track.begin();
    document.body.dataset.ready = "true";
    await this.refresh(true);
    await this.send();
    setInterval(() => { void this.pulse(); }, LOOK);
    await navigator.storage?.persist?.();
  }

  listen() {
    addEventListener("popstate", () => { void this.show(); });
    addEventListener("online", () => { this.setNet(true); void this.pulse(true); });
    addEventListener("offline", () => this.setNet(false));
    document.addEventListener("visibilitychange", () => { if (!document.hidden) void this.pulse(); });
    document.addEventListener("click", (event) => this.clicked(event));
    listen((told) => { void this.heard(told); });
  }

  /** Links between views change the view, not the page; "new" opens the camera in the same tap. */
  clicked(event) {
    const link = event.target.closest?.("a[href]");
    if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || link.target) return;
    const address = new URL(link.href);
    if (address.origin !== location.origin || !viewOf(address.pathname)) return;
    event.preventDefault();
    const isFresh = link.dataset.tab === "new" && !this.views.new.before.taken.length;
    this.go(address.pathname + address.search);
    if (isFresh) this.views.new.camera.click();
  }

  go(address) {
    history.pushState(null, "", address);
    void this.show(true);
  }

  async show(focus = false) {
    const [name, id] = viewOf(location.pathname) ?? ["tasks"];
    const view = this.views[name];
    for (const section of all("[data-view]")) section.hidden = section.dataset.view !== name;
    one("[data-title]").textContent = view.box.dataset.name;
    document.title = document.title.replace(/^[^·]*/, `${view.box.dataset.name} `);
    for (const tab of all("[data-tab]")) {
      if (tab.dataset.tab === name || (name === "task" && tab.dataset.tab === "tasks")) tab.setAttribute("aria-current", "page");
      else tab.removeAttribute("aria-current");
    }
    if (focus) { one("#main").focus(); scrollTo(0, 0); }
    this.current = view;
    await view.open(...(name === "task" ? [id] : [new URLSearchParams(location.search)]));
  }

  /** Take something into the queue and try to send it. @returns {Promise<boolean>} whether it is kept */
  async queue(made, blobs) {
    try {
      await enqueue(made, blobs);
    } catch {
      toast(say("storage-full"));
      return false;
    }
    toast(say("kept"));
    void this.wake();
    void this.send(true);
    return true;
  }

  /** Ask the browser to send when the net is back, even should the app be closed by then. */
  async wake() {
    const worker = await navigator.serviceWorker?.ready;
    await worker?.sync?.register("outbox").catch(() => undefined);
  }

  async send(now = false) {
    const how = await sendAll({ now });
    if (how === "done" || how === "busy") this.setNet(true);
    if (how === "offline") this.setNet(false);
    if (how === "login") this.setLogin(true);
    await this.banners();
    return how;
  }

  /** Fetch what may have changed. @returns {Promise<boolean>} whether there was an answer */
  async refresh(whole = false) {
    try {
      this.session = await (whole ? fetchAll() : fetchTasks());
      this.fetchedAt = Date.now();
      this.setNet(true);
      this.setLogin(false);
      await track.sendPoints(this.session);
    } catch (error) {
      if (error instanceof NoLogin) this.setLogin(true);
      else if (error instanceof NoNet) this.setNet(false);
      else throw error;
      return false;
    }
    const { view } = this.current.box.dataset;
    if (["tasks", "me"].includes(view)) await this.current.draw();
    // somebody came by a link to a task that the phone did not have yet
    if (view === "task" && this.views.task.isMissing) await this.show();
    // or looks at the map for which the ground has only now come
    if (whole && view === "map" && this.views.map.isEmpty) await this.show();
    return true;
  }

  /** Every few seconds while somebody looks, and at once when the net is back. */
  async pulse(now = false) {
    if (document.hidden && !now) return;
    if (this.session && (await waits(this.session.id))) await this.send(now);
    if (now || Date.now() - this.fetchedAt > REFRESH) await this.refresh();
  }

  setNet(isOn) {
    this.online = isOn;
    const shown = one("[data-net]");
    shown.dataset.net = isOn ? "on" : "off";
    shown.textContent = isOn ? shown.dataset.on : shown.dataset.off;
  }

  setLogin(isNeeded) {
    one('[data-banner="login"]').hidden = !isNeeded;
    one("[data-login]").href = `/login?next=${encodeURIComponent(location.pathname)}`;
  }

  async banners() {
    const mine = (await items()).filter((each) => each.owner === this.session?.id);
    const waiting = mine.filter(({ state }) => state === "waiting").length;
    const stuck = mine.filter(({ state }) => state === "conflict" || state === "refused").length;
    for (const [name, n] of /** @type {[string, number][]} */ ([["waiting", waiting], ["conflict", stuck]])) {
      const banner = one(`[data-banner="${name}"]`);
      banner.hidden = !n;
      tell(one("[data-words]", banner), { n });
    }
    const count = one("[data-tab-count]");
    count.hidden = !(waiting + stuck);
    count.textContent = String(waiting + stuck);
    await navigator.setAppBadge?.(waiting + stuck).catch(() => undefined);
  }

  async heard(told) {
    await this.banners();
    if (told.type === "login") this.setLogin(true);
    if (told.type === "offline") this.setNet(false);
    if (told.type === "sent" && told.kind === "turn") await this.refresh();
    if (["tasks", "queue", "me"].includes(this.current?.box.dataset.view)) await this.current.draw();
  }

  items() {
    return items();
  }
}

/** The view of an address, with the id of its task. @param {string} path */
function viewOf(path) {
  if (path === "/inspector" || path === "/inspector/shell") return ["tasks"];
  const found = /^\/inspector\/(tasks|map|new|queue|me)(?:\/([^/]+))?$/.exec(path);
  if (!found) return null;
  return found[1] === "tasks" && found[2] ? ["task", decodeURIComponent(found[2])] : [found[1]];
}

if ("serviceWorker" in navigator) {
  const hadWorker = Boolean(navigator.serviceWorker.controller);
  void navigator.serviceWorker.register("/inspector/worker.js", { scope: "/inspector", type: "module" });
  const kept = () => { if (navigator.serviceWorker.controller) document.body.dataset.kept = "true"; };
  kept();
  navigator.serviceWorker.addEventListener("controllerchange", kept);
  // a new version takes over: load it, unless somebody is filling something in
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (hadWorker && !["new", "task"].includes(viewOf(location.pathname)?.[0] ?? "")) location.reload();
  });
}
void new App().begin();
