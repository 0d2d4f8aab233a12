// The case page: photos at full size, before and after, forms in place, what changed, and who else is here.
import { lightbox } from "./case/lightbox.js";
import { presence } from "./case/presence.js";

const article = () => document.getElementById("case");
const number = article().dataset.case;
const controls = "input:not([type=hidden]), select, textarea";

lightbox();
presence(number, doing);

// A form that somebody opens takes the keyboard; one at a time is open (they share a name).
let asked = null;
document.addEventListener("click", ({ target }) => { asked = target.closest?.("summary")?.parentElement ?? null; }, true);
document.addEventListener("toggle", ({ target }) => {
  if (!target.open || target !== asked || !target.matches(".deed, .edit")) return;
  const form = target.querySelector("form");
  const wanted = [...form.querySelectorAll(controls)].find((each) => each.required && !each.value);
  const first = target.matches(".edit") ? form.querySelector(controls) : form.querySelector("[type=submit]");
  (wanted ?? first).focus();
  target.scrollIntoView({ block: "nearest" });
}, true);

addEventListener("keydown", (event) => {
  const open = event.target.closest?.(".deed[open], .edit[open], .why[open]") ?? null;
  if (event.key === "Escape" && open) {
    open.open = false;
    open.querySelector("summary").focus();
  } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.target.closest?.("form")?.requestSubmit();
  }
});

// What somebody is about to do: the form that is open.
function doing() {
  const open = document.querySelector(".deed[open], .edit[open]");
  return open?.dataset.verb ?? "";
}

// Facts that are different after a part of the page came anew flash once.
let before = new Map();
const facts = () => new Map([...document.querySelectorAll("[data-fact]")].map((each) => [each.dataset.fact, wordsOf(each)]));
function wordsOf(fact) {
  const copy = fact.cloneNode(true);
  for (const aside of copy.querySelectorAll(".edit, .why, .due, form")) aside.remove();
  return copy.textContent.replace(/\s+/g, " ").trim();
}
const isCase = (ctx) => ctx.target === article() || ctx.target?.id === "case";
document.addEventListener("htmx:before:swap", ({ detail: { ctx } }) => { if (isCase(ctx)) before = facts(); });
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (!isCase(ctx)) return;
  for (const [name, words] of facts()) {
    if (before.has(name) && before.get(name) === words) continue;
    document.querySelector(`[data-fact="${name}"]`).classList.add("flash");
  }
  const told = document.querySelector("#refused") ?? document.querySelector(".case .notice-good");
  if (told) {
    told.tabIndex = -1;
    told.focus({ preventScroll: !told.matches("#refused") });
  }
  near();
});

// Somebody else changed the case. Nothing is taken away from one who has a form open.
const isBusy = (here) => here.querySelector(".deed[open], .edit[open], .htmx-request") !== null;
document.addEventListener("told", ({ detail }) => {
  const here = article();
  if (detail.public_id !== number || detail.version <= Number(here.dataset.version)) return;
  if (isBusy(here)) notify(here);
  else look();
});
document.addEventListener("missed", () => { if (!isBusy(article())) look(); });

function look() {
  htmx.ajax("GET", `/cases/${number}`, { target: "#case", select: "#case", swap: "outerHTML" });
}

function notify(here) {
  if (document.getElementById("changed")) return;
  const notice = document.createElement("p");
  const button = document.createElement("button");
  Object.assign(notice, { id: "changed", className: "notice", textContent: `${here.dataset.changed} ` });
  Object.assign(button, { type: "button", className: "btn btn-sm", textContent: here.dataset.look });
  button.addEventListener("click", look);
  notice.setAttribute("role", "status");
  notice.append(button);
  here.querySelector(".case-head").after(notice);
}

// What is near is drawn on the map of the case once it is there.
function near() {
  const map = document.getElementById("case-map");
  const points = map?.parentElement.querySelector("[data-near]");
  if (!points || map.dataset.near) return;
  map.dataset.near = "true";
  const show = () => map.dispatchEvent(new CustomEvent("candidates", { detail: { points: JSON.parse(points.dataset.near), fit: false } }));
  if (map.dataset.drawn) show();
  else map.addEventListener("opened", () => setTimeout(show), { once: true });
}
near();

// The line between before and after follows the slider.
const compare = (target) => {
  const frame = target.closest?.("[data-compare]");
  if (frame && target.matches("[type=range]")) frame.style.setProperty("--at", `${target.value}%`);
};
document.addEventListener("input", ({ target }) => compare(target));
document.querySelectorAll("[data-compare] [type=range]").forEach(compare);
