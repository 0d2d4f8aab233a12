// A new report: photo, place, what it is, send. Nothing is refused for a bad place; it is said.
import { fill, inLanguage, language, one, say } from "./dom.js";
import { contains, metres } from "./geo.js";
import { GroundMap } from "./map.js";
import { follow, here, locate } from "./place.js";
import { Shots } from "./shots.js";
import { recall, remember } from "./store.js";
import { forms, ground } from "./sync.js";
import { kept } from "./task.js";

/** Beyond this many metres the map should be looked at. */
const POOR = 30;
const NEAR = 60;
const MOST_PARTS = 8;
const MOST_RECENT = 6;
const MOST_FOUND = 12;

export class NewView {
  constructor(app) {
    this.app = app;
    this.box = one('[data-view="new"]');
    this.form = one("[data-form]", this.box);
    this.before = new Shots(one('[data-shots="before"]', this.box), { kind: "before", onChange: () => this.photoPlace() });
    this.after = new Shots(one('[data-shots="after"]', this.box), { kind: "after" });
    this.clear();
    this.listen();
  }

  clear() {
    /** @type {{longitude: number, latitude: number, accuracy: number|null, from: "none"|"gps"|"map"|"photo"|"part"}} */
    this.place = { longitude: NaN, latitude: NaN, accuracy: null, from: "none" };
    this.category = null;
    this.condition = null;
    this.part = null;
    this.group = null;
    this.editing = null;
    this.busy = false;
  }

  listen() {
    const camera = one("[data-first-camera]", this.box);
    camera.addEventListener("change", async () => {
      const [file] = camera.files;
      camera.value = "";
      if (file) await this.before.add(file);
    });
    this.camera = camera;
    one("[data-locate]", this.form).addEventListener("click", () => { void this.find(true); });
    one("[data-search]", this.form).addEventListener("input", () => this.drawFound());
    one("[data-unpick]", this.form).addEventListener("click", () => { this.pick(null); one("[data-search]", this.form).focus(); });
    const handled = one("[data-handled]", this.form);
    handled.addEventListener("change", () => { one("[data-after]", this.form).hidden = !handled.checked; });
    this.form.addEventListener("submit", (event) => { event.preventDefault(); void this.submit(); });
    follow((fix) => { if (!this.box.hidden && (this.place.from === "none" || (this.place.from === "gps" && fix.accuracy < (this.place.accuracy ?? Infinity)))) this.setPlace(fix, "gps", fix.accuracy); });
  }

  /** @param {URLSearchParams} query */
  async open(query) {
    const { session } = this.app;
    this.book = await forms();
    this.land = session ? await ground(session.id) : null;
    this.byCode = new Map((this.book?.categories ?? []).map((each) => [each.code, each]));
    this.byId = new Map((this.book?.categories ?? []).map((each) => [each.id, each]));
    if (this.land && this.map && !this.map.hasGround) {
      await this.map.remove();
      this.map = null;
    }
    if (!this.map) this.map = new GroundMap(one("[data-canvas]", this.box), this.land, { onMove: (at) => this.setPlace(at, "map", null), onTap: (what) => { if (what?.layer === "parts") this.pickPart(what.code); } });
    void this.map.resize();
    this.recent = (await recall(`recent:${session?.id}`)) ?? [];
    const edit = query.get("edit");
    if (edit && edit !== this.editing?.id) await this.edit(edit);
    else if (query.get("part")) this.pickPart(query.get("part"));
    this.draw();
    if (this.place.from === "none") await this.find(false);
  }

  async find(anew) {
    const where = one("[data-where]", this.form);
    where.textContent = where.dataset.busy;
    const fix = (anew ? null : here()) ?? (await locate());
    if (fix) this.setPlace(fix, "gps", fix.accuracy);
    else if (this.place.from === "none") where.textContent = where.dataset.none;
    else this.drawPlace();
  }

  photoPlace() {
    const photo = this.before.taken.find(({ longitude }) => longitude !== null);
    if (photo && this.place.from === "none") this.setPlace(photo, "photo", null);
  }

  setPlace({ longitude, latitude }, from, accuracy) {
    this.place = { longitude, latitude, accuracy, from };
    if (from !== "map") void this.map?.go({ longitude, latitude }, 17.5);
    void this.map?.here(from === "gps" ? { longitude, latitude, accuracy } : null);
    this.drawPlace();
    this.drawParts();
  }

