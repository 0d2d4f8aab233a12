// The wall: takes the state as it comes, puts in only what is different, and lets changed numbers flash once.
import { spots } from "./supervisor/spots.js";
import { hours } from "./supervisor/hours.js";

const main = document.getElementById("main");
const state = main.querySelector("[data-state]");
const live = document.querySelector("[data-live]");
const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;

const say = (on) => {
  live.dataset.state = on ? "on" : "off";
  live.textContent = on ? live.dataset.on : live.dataset.off;
};

// What a number is about: the section it stands in and its row's name.
const nameOf = (fact) => (fact.closest("tr") ?? fact.closest(".big"))?.querySelector("th, h2")?.textContent + fact.closest("section").getAttribute("aria-labelledby");

function facts(root) {
  return new Map([...root.querySelectorAll("[data-fact]")].map((each) => [nameOf(each), each]));
}

function put(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html").body;
  const before = new Map([...facts(state)].map(([name, each]) => [name, each.dataset.fact]));
  const focused = state.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  const known = new Set([...state.querySelectorAll(".wall-events li")].map((each) => each.id));
  const olds = state.querySelectorAll("section");
  fresh.querySelectorAll("section").forEach((section, index) => {
    const old = olds[index];
    if (section.querySelector("[data-hours]")) {
      Object.assign(old.querySelector("[data-hours]").dataset, section.querySelector("[data-hours]").dataset);
    } else if (old.innerHTML !== section.innerHTML) {
      old.replaceChildren(...section.childNodes);
    }
  });
  if (focused) state.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  for (const [name, each] of facts(state)) {
    if (before.has(name) && before.get(name) !== each.dataset.fact && !calm) each.classList.add("flash");
  }
  for (const each of state.querySelectorAll(".wall-events li")) {
    if (known.size && each.id && !known.has(each.id) && !calm) each.classList.add("flash");
  }
  main.dispatchEvent(new CustomEvent("fresh"));
}

function listen() {
  const source = new EventSource(main.dataset.feed);
  source.addEventListener("open", () => say(true));
  source.addEventListener("error", () => say(false));
  source.addEventListener("message", ({ data }) => {
    say(true);
    const { number, html } = JSON.parse(data);
    put(html);
    state.dataset.number = number;
  });
  addEventListener("pagehide", () => source.close());
  addEventListener("pageshow", ({ persisted }) => { if (persisted) location.reload(); });
}

// The city's clock, whatever zone the screen stands in.
function clock() {
  const time = document.querySelector("[data-wall-clock]");
  const write = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai", dateStyle: "short", timeStyle: "medium" });
  const tick = () => { time.textContent = write.format(new Date()); };
  tick();
  setInterval(tick, 1000);
}

document.querySelector("[data-full]").addEventListener("click", () => {
  if (document.fullscreenElement) document.exitFullscreen();
  else document.documentElement.requestFullscreen();
});
clock();
listen();
hours(main);
spots(main);
