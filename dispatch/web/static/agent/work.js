// Queues that are worked off with single keys: a deed is sent, the next one slides in where it stood.
import { textModules } from "./modules.js";

const root = () => document.querySelector("[data-work]");
let busy = false;

async function swap(address, options = {}) {
  if (busy) return;
  busy = true;
  root().setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(address, { ...options, headers: { Accept: "text/html" } });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!fresh.querySelector("[data-work]")) { location.href = answer.url; return; }
    put(fresh);
    history.replaceState(null, "", options.method ? new URL(answer.url).pathname + (answer.redirected ? new URL(answer.url).search : location.search) : answer.url);
  } catch {
    location.reload();
  } finally {
    busy = false;
    root()?.removeAttribute("aria-busy");
  }
}

// A map is kept and moved: making one costs far more than showing another place.
function put(fresh) {
  const scrolled = document.querySelector(".work-list")?.scrollTop ?? 0;
  const old = root().querySelector("[data-map]");
  const next = fresh.querySelector("[data-work]");
  const map = next.querySelector("[data-map]");
  if (old?.dataset.drawn && map) {
    map.replaceWith(old);
    old.dispatchEvent(new CustomEvent("place", { detail: { longitude: Number(map.dataset.longitude), latitude: Number(map.dataset.latitude) } }));
  } else if (map) import(map.dataset.map).then((module) => module.draw(map));
  root().replaceWith(next);
  const rail = fresh.getElementById("rail");
  if (rail) document.getElementById("rail")?.replaceWith(rail);
  const list = document.querySelector(".work-list");
  if (list) { list.scrollTop = scrolled; list.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" }); }
  ready();
}

function ready() {
  const area = root().querySelector("[data-modules]");
  const list = document.getElementById("module-list");
  if (area && list) textModules(area, list);
  const talk = root().querySelector("[data-talk]");
  if (talk) talk.scrollTop = talk.scrollHeight;
}

addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-swap]");
  if (!form) return;
  event.preventDefault();
  const data = new FormData(form, event.submitter);
  swap(form.action, { method: "POST", body: data });
});
addEventListener("click", (event) => {
  const link = event.target.closest("a[data-swap]");
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) { event.preventDefault(); swap(link.href); return; }
  const asks = event.target.closest("[data-asks]");
  if (asks) ask(asks);
});

// Why, and into which: the question opens under the deeds and is answered with a number.
function ask(button) {
  const wanted = button.dataset.asks;
  let opened = false;
  for (const form of root().querySelectorAll("[data-ask]")) {
    form.hidden = form.dataset.ask !== wanted || !form.hidden;
    opened ||= !form.hidden;
  }
  for (const each of root().querySelectorAll("[data-asks]")) each.setAttribute("aria-expanded", String(opened && each === button));
  if (opened) root().querySelector(`[data-ask="${wanted}"]:not([hidden]) button`)?.focus();
}
const asked = () => [...root().querySelectorAll("[data-ask]:not([hidden])")];

const step = (by) => {
  const all = [...root().querySelectorAll(".work-list a")];
  const at = all.findIndex((each) => each.hasAttribute("aria-current"));
  all[at + by]?.click();
};
const KEYS = { j: () => step(1), k: () => step(-1), u: () => root().querySelector("[data-undo]")?.click() };
addEventListener("keydown", (event) => {
  if (event.ctrlKey && event.key === "Enter" && event.target.form?.matches("[data-swap]")) { event.preventDefault(); event.target.form.requestSubmit(); return; }
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || !root()) return;
  if (event.key === "Escape" && asked().length) { for (const form of asked()) form.hidden = true; event.preventDefault(); return; }
  if (event.target.closest("input:not([type=radio]), textarea, select")) return;
  const numbered = /^[1-9]$/.test(event.key) && asked().length
    ? asked().flatMap((form) => [...form.querySelectorAll(`[data-number="${event.key}"]`)])[0]
    : null;
  const target = numbered ?? root().querySelector(`[data-work-key="${CSS.escape(event.key)}"]`);
  const deed = target ? () => target.click() : KEYS[event.key];
  if (!deed) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  deed();
}, { capture: true });
ready();