  drawPlace() {
    const where = one("[data-where]", this.form);
    const { from, accuracy, longitude, latitude } = this.place;
    const words = { none: "none", map: "moved", photo: "photo", part: "part", gps: accuracy > POOR ? "bad" : "good" }[from];
    where.textContent = fill(where.dataset[words], { m: Math.round(accuracy ?? 0), code: this.part?.code });
    where.classList.toggle("where-bad", words === "bad" || words === "none");
    const grid = one("[data-grid]", this.form);
    grid.hidden = from === "none" || !this.land?.box;
    const cell = this.land?.grids.find(({ geometry }) => contains(geometry, longitude, latitude));
    grid.textContent = cell ? fill(grid.dataset.words, { code: cell.properties.code }) : grid.dataset.outside;
  }

  near() {
    if (Number.isNaN(this.place.longitude)) return [];
    const parts = (this.land?.parts ?? []).map(([code, category, name, longitude, latitude]) => ({ code, category, name, longitude, latitude, far: metres(this.place, { longitude, latitude }) }));
    const isOne = this.category?.kind === "part";
    return parts.filter((part) => part.far <= NEAR && (!isOne || part.category === this.category.id)).sort((a, b) => a.far - b.far).slice(0, MOST_PARTS);
  }

  drawParts() {
    const parts = this.near();
    if (this.part && !parts.some(({ code }) => code === this.part.code)) parts.unshift(this.part);
    one("[data-near]", this.form).hidden = !parts.length || this.category?.kind === "event";
    one("[data-parts]", this.form).replaceChildren(...parts.map((part) => pickable(say("part-line", { name: part.name, code: part.code.slice(-6), far: say("metres", { n: Math.round(part.far ?? 0) }) }), part.code === this.part?.code, () => this.pickPart(part.code))));
  }

  pickPart(code) {
    if (this.part?.code === code) this.part = null;
    else {
      const found = (this.land?.parts ?? []).find(([each]) => each === code);
      if (!found) return;
      const [, category, name, longitude, latitude] = found;
      this.part = { code, category, name, longitude, latitude, far: 0 };
      if (this.byId.has(category)) this.setCategory(this.byId.get(category));
      this.setPlace({ longitude, latitude }, "part", null);
    }
    this.draw();
  }

  setCategory(category) {
    if (this.category?.id === category?.id) return;
    this.category = category;
    this.condition = category?.conditions.find((each) => each.default)?.id ?? null;
    if (this.part && this.part.category !== category?.id) this.part = null;
  }

  pick(category) {
    this.setCategory(category);
    one("[data-category-problem]", this.form).hidden = true;
    this.draw();
  }

  draw() {
    const { category } = this;
    one("[data-chooser]", this.form).hidden = Boolean(category);
    one("[data-picked]", this.form).hidden = !category;
    one("[data-picked-name]", this.form).textContent = category ? nameOf(category) : "";
    one("[data-conditions]", this.form).replaceChildren(...(category?.conditions ?? []).map((each) => pickable(inLanguage(each.text, each.text_en), each.id === this.condition, () => { this.condition = each.id; this.draw(); }, "button")));
    const send = one("[data-send]", this.form);
    send.textContent = this.editing ? send.dataset.edit : send.dataset.new;
    const recent = this.recent.map((code) => this.byCode.get(code)).filter(Boolean);
    one("[data-recent]", this.form).replaceChildren(...recent.map((each) => pickable(nameOf(each), false, () => this.pick(each))));
    one("[data-groups]", this.form).replaceChildren(...(this.book?.groups ?? []).map((group) => this.chip(group)));
    this.drawFound();
    this.drawParts();
    if (this.place.from !== "none") this.drawPlace();
  }

  chip(group) {
    const chip = document.createElement("button");
    chip.type = "button";
    chip.className = "chip";
    chip.textContent = `${group.sign ? `${group.sign} ` : ""}${group[language]}`;
    chip.setAttribute("aria-pressed", String(this.group === group.code));
    chip.addEventListener("click", () => { this.group = this.group === group.code ? null : group.code; this.draw(); });
    return chip;
  }

