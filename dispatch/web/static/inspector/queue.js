// The queue: what waits, what was not accepted and why, what another person did meanwhile, and the choices.
import { all, ask, clock, clone, cloneAll, half, one, say, tell } from "./dom.js";
import { change, discard, enqueue, items, sending } from "./outbox.js";

export class QueueView {
  constructor(app) {
    this.app = app;
    this.box = one('[data-view="queue"]');
    one("[data-send-all]", this.box).addEventListener("click", () => { void app.send(true); });
  }

  open() {
    return this.draw();
  }

  async draw() {
    const mine = this.app.session?.id;
    const found = await items();
    const own = found.filter(({ owner }) => owner === mine);
    const open = own.filter(({ state }) => state !== "sent");
    const sent = own.filter(({ state }) => state === "sent").reverse();
    const others = found.filter(({ owner, state }) => owner !== mine && state !== "sent").length;
    one("[data-list]", this.box).replaceChildren(...open.map((item) => this.entry(item)));
    one("[data-empty]", this.box).hidden = open.length > 0;
    one("[data-send-all]", this.box).hidden = !open.some(({ state }) => state === "waiting");
    tell(one("[data-others]", this.box), others ? { n: others } : null);
    one("[data-sent-h]", this.box).hidden = !sent.length;
    one("[data-sent]", this.box).replaceChildren(...sent.map((item) => this.entry(item)));
  }

  entry(item) {
    const shown = clone("item");
    const state = item.state === "waiting" ? (sending === item.id ? "sending" : item.tries ? "later" : "waiting") : item.state;
    shown.classList.add(`item-${state}`);
    shown.dataset.state = state;
    one("[data-state]", shown).textContent = say(`state-${state}`);
    const at = one("[data-at]", shown);
    at.dateTime = new Date(item.createdAt).toISOString();
    at.textContent = clock(item.createdAt);
    one("[data-what]", shown).textContent = item.title;
    one("[data-line]", shown).textContent = item.state === "sent" ? outcome(item) : item.line;
    const photos = one("[data-photos]", shown);
    photos.hidden = !item.shots.length;
    photos.textContent = say("photos", { n: item.shots.length });
    if (item.why) explain(shown, item);
    one("[data-deeds]", shown).replaceChildren(...deedsOf(item).map((name) => cloneAll(`deed-${name}`)));
    for (const button of all("[data-deed]", shown)) button.addEventListener("click", () => { void this.decide(button.dataset.deed, item); });
    return shown;
  }

  async decide(deed, item) {
    if (deed === "discard") {
      if (await ask(say("discard"), say("discard-yes"))) await discard(item.id);
    } else if (deed === "edit") {
      this.app.go(item.kind === "report" ? `/inspector/new?edit=${item.id}` : `/inspector/tasks/${item.caseId}`);
    } else {
      await this.again(deed, item);
      await this.app.send(true);
    }
    await this.draw();
  }

  /** Send it again: as it is, over what the other did, as a note, or as a report of its own. */
  again(deed, item) {
    if (deed === "retry") return change(item.id, { state: "waiting", nextAt: 0, why: null });
    if (deed === "insist") return change(item.id, { state: "waiting", nextAt: 0, why: null, version: item.why.version ?? null });
    const words = [item.title, item.line].filter(Boolean).join(" · ");
    const fresh = { state: "waiting", nextAt: 0, why: null, tries: 0, version: null };
    if (deed === "note") return change(item.id, { ...fresh, verb: "note", path: `/api/v1/cases/${item.caseId}/note`, body: { note: words } });
    return this.anew(item, fresh, words);
  }

  async anew(item, fresh, words) {
    const { id: _, ...rest } = item;
    const body = item.kind === "report" ? item.body : { description: words, ...(placeOf(item) ?? {}) };
    const shots = item.shots.map((shot) => ({ ...shot, remote: null, round: shot.round + 1 }));
    // first the new one, then the old without its photos: they belong to the new one now
    await enqueue({ ...rest, ...fresh, kind: "report", verb: "report", path: "/api/v1/cases", caseId: null, body, shots });
    await change(item.id, { shots: [] });
    return discard(item.id);
  }
}

const placeOf = (item) => (item.place ? { longitude: item.place.longitude, latitude: item.place.latitude } : null);

function outcome({ result, kind }) {
  if (result?.duplicateOf) return say("linked", { number: result.duplicateOf });
  return result?.number && kind !== "turn" ? say("sent-as", { number: result.number }) : say("sent");
}

function explain(shown, { why, kind }) {
  const words = one("[data-why-words]", shown);
  one("[data-why]", shown).hidden = false;
  words.textContent = why.status === 404 || (why.status === 403 && kind === "deed") ? say("gone") : why.code === "idempotency_key_reused" ? say("key-reused") : half(why.title);
  const rows = [...why.changes.map((each) => say("who-changed", { at: clock(each.at), who: each.actor, verb: verbOf(each) })), ...why.errors.map(({ message }) => half(message))];
  one("[data-changes]", shown).replaceChildren(...rows.map((row) => {
    const entry = document.createElement("li");
    entry.textContent = row;
    return entry;
  }));
}

const verbOf = ({ verb, verb_label: label, note }) => [label ?? verb, note].filter(Boolean).join(":");

/** What can be done with an item. */
function deedsOf({ state, kind, why, verb, tries }) {
  if (state === "sent") return [];
  const editable = kind !== "turn" ? ["edit"] : [];
  if (state === "waiting") return [...(tries ? ["retry"] : []), ...editable, "discard"];
  if (state === "refused") return ["retry", ...editable, "discard"];
  if (kind === "report") return [...(why.code === "idempotency_key_reused" ? ["anew"] : ["retry"]), "discard"];
  if (kind === "turn") return ["retry", "discard"];
  const isSeen = why.status === 409;
  return [...(why.code === "stale_version" ? ["insist"] : []), ...(isSeen && verb !== "note" ? ["note"] : []), ...(isSeen ? [] : ["anew"]), "discard"];
}
