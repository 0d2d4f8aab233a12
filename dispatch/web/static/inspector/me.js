// The person: signing in and out, consent to the track, how they move, what the phone holds, leaving.
import { all, ask as sure, clock, fill, half, one, say, tell, toast } from "./dom.js";
import { NoLogin, NoNet, ask, session as fetchSession } from "./net.js";
import { items } from "./outbox.js";
import { here, locate } from "./place.js";
import { forgetPerson, recall, remember, rememberedAt, tasksOf } from "./store.js";
import { forgetPhotos, forms, ground } from "./sync.js";
import { fact } from "./task.js";
import { forgetPoints, mayTrack, pointsWaiting } from "./track.js";

export class MeView {
  constructor(app) {
    this.app = app;
    this.box = one('[data-view="me"]');
    for (const button of all("[data-turn]", this.box)) button.addEventListener("click", () => { void this.turn(button.dataset.turn); });
    one("[data-agree]", this.box).addEventListener("click", () => { void this.agree(); });
    one("[data-withdraw]", this.box).addEventListener("click", () => { void this.withdraw(); });
    for (const chip of all("[data-mode]", this.box)) chip.addEventListener("click", async () => { await remember("mode", chip.dataset.mode); await this.draw(); });
    one("[data-fetch-all]", this.box).addEventListener("click", async () => { if (await app.refresh(true)) toast(say("updated")); });
    one("[data-logout]", this.box).addEventListener("submit", (event) => { void this.leave(event); });
    const install = one("[data-install]", this.box);
    addEventListener("beforeinstallprompt", (event) => { event.preventDefault(); this.prompt = event; install.hidden = false; });
    install.addEventListener("click", async () => { await this.prompt?.prompt(); install.hidden = true; });
    addEventListener("appinstalled", () => { install.hidden = true; toast(say("installed")); });
  }

  async open() {
    await this.draw();
  }

  async draw() {
    const { session } = this.app;
    if (!session) return;
    const mine = (await items()).filter((each) => each.owner === session.id && each.state !== "sent");
    one("[data-name-of]", this.box).textContent = session.name;
    tell(one("[data-grids]", this.box), { grids: session.working_grids.join("、") });
    this.drawShift(session.patrol, mine.filter((each) => each.kind === "turn"));
    await this.drawConsent(session);
    const mode = (await recall("mode")) ?? "ebike";
    for (const chip of all("[data-mode]", this.box)) chip.setAttribute("aria-pressed", String(chip.dataset.mode === mode));
    await this.drawStored(session);
    one("[data-logout-hint]", this.box).hidden = !mine.length;
    one("[name=csrf_token]", this.box).value = session.csrf;
  }

  drawShift({ shift }, turns) {
    const words = one("[data-shift]", this.box);
    const isOn = turns.length ? turns.at(-1).verb === "sign-in" : Boolean(shift && !shift.ended_at);
    words.textContent = turns.length ? words.dataset.waiting : isOn ? fill(words.dataset.on, { at: clock(shift.started_at) }) : words.dataset.off;
    one('[data-turn="in"]', this.box).hidden = isOn;
    one('[data-turn="out"]', this.box).hidden = !isOn;
  }

  async drawConsent(session) {
    const { patrol } = session;
    const words = one("[data-consent]", this.box);
    const isCurrent = patrol.text && patrol.consent_version === patrol.text.version;
    words.textContent = isCurrent ? fill(words.dataset.given, { at: clock(patrol.consent_given_at), version: patrol.consent_version }) : patrol.consent_version ? words.dataset.old : words.dataset.none;
    one("[data-consent-text]", this.box).textContent = patrol.text ? half(`${patrol.text.zh} / ${patrol.text.en}`) : "";
    one("[data-agree]", this.box).hidden = Boolean(isCurrent) || !patrol.text;
    one("[data-withdraw]", this.box).hidden = !patrol.consent_version;
    const tracking = one("[data-tracking]", this.box);
    tracking.textContent = fill(mayTrack(session) ? tracking.dataset.on : tracking.dataset.off, { n: await pointsWaiting(session.id) });
  }

  async drawStored(session) {
    const [tasks, book, land, at] = await Promise.all([tasksOf(session.id), forms(), ground(session.id), rememberedAt(`ground:${session.id}`)]);
    const size = (await navigator.storage?.estimate?.())?.usage ?? 0;
    const rows = [["stored-tasks", tasks.length], ["stored-forms", book?.categories.length ?? 0], ["stored-grids", land?.grids.length ?? 0], ["stored-parts", land?.parts.length ?? 0], ["stored-size", `${(size / 1e6).toFixed(1)} MB`], ["stored-at", at ? clock(at) : say("nothing-stored")]];
    one("[data-stored]", this.box).replaceChildren(...rows.flatMap(([name, value]) => fact(say(name), String(value))));
  }

  /** Signing in and out waits in the queue like everything else, with the phone's own time. */
  async turn(way) {
    const fix = here() ?? (await locate());
    const verb = way === "in" ? "sign-in" : "sign-out";
    const place = fix ? { longitude: fix.longitude, latitude: fix.latitude, accuracy_m: fix.accuracy } : {};
    const made = { owner: this.app.session.id, kind: "turn", verb, path: `/api/v1/patrol/${verb}`, body: { at: new Date().toISOString(), ...place }, title: say(verb), line: clock(Date.now()) };
    await this.app.queue(made, []);
    await this.draw();
  }

  async ask(method, body) {
    try {
      const login = await fetchSession();
      const { status, data } = await ask("/api/v1/patrol/consent", { method, body, csrf: login.csrf });
      if (status !== 200) toast(half(data?.title ?? ""));
      this.app.session = await fetchSession();
    } catch (error) {
      if (!(error instanceof NoNet) && !(error instanceof NoLogin)) throw error;
      toast(say("need-net"));
    }
    await this.draw();
  }

  agree() {
    return this.ask("POST", { version: this.app.session.patrol.text.version });
  }

  async withdraw() {
    if (!(await sure(say("withdraw"), say("withdraw-yes")))) return;
    await forgetPoints(this.app.session.id);
    await this.ask("DELETE");
  }

  /** Leaving needs the server; then the phone forgets the person's tasks, and keeps what waits. */
  async leave(event) {
    event.preventDefault();
    const form = event.target;
    try {
      const login = await fetchSession();
      one("[name=csrf_token]", form).value = login.csrf;
      await forgetPerson(login.id);
      await forgetPhotos();
      form.submit();
    } catch (error) {
      if (!(error instanceof NoNet) && !(error instanceof NoLogin)) throw error;
      toast(say("need-net"));
    }
  }
}
