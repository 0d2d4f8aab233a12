// One task: what is known of it, the way there, and the result with photos.
import { all, clock, far, inLanguage, one, say, tell } from "./dom.js";
import { metres } from "./geo.js";
import { items } from "./outbox.js";
import { here } from "./place.js";
import { Shots } from "./shots.js";
import { get } from "./store.js";
import { showDue, titleOf } from "./tasks.js";

const FAR = 200;
const FACTS = [["fact-number", "number"], ["fact-place", "place"], ["fact-condition", "condition"], ["fact-closing", "closing"], ["fact-unit", "department"], ["fact-result", "result"], ["fact-part", "part"], ["fact-grid", "grid"]];

export class TaskView {
  constructor(app) {
    this.app = app;
    this.box = one('[data-view="task"]');
    this.form = one("[data-form]", this.box);
    this.shots = new Shots(one("[data-shots]", this.box), { kind: "after" });
    this.form.addEventListener("submit", (event) => { event.preventDefault(); void this.submit(); });
    for (const radio of all("[type=radio]", this.form)) radio.addEventListener("change", () => { one("[data-problem]", this.form).hidden = true; });
  }

  /** Whether the phone does not have the task that is asked for. */
  get isMissing() {
    return this.form.hidden;
  }

  async open(id) {
    const { session } = this.app;
    const task = session ? await get("tasks", [session.id, id]) : undefined;
    const queued = (await items()).find((each) => each.kind === "deed" && each.caseId === id && each.state !== "sent" && each.owner === session?.id);
    this.form.hidden = !task;
    one("[data-missing]", this.box).hidden = Boolean(task);
    if (!task) return;
    if (this.task?.id !== id) await this.start(task, queued);
    this.task = task;
    one("[data-queued]", this.box).hidden = !queued;
    this.draw(task);
  }

  /** Empty, or as it was filled in before. */
  async start(task, queued) {
    this.form.reset();
    this.shots.kind = task.verb === "check" ? "after" : "before";
    this.shots.reset(queued ? await kept(queued) : []);
    if (!queued) return;
    const yes = queued.body.confirmed ?? queued.body.passed;
    const radio = one(`[name=${task.verb}][value=${yes ? "yes" : "no"}]`, this.form);
    if (radio && yes !== undefined) radio.checked = true;
    one("[data-note]", this.form).value = queued.typed ?? "";
  }

  draw(task) {
    const verb = one("[data-verb]", this.form);
    verb.textContent = say(task.verb);
    verb.className = `verb verb-${task.verb}`;
    showDue(one("[data-due]", this.form), task);
    one("[data-what]", this.form).textContent = `${task.sign ? `${task.sign} ` : ""}${titleOf(task)}`;
    one("[data-said]", this.form).textContent = task.description;
    for (const set of all("[data-verdict]", this.form)) {
      set.hidden = set.dataset.verdict !== task.verb;
      set.disabled = set.hidden;
    }
    one("[data-photos]", this.form).replaceChildren(...task.photos.map(picture));
    one("[data-facts]", this.form).replaceChildren(...FACTS.filter(([, name]) => task[name]).flatMap(([words, name]) => fact(say(words), inLanguage(task[name], task[`${name}_en`]))));
    this.drawWays(task);
    const at = here();
    const away = at && task.longitude != null ? metres(at, task) : null;
    tell(one("[data-far-warning]", this.form), away !== null && away - at.accuracy > FAR ? { far: far(away) } : null);
  }

  drawWays(task) {
    const box = one("[data-ways]", this.form);
    box.hidden = !task.navigation;
    if (!task.navigation) return;
    for (const way of all("[data-way]", box)) way.href = task.navigation[way.dataset.way];
    one("[data-on-map]", box).href = `/inspector/map?task=${task.id}`;
  }

  async submit() {
    const { task } = this;
    const chosen = one(`[name=${task.verb}]:checked`, this.form);
    one("[data-problem]", this.form).hidden = Boolean(chosen);
    if (!chosen) { one(`[name=${task.verb}]`, this.form).focus(); return; }
    const yes = chosen.value === "yes";
    const typed = one("[data-note]", this.form).value.trim();
    const at = Date.now();
    const answer = say(`${chosen.value}-${task.verb}`);
    const made = {
      owner: this.app.session.id, kind: "deed", verb: task.verb, caseId: task.id, version: task.version,
      path: `/api/v1/cases/${task.id}/${task.verb}`,
      body: { [task.verb === "check" ? "passed" : "confirmed"]: yes, note: [typed, say("done-at", { at: clock(at) })].filter(Boolean).join(" · ") },
      typed, place: task.longitude == null ? null : { longitude: task.longitude, latitude: task.latitude },
      shots: this.shots.shots, title: `${say(task.verb)} · ${titleOf(task)}`, line: [answer, typed, task.number].filter(Boolean).join(" · "),
    };
    if (!(await this.app.queue(made, this.shots.blobs))) return;
    this.task = undefined;
    this.app.go("/inspector/tasks");
  }
}

/** The photos of an item as a form holds them. @param {any} queued */
export async function kept(queued) {
  const found = await Promise.all(queued.shots.map(async (shot) => {
    const blob = await get("blobs", shot.blob);
    return blob ? { id: shot.blob, bytes: blob.bytes, type: blob.type, takenAt: shot.takenAt, longitude: shot.longitude, latitude: shot.latitude, kind: shot.kind } : null;
  }));
  return found.filter(Boolean);
}

function picture({ id, kind }) {
  const entry = document.createElement("li");
  const link = document.createElement("a");
  const image = document.createElement("img");
  const words = document.createElement("span");
  link.href = `/media/${id}`;
  link.target = "_blank";
  image.src = `/media/${id}/thumb`;
  image.alt = say(`kind-${kind}`);
  words.className = "photo-kind";
  words.textContent = say(`kind-${kind}`);
  link.append(image, words);
  entry.append(link);
  return entry;
}

/** A line of a list of facts. @param {string} name @param {string} value */
export function fact(name, value) {
  const term = document.createElement("dt");
  const text = document.createElement("dd");
  term.textContent = name;
  text.textContent = value;
  return [term, text];
}
