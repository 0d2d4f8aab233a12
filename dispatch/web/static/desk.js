// The shell of the desks: keys, what opens and closes, live state, partial updates, times that run.
import { keys } from "./desk/keys.js";
import { countdown } from "./desk/countdown.js";
import { live } from "./desk/live.js";
import { search } from "./desk/search.js";

const said = document.getElementById("said");
const csrf = document.querySelector("[data-csrf]").dataset.csrf;
const say = (words) => { said.textContent = ""; requestAnimationFrame(() => { said.textContent = words; }); };

keys();
countdown();
live();
search();

// What htmx sends carries the token of the session; what it could not deliver is told.
document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
  if (ctx.request.method !== "GET") ctx.request.headers["X-CSRF-Token"] = csrf;
});
document.addEventListener("htmx:before:swap", (event) => {
  const { ctx } = event.detail;
  const words = unusable(ctx);
  if (!words) return;
  event.preventDefault();
  complain(ctx.sourceElement, words);
});
// An answer that is not what was asked for (the log-in, a page of an error) never takes a form's place.
function unusable(ctx) {
  const raw = ctx.response?.raw;
  if (!raw) return "";
  if (new URL(raw.url, location.href).pathname === "/login") return said.dataset.login;
  if (!ctx.select?.startsWith?.("#") || ctx.text.includes(`id="${ctx.select.slice(1)}"`)) return "";
  const page = new DOMParser().parseFromString(ctx.text, "text/html");
  return page.querySelector("main h1")?.textContent.trim() || said.dataset.lost;
}
document.addEventListener("htmx:error", ({ detail: { ctx } }) => complain(ctx.sourceElement, said.dataset.lost));
document.addEventListener("htmx:after:swap", () => { countdown(); });

function complain(element, words) {
  const form = element?.closest?.("form");
  if (!form || form.method === "get") { say(words); return; }
  form.querySelector(".lost")?.remove();
  const notice = document.createElement("p");
  notice.className = "notice notice-bad lost";
  notice.setAttribute("role", "alert");
  notice.textContent = words;
  form.prepend(notice);
}

// One panel at a time; a click beside it or Escape closes it and gives the focus back.
const pops = () => [...document.querySelectorAll(".pop[open]")];
addEventListener("click", ({ target }) => { for (const pop of pops()) if (!pop.contains(target)) pop.open = false; });
addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const pop of pops()) {
    pop.open = false;
    pop.querySelector("summary").focus();
  }
  if (location.hash === "#rail") location.hash = "#main";
});

for (const opener of document.querySelectorAll("[data-open]")) {
  opener.addEventListener("click", () => document.getElementById(opener.dataset.open).showModal());
}
