// A call: what is typed is kept at every pause, and the answer fills the side, the places and the conditions.
import { pickList } from "./lists.js";
import { textModules } from "./modules.js";
import { photos } from "./photos.js";

const PAUSE = 220;
const form = document.getElementById("call");
const map = document.getElementById("call-map");
const address = document.getElementById("address");
const kept = document.querySelector("[data-kept]");
const select = document.getElementById("category");
const condition = document.getElementById("condition");
const search = document.getElementById("category-search");
const field = (name) => form.elements[name];
let onTheWay = false;
let again = false;
let waiting = 0;
let finished = false;
let pointBy = field("longitude").value ? "hand" : "";

// Keeping, and what the answer changes.
const later = (pause = PAUSE) => { clearTimeout(waiting); waiting = setTimeout(keep, pause); };
// One at a time: of two on their way, the server might keep the earlier one last.
async function keep() {
  if (finished) return;
  if (onTheWay) { again = true; return; }
  onTheWay = true;
  again = false;
  try {
    const answer = await fetch(form.dataset.keep, { method: "POST", body: new FormData(form), headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    if (!finished && !again) show(await answer.text());
  } catch {
    if (finished) return;
    kept.textContent = kept.dataset.failed;
    if (!again) later(3000);
  } finally {
    onTheWay = false;
    if (again) later(0);
  }
}
function show(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html").getElementById("call-side");
  if (!fresh) return;
  const focused = document.activeElement?.closest("#call-side") ? document.activeElement.dataset.linkKey : null;
  document.getElementById("call-side").replaceWith(fresh);
  if (focused) fresh.querySelector(`[data-link-key="${focused}"]`)?.focus();
  const tab = document.querySelector("[data-tab][aria-current] span");
  if (fresh.dataset.tabWords) tab.textContent = fresh.dataset.tabWords;
  kept.textContent = kept.dataset.words.replace("{time}", new Date().toLocaleTimeString([], { hour12: false }));
  drawSide(fresh);
}
function drawSide(side) {
  const conditions = side.querySelector("select[data-conditions-of]");
  if (conditions.dataset.conditionsOf !== condition.dataset.conditionsOf) {
    condition.replaceChildren(...[...conditions.options].map((each) => each.cloneNode(true)));
    condition.dataset.conditionsOf = conditions.dataset.conditionsOf;
  }
  offerPlaces([...side.querySelectorAll("[data-places] li")]);
  const labels = [...side.querySelectorAll("[data-places] li")].map((each, index) => point(each, String(index + 1), "place"));
  const cards = [...side.querySelectorAll("[data-card]")].map((each) => point(each, each.dataset.name, "case"));
  const choosing = !side.dataset.longitude && labels.length > 0;
  map.dispatchEvent(new CustomEvent("candidates", { detail: { points: [...(pointBy ? [] : labels), ...cards], fit: choosing } }));
  if (side.dataset.longitude && side.dataset.marked === "no") map.dispatchEvent(new CustomEvent("place", { detail: { longitude: Number(side.dataset.longitude), latitude: Number(side.dataset.latitude) } }));
}
const point = (element, name, kind) => ({ at: [Number(element.dataset.longitude), Number(element.dataset.latitude)], name, kind });

// Where: candidates under the field, by arrows, by Alt and a number, or on the map.
const places = document.getElementById("place-list");
const placePicker = pickList(address, places, (option) => {
  mark(Number(option.dataset.longitude), Number(option.dataset.latitude), "candidate");
  map.dispatchEvent(new CustomEvent("place", { detail: { longitude: Number(option.dataset.longitude), latitude: Number(option.dataset.latitude) } }));
  next(address);
});
function mark(longitude, latitude, by) {
  field("longitude").value = longitude.toFixed(6);
  field("latitude").value = latitude.toFixed(6);
  pointBy = by;
  later(0);
}
function offerPlaces(items) {
  places.replaceChildren(...items.map((item, index) => {
    item.id = `place-${index + 1}`;
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", "false");
    return item.cloneNode(true);
  }));
  if (document.activeElement === address && !pointBy && items.length) placePicker.open(); else placePicker.close();
}
address.addEventListener("input", () => {
  if (pointBy !== "candidate") return;
  field("longitude").value = field("latitude").value = "";
  pointBy = "";
});
map?.addEventListener("picked", ({ detail }) => mark(detail.longitude, detail.latitude, "hand"));

// What: text modules. Category: name, pinyin, initials or code; what the words suggest comes first.
textModules(document.getElementById("description"), document.getElementById("module-list"));
const list = document.getElementById("category-list");
const categoryPicker = pickList(search, list, (option) => { takeCategory(option.dataset.value); next(search); });
select.hidden = true;
const typed = search.value !== search.defaultValue ? search.value : ""; // while this file was on its way
const named = () => { search.value = select.value ? select.selectedOptions[0].textContent.trim() : ""; };
if (typed) search.value = typed; else named();
function takeCategory(value) {
  select.value = value;
  named();
  later(0);
}
function matches(option, wanted) {
  const { code, sound, initials } = option.dataset;
  if (!code) return false;
  return code.toLowerCase().startsWith(wanted) || sound.startsWith(wanted) || initials.startsWith(wanted) || option.textContent.toLowerCase().includes(wanted);
}
function rank(option, wanted) {
  const words = option.textContent.trim().toLowerCase();
  return words.startsWith(wanted) || option.dataset.initials === wanted ? 0 : option.dataset.initials.startsWith(wanted) || option.dataset.sound.startsWith(wanted) ? 1 : 2;
}
function offerCategories() {
  const wanted = search.value.trim().toLowerCase();
  const same = select.value && wanted === select.selectedOptions[0].textContent.trim().toLowerCase();
  const all = [...select.options];
  const suggested = [...document.querySelectorAll("[data-suggested]")].map((each) => all.find((option) => option.value === each.dataset.suggested)).filter(Boolean);
  const found = wanted && !same ? all.filter((option) => matches(option, wanted)).sort((a, b) => rank(a, wanted) - rank(b, wanted)) : suggested;
  list.replaceChildren(...found.slice(0, 8).map((option, index) => {
    const item = document.createElement("li");
    item.id = `category-${index + 1}`;
    item.setAttribute("role", "option");
    item.dataset.value = option.value;
    const name = document.createElement("strong");
    name.textContent = option.textContent.trim();
    const more = document.createElement("span");
    more.className = "hint";
    more.textContent = ` ${option.dataset.code} · ${option.dataset.major}`;
    item.append(name, more);
    return item;
  }));
  categoryPicker.open(wanted && !same ? 0 : -1);
}
search.addEventListener("input", () => {
  if (!search.value.trim() && select.value) takeCategory("");
  offerCategories();
});
search.addEventListener("focus", () => { search.select(); offerCategories(); });
search.addEventListener("blur", named);
condition.addEventListener("change", () => {
  if (!condition.value || select.value) return;
  const first = document.querySelector("[data-suggested]");
  if (first) { select.value = first.dataset.suggested; named(); }
});
document.addEventListener("click", (event) => {
  const taken = event.target.closest("[data-take]");
  if (taken) takeCategory(taken.dataset.take);
});

// Keys of the whole page.
const order = ["contact_phone", "contact_name", "channel", "description", "address", "category-search", "condition"].map((id) => document.getElementById(id));
const save = form.querySelector("[data-save]");
const next = (from) => (order[order.indexOf(from) + 1] ?? save).focus();
for (const each of order) {
  if (each.tagName !== "TEXTAREA") each.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.ctrlKey && !event.isComposing) { event.preventDefault(); next(each); }
  });
}
form.addEventListener("input", (event) => { if (event.target !== search) later(); });
form.addEventListener("submit", (event) => {
  if (finished) { event.preventDefault(); return; }
  finished = true;
  clearTimeout(waiting);
});
addEventListener("pageshow", () => { finished = false; });
addEventListener("pagehide", () => { if (!finished) navigator.sendBeacon(form.dataset.keep, new FormData(form)); });
const tabs = [...document.querySelectorAll("[data-tab]")];
const turnTo = (step) => {
  const at = tabs.findIndex((each) => each.hasAttribute("aria-current"));
  const other = tabs[(at + step + tabs.length) % tabs.length];
  if (other && tabs.length > 1) other.click();
};
const KEYS = {
  "ctrl+Enter": () => save.click(),
  "alt+n": () => document.querySelector("[data-new-call]").click(),
  "alt+o": () => { field("alone").checked = !field("alone").checked; later(0); },
  "alt+PageDown": () => turnTo(1),
  "alt+PageUp": () => turnTo(-1),
};
for (const number of [1, 2, 3, 4, 5]) KEYS[`alt+${number}`] = () => placePicker.choose(places.children[number - 1]);
for (const key of ["F8", "F9", "F10"]) KEYS[key] = () => document.querySelector(`[data-link-key="${key}"]`)?.click();
addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  const pressed = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const deed = KEYS[`${event.ctrlKey || event.metaKey ? "ctrl+" : event.altKey ? "alt+" : ""}${pressed}`];
  if (!deed) return;
  event.preventDefault();
  event.stopPropagation();
  deed();
}, { capture: true });
drawSide(document.getElementById("call-side"));
photos(form);
if (pointBy) map.dispatchEvent(new CustomEvent("place", { detail: { longitude: Number(field("longitude").value), latitude: Number(field("latitude").value) } }));
if (typed && document.activeElement === search) offerCategories();
const isGiven = (each) => (each.options ? each.selectedOptions[0]?.defaultSelected === false && each.selectedIndex > 0 : each.value !== each.defaultValue);
if ([...order, select].some((each) => each !== search && isGiven(each))) later(0);
document.documentElement.dataset.callReady = "true";
