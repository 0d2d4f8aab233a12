// The report, one question a screen. Nothing leaves the form, so going back loses nothing.
import * as draft from "./draft.js";
import { uploads } from "./uploads.js";

const all = (selector, within) => [...within.querySelectorAll(selector)];
const fill = (words, values) => words.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");

export function start(form) {
  const steps = all("[data-step]", form);
  const back = form.querySelector("[data-back]");
  const next = form.querySelector("[data-next]");
  const question = form.querySelector("[data-question]");
  const photos = uploads(form, { placed: (at) => offerPlace(form, at), changed: () => draft.keep(form) });
  if (!form.dataset.given) draft.restore(form, photos);
  document.querySelector("[data-draft-drop]").addEventListener("click", () => { draft.drop(form); location.assign("/report"); });
  steps.forEach((step, index) => {
    const count = document.createElement("span");
    count.className = "step-count";
    count.textContent = fill(form.dataset.stepWords, { n: index + 1, all: steps.length });
    const bar = document.createElement("span");
    bar.className = "step-bar";
    bar.setAttribute("aria-hidden", "true");
    bar.append(...steps.map((_, n) => Object.assign(document.createElement("span"), { className: n <= index ? "step-past" : "" })));
    step.querySelector("legend").prepend(count, bar);
  });
  const wrong = steps.findIndex((step) => step.querySelector('[aria-invalid="true"], .complaint'));
  let now = wrong >= 0 ? wrong : steps.findIndex((step) => step.querySelector(".alike")) >= 0 ? 2 : 0;

  const show = (focus) => {
    steps.forEach((step, index) => { step.hidden = index !== now; });
    document.body.dataset.step = now + 1;
    back.hidden = now === 0;
    next.hidden = now === steps.length - 1;
    if (steps[now].hasAttribute("data-summary")) summarise(form, photos);
    if (!focus) return;
    const legend = steps[now].querySelector("legend");
    legend.tabIndex = -1;
    legend.focus({ preventScroll: true });
    scrollTo(0, 0);
  };
  next.addEventListener("click", () => {
    const missing = lacking(form, steps[now]);
    if (missing) { complain(missing); return; }
    now += 1;
    history.pushState({ step: now }, "");
    show(true);
    if (steps[now].hasAttribute("data-alike")) ask(form, question);
  });
  back.addEventListener("click", () => { if (history.state?.step) history.back(); else { now -= 1; show(true); } });
  addEventListener("popstate", ({ state }) => { now = state?.step ?? 0; show(true); });
  form.addEventListener("input", () => { form.removeAttribute("data-answered"); draft.keep(form); });
  form.addEventListener("submit", async (event) => {
    const button = form.querySelector('[type="submit"]');
    if (photos.waiting()) {
      event.preventDefault();
      const words = button.lastChild.textContent;
      button.disabled = true;
      button.lastChild.textContent = ` ${button.dataset.waiting}`;
      await photos.settled();
      button.lastChild.textContent = words;
      form.requestSubmit ? form.requestSubmit() : form.submit();
      return;
    }
    button.disabled = true;
  });
  addEventListener("pageshow", () => { form.querySelector('[type="submit"]').disabled = false; });
  const noMap = form.querySelector("[data-no-map]");
  noMap.addEventListener("click", () => {
    const without = form.classList.toggle("without-map");
    noMap.setAttribute("aria-pressed", String(without));
    [noMap.textContent, noMap.dataset.with] = [noMap.dataset.with, noMap.textContent];
    if (without) form.elements.address.focus();
  });
  // Whoever marks a point on the map means that point, wherever an earlier one came from.
  document.getElementById("report-map").addEventListener("place", () => { form.elements.place_from.value = "point"; draft.keep(form); });
  history.replaceState({ step: now }, "");
  show(false);
  form.dataset.started = "true";
}

function lacking(form, step) {
  const empty = all("[required]", step).find((field) => !field.value.trim());
  if (empty) return empty;
  const nowhere = step.hasAttribute("data-where") && !form.elements.longitude.value && !form.elements.address.value.trim();
  return nowhere ? form.elements.address : null;
}

function complain(field) {
  let words = document.getElementById(`${field.id}-problem`);
  if (!words) {
    words = Object.assign(document.createElement("p"), { className: "complaint", id: `${field.id}-problem` });
    field.after(words);
    field.addEventListener("input", () => { words.remove(); field.removeAttribute("aria-invalid"); }, { once: true });
  }
  words.textContent = field.dataset.missing;
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", words.id);
  field.focus();
}

function summarise(form, photos) {
  for (const shown of all("[data-summary-of]", form)) {
    const name = shown.dataset.summaryOf;
    const count = name === "photos" ? photos.count() : 0;
    let words = name === "photos" ? "" : form.elements[name].value;
    if (count) words = fill(shown.dataset.count, { n: count });
    if (name === "address") words = [words, document.querySelector("[data-map-said]").textContent].filter(Boolean).join(" · ");
    if (!words && shown.dataset.point && form.elements.longitude.value) words = shown.dataset.point;
    shown.textContent = words || shown.dataset.empty;
  }
}

// Is it one of these? Asked of the server with what was typed so far; the answers are part of the form.
let turn = 0;
async function ask(form, place) {
  if (form.dataset.answered) return;
  const mine = (turn += 1);
  const chosen = form.querySelector('[name="same_as"]:checked')?.value;
  const words = (text) => Object.assign(document.createElement("p"), { className: "hint", textContent: text });
  const body = new FormData();
  for (const name of ["form_token", "description", "address", "longitude", "latitude", "category_other"]) body.set(name, form.elements[name].value);
  body.set("category", form.querySelector('[name="category"]:checked')?.value ?? "");
  place.replaceChildren(words(place.dataset.busy));
  try {
    const answer = await fetch("/report/alike", { method: "POST", body, headers: { Accept: "text/html" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const found = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (mine !== turn) return;
    place.replaceChildren(...found.body.childNodes);
    if (chosen) for (const radio of all('[name="same_as"]', place)) radio.checked = radio.value === chosen;
    form.dataset.answered = "true";
  } catch {
    if (mine === turn) place.replaceChildren(words(place.dataset.fail));
  }
}

// A photo that knows where it was taken: its place is offered, not assumed.
function offerPlace(form, { longitude, latitude }) {
  const button = form.querySelector("[data-photo-place]");
  button.hidden = false;
  button.onclick = () => {
    document.getElementById("report-map").dispatchEvent(new CustomEvent("picked", { detail: { longitude, latitude } }));
    form.elements.place_from.value = "photo";
  };
}
