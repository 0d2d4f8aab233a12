// Times that run: what is left of a limit, and the lamp that goes with it, from what the page was drawn with.
const EVERY = 10_000;
const SIZES = [86_400, 3_600, 60];
let running = 0;

export function countdown() {
  clearInterval(running);
  running = setInterval(tick, EVERY);
  tick();
}

function tick() {
  const now = Date.now();
  for (const due of document.querySelectorAll("[data-due-at]")) run(due, now);
  for (const lamp of document.querySelectorAll(".lamp[data-lamp-due]")) light(lamp, now);
}

function run(due, now) {
  const { left, over } = document.getElementById("said").dataset;
  const ms = Date.parse(due.dataset.dueAt) - now;
  due.textContent = (ms > 0 ? left : over).replace("{span}", span(Math.abs(ms) / 1000));
}

function light(lamp, now) {
  const { lampDue, lampWarn, light: shown } = lamp.dataset;
  const next = now >= Date.parse(lampDue) ? "red" : lampWarn && now >= Date.parse(lampWarn) ? "yellow" : "green";
  if (next === shown) return;
  const fresh = document.getElementById("lamps").content.querySelector(`.lamp-${next}`).cloneNode(true);
  Object.assign(fresh.dataset, { lampDue, light: next });
  if (lampWarn) fresh.dataset.lampWarn = lampWarn;
  lamp.replaceWith(fresh);
  const due = fresh.parentElement.querySelector(".due");
  if (due) due.className = `due due-${next}`;
}

function span(seconds) {
  const { units, moment } = document.getElementById("said").dataset;
  const isEnglish = document.documentElement.lang === "en";
  const parts = [];
  let rest = Math.floor(seconds);
  for (const [index, size] of SIZES.entries()) {
    const count = Math.floor(rest / size);
    rest %= size;
    if (count && parts.length < 2) parts.push(`${count}${isEnglish ? " " : ""}${units.split("|")[index]}`);
    else if (parts.length) break;
  }
  return parts.join(isEnglish ? " " : "") || moment;
}
