// The map of the working grid: tasks, parts, where one is, and the way through the tasks.
import { cloneAll, far, one, say } from "./dom.js";
import { metres } from "./geo.js";
import { GroundMap } from "./map.js";
import { follow, here, locate } from "./place.js";
import { recall, tasksOf } from "./store.js";
import { ground } from "./sync.js";
import { lightOf, routeOf, titleOf } from "./tasks.js";

export class MapView {
  constructor(app) {
    this.app = app;
    this.box = one('[data-view="map"]');
    one("[data-here]", this.box).addEventListener("click", async () => {
      const fix = here() ?? (await locate());
      if (fix) { await this.map.here(fix); await this.map.go(fix, 17); }
    });
    one("[data-home]", this.box).addEventListener("click", () => this.map.whole());
    follow((fix) => { if (!this.box.hidden) void this.map?.here(fix); });
  }

  /** Whether it was drawn before the phone had any ground. */
  get isEmpty() { return !this.map?.hasGround; }

  /** @param {URLSearchParams} query */
  async open(query) {
    const { session } = this.app;
    const held = session ? await ground(session.id) : null;
    if (held && this.isEmpty) {
      await this.map?.remove();
      this.map = null;
    }
    this.map ??= new GroundMap(one("[data-canvas]", this.box), held, { onTap: (what) => this.tapped(what) });
    await this.map.resize();
    this.tasks = session ? await tasksOf(session.id) : [];
    const wantsRoute = (await recall("sort")) === "route";
    const at = here() ?? (wantsRoute ? await locate() : null);
    const isRoute = wantsRoute && at;
    const { ordered, unplaced } = isRoute ? await routeOf(this.tasks, at, session) : { ordered: this.tasks, unplaced: [] };
    await this.map.tasks([...ordered, ...unplaced].map((task, n) => ({ ...task, light: lightOf(task).light, mark: isRoute ? String(n + 1) : task.sign || say(task.verb).slice(-1) })));
    await this.map.way(isRoute ? [at, ...ordered] : []);
    if (at) await this.map.here(at);
    const wanted = this.tasks.find(({ id }) => id === query.get("task"));
    if (wanted?.longitude != null) {
      await this.map.go(wanted, 17);
      this.tapped({ layer: "tasks", id: wanted.id });
    } else this.tapped(null);
  }

  tapped(what) {
    const drawer = one("[data-drawer]", this.box);
    drawer.hidden = !what;
    if (!what) return;
    const deeds = cloneAll(what.layer === "tasks" ? "drawer-task" : "drawer-part");
    const words = one("[data-drawer-words]", drawer);
    if (what.layer === "tasks") {
      const task = this.tasks.find(({ id }) => id === what.id);
      if (!task) return;
      const at = here();
      words.textContent = [say(task.verb), titleOf(task), at ? far(metres(at, task)) : "", lightOf(task).words].filter(Boolean).join(" · ");
      one("[data-open]", deeds).href = `/inspector/tasks/${task.id}`;
    } else {
      words.textContent = `${what.name} ${what.code}`;
      one("[data-open]", deeds).href = `/inspector/new?part=${what.code}`;
    }
    one("[data-drawer-deeds]", drawer).replaceChildren(deeds);
  }
}
