// The tasks as cards: by distance, by due time, or along a computed route.
import { all, clock, clone, far, fill, inLanguage, one, say, span, tell } from "./dom.js";
import { metres } from "./geo.js";
import { items } from "./outbox.js";
import { follow, here, locate } from "./place.js";
import { plan } from "./route.js";
import { recall, rememberedAt, remember, tasksOf } from "./store.js";

const WARN = 0.8;
const SHAPES = { green: "●", yellow: "▲", red: "■" };

/** How a task stands against its time. @returns {{light: string, shape: string, words: string}} */
export function lightOf(task, now = Date.now()) {
  if (!task.due) return { light: "none", shape: "○", words: say("due-none") };
  const due = Date.parse(task.due);
  const since = Date.parse(task.since ?? task.due);
  const light = now >= due ? "red" : now >= since + (due - since) * WARN ? "yellow" : "green";
  return { light, shape: SHAPES[light], words: `${say(`light-${light}`)} · ${say(now >= due ? "due-over" : "due-left", { span: span((due - now) / 1000) })}` };
}

/** @param {Element} box @param {any} task */
export function showDue(box, task) {
  const { light, shape, words } = lightOf(task);
  box.className = `due due-${light}`;
  const sign = document.createElement("span");
  sign.setAttribute("aria-hidden", "true");
  sign.textContent = `${shape} `;
  box.replaceChildren(sign, words);
}

/** How people move here: metres a second, seconds at each place. @param {any} session */
export async function paceOf(session) {
  const rules = session?.patrol?.rules ?? { walk_kmh: 4.5, ebike_kmh: 15, minutes_at_task: 5 };
  const mode = (await recall("mode")) ?? "ebike";
  return { mode, speed: (mode === "walk" ? rules.walk_kmh : rules.ebike_kmh) / 3.6, stay: rules.minutes_at_task * 60 };
}

/** The tasks in the order of a way from here, with what it takes. */
export async function routeOf(tasks, start, session) {
  const placed = tasks.filter(({ longitude }) => longitude != null);
  const now = Date.now();
  const stops = placed.map(({ longitude, latitude, due }) => ({ longitude, latitude, due: due ? (Date.parse(due) - now) / 1000 : null }));
  const way = plan(start, stops, await paceOf(session));
  return { way, ordered: way.order.map((n) => placed[n]), unplaced: tasks.filter(({ longitude }) => longitude == null) };
}

export class TasksView {
  constructor(app) {
    this.app = app;
    this.box = one('[data-view="tasks"]');
    this.sort = "distance";
    for (const chip of all("[data-sort]", this.box)) chip.addEventListener("click", () => { void this.by(chip.dataset.sort); });
    one("[data-refresh]", this.box).addEventListener("click", () => { void app.refresh(true); });
    let drawn = 0;
    follow(() => { if (!this.box.hidden && Date.now() - drawn > 15_000) { drawn = Date.now(); void this.draw(); } });
  }

  async open() {
    this.sort = (await recall("sort")) ?? "distance";
    await this.draw();
    if (!here() && this.sort !== "due" && (await locate())) await this.draw();
  }

  async by(sort) {
    this.sort = sort;
    await remember("sort", sort);
    await this.draw();
    if (!here() && sort !== "due" && (await locate())) await this.draw();
  }

  async draw() {
    const { session } = this.app;
    const tasks = session ? await tasksOf(session.id) : [];
    const at = here();
    for (const chip of all("[data-sort]", this.box)) chip.setAttribute("aria-pressed", String(chip.dataset.sort === this.sort));
    const fetched = session ? await rememberedAt(`fetched:${session.id}`) : undefined;
    tell(one("[data-count]", this.box), fetched ? { n: tasks.length } : null);
    tell(one("[data-fresh]", this.box), fetched ? { at: clock(fetched) } : null);
    one("[data-empty]", this.box).hidden = tasks.length > 0 || !fetched;
    one("[data-unknown]", this.box).hidden = Boolean(fetched);
    one("[data-no-place]", this.box).hidden = Boolean(at) || this.sort === "due" || !tasks.length;
    const ordered = await this.ordered(tasks, at);
    const mine = new Set((await items()).filter((each) => each.kind === "deed" && each.state !== "sent" && each.owner === session?.id).map((each) => each.caseId));
    one("[data-list]", this.box).replaceChildren(...ordered.map((task, n) => this.card(task, n, at, mine.has(task.id))));
  }

  async ordered(tasks, at) {
    const line = one("[data-route-line]", this.box);
    line.hidden = true;
    const byDue = (a, b) => (a.due ? Date.parse(a.due) : Infinity) - (b.due ? Date.parse(b.due) : Infinity);
    if (this.sort === "due" || !at) return tasks.toSorted(byDue);
    if (this.sort === "distance") return tasks.toSorted((a, b) => distance(a, at) - distance(b, at));
    const { way, ordered, unplaced } = await routeOf(tasks, at, this.app.session);
    if (ordered.length) {
      tell(line, { n: ordered.length, way: far(way.metres), minutes: Math.ceil(way.seconds / 60) });
      if (way.late) line.append(` · ${fill(line.dataset.late, { late: way.late })}`);
    }
    return [...ordered, ...unplaced];
  }

  card(task, n, at, isQueued) {
    const card = clone("task-card");
    const path = `/inspector/tasks/${task.id}`;
    one("[data-open]", card).href = path;
    const verb = one("[data-verb]", card);
    verb.textContent = say(task.verb);
    verb.classList.add(`verb-${task.verb}`);
    showDue(one("[data-due]", card), task);
    one("[data-what]", card).textContent = `${task.sign ? `${task.sign} ` : ""}${titleOf(task)}`;
    one("[data-where]", card).textContent = task.place;
    one("[data-far]", card).textContent = at ? far(distance(task, at)) : say("no-distance");
    if (this.sort === "route" && at && task.longitude != null) tellStop(one("[data-stop]", card), n + 1);
    const photo = task.photos.findLast(({ kind }) => kind === (task.verb === "check" ? "after" : "before")) ?? task.photos[0];
    if (photo) {
      const image = one("[data-picture]", card);
      image.addEventListener("load", () => { image.hidden = false; });
      image.src = `/media/${photo.id}/thumb`;
    }
    one("[data-mine]", card).hidden = !isQueued;
    const go = one("[data-go]", card);
    if (task.navigation) Object.assign(go, { href: task.navigation.amap, target: "_blank", rel: "noopener" });
    else go.hidden = true;
    return card;
  }
}

function tellStop(box, n) {
  box.hidden = false;
  box.textContent = say("stop", { n });
}

const distance = (task, at) => (task.longitude == null ? Infinity : metres(at, task));
/** What a task is called. */
export const titleOf = (task) => [inLanguage(task.category, task.category_en), inLanguage(task.condition, task.condition_en)].filter(Boolean).join(" · ") || task.description.slice(0, 24);