  drawFound() {
    const words = one("[data-search]", this.form).value.trim().toLowerCase();
    const all = this.book?.categories ?? [];
    const fits = words ? all.filter(({ name, name_en, code }) => name.includes(words) || name_en.toLowerCase().includes(words) || code.toLowerCase().includes(words)) : all.filter(({ group }) => group === this.group);
    const shown = words ? fits.slice(0, MOST_FOUND) : fits;
    const list = shown.map((each) => pickable(nameOf(each), false, () => this.pick(each)));
    if (fits.length > shown.length) {
      const more = document.createElement("li");
      more.className = "hint";
      more.textContent = say("more", { n: fits.length - shown.length });
      list.push(more);
    }
    one("[data-found]", this.form).replaceChildren(...list);
  }

  async edit(id) {
    const item = (await this.app.items()).find((each) => each.id === id && each.state !== "sent");
    if (!item) return;
    this.reset();
    this.editing = item;
    const { body } = item;
    this.category = this.byCode.get(body.category) ?? null;
    this.condition = body.condition ?? null;
    if (body.part_code) this.pickPart(body.part_code);
    if (body.longitude !== undefined) this.setPlace(body, this.part ? "part" : item.placeFrom ?? "map", item.accuracy ?? null);
    one("[data-typed]", this.form).value = item.typed ?? body.description ?? "";
    one("[data-address]", this.form).value = body.address ?? "";
    one("[data-handled]", this.form).checked = Boolean(body.handled_on_the_spot);
    one("[data-after]", this.form).hidden = !body.handled_on_the_spot;
    const photos = await kept(item);
    this.before.reset(photos.filter(({ kind }) => kind !== "after"));
    this.after.reset(photos.filter(({ kind }) => kind === "after"));
  }

  reset() {
    this.form.reset();
    this.before.reset();
    this.after.reset();
    one("[data-after]", this.form).hidden = true;
    this.clear();
    void this.map?.here(null);
  }

  async submit() {
    const typed = one("[data-typed]", this.form).value.trim();
    const problem = one("[data-category-problem]", this.form);
    problem.hidden = Boolean(this.category || typed);
    if (!problem.hidden) { one("[data-search]", this.form).focus(); return; }
    if (this.busy) return;
    this.busy = true;
    const made = this.made(typed);
    const blobs = [...this.before.blobs, ...(made.body.handled_on_the_spot ? this.after.blobs : [])];
    if (!(await this.app.queue(made, blobs))) { this.busy = false; return; }
    if (this.category) await remember(`recent:${this.app.session.id}`, [this.category.code, ...this.recent.filter((code) => code !== this.category.code)].slice(0, MOST_RECENT));
    this.reset();
    this.app.go("/inspector/tasks");
  }

  /** The item of the queue. */
  made(typed) {
    const { category, place, editing } = this;
    const condition = category?.conditions.find(({ id }) => id === this.condition);
    const handled = one("[data-handled]", this.form).checked;
    const named = category ? [category.name, condition?.text].filter(Boolean).join(" ") : "";
    const address = one("[data-address]", this.form).value.trim();
    const body = {
      description: typed ? [named, typed].filter(Boolean).join(":") : named,
      ...(category ? { category: category.code } : {}),
      ...(condition ? { condition: condition.id } : {}),
      ...(Number.isNaN(place.longitude) ? {} : { longitude: place.longitude, latitude: place.latitude }),
      ...(address ? { address } : {}),
      ...(this.part ? { part_code: this.part.code } : {}),
      ...(handled ? { handled_on_the_spot: true } : {}),
      observed_at: new Date(editing?.createdAt ?? Date.now()).toISOString(),
      ...(place.accuracy === null ? {} : { accuracy_m: Math.round(place.accuracy) }),
    };
    return {
      ...(editing ? { id: editing.id, createdAt: editing.createdAt } : {}),
      owner: this.app.session.id, kind: "report", verb: "report", path: "/api/v1/cases", body, typed, placeFrom: place.from, accuracy: place.accuracy,
      shots: [...this.before.shots, ...(handled ? this.after.shots : [])],
      title: `${say(handled ? "handled" : "report")} · ${category ? nameOf(category) : typed.slice(0, 20)}`, line: [typed, address].filter(Boolean).join(" · "),
    };
  }
}

const nameOf = (category) => `${category.sign ? `${category.sign} ` : ""}${language === "zh" ? category.name : category.name_en || category.name}`;

function pickable(words, isOn, onPick, bare = "") {
  const entry = document.createElement(bare ? "span" : "li");
  const button = document.createElement("button");
  button.type = "button";
  button.className = "pick";
  button.textContent = words;
  button.setAttribute("aria-pressed", String(isOn));
  button.addEventListener("click", onPick);
  entry.append(button);
  return entry;
}
