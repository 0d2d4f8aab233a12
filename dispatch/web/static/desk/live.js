// Live: one stream of what happens. The state is shown, and every part of a page that cares hears of it.
//   document "told": an event of a case; document "missed": too much happened, look again;
//   document "here": who looks at which case; body "changed": counts may be different now.
const LAST = "dispatch-last-case";
const LIST = "dispatch-last-list";
const tell = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));

export function live() {
  remember();
  const state = document.querySelector("[data-live]");
  const say = (on) => {
    state.dataset.state = on ? "on" : "off";
    state.textContent = on ? state.dataset.on : state.dataset.off;
  };
  const source = new EventSource("/api/v1/live");
  source.addEventListener("ready", () => say(true));
  source.addEventListener("reset", () => { say(true); tell("missed"); changed(); });
  source.addEventListener("error", () => say(false));
  source.addEventListener("here", ({ data }) => tell("here", JSON.parse(data)));
  source.addEventListener("message", ({ data }) => {
    const told = JSON.parse(data);
    if (told.name === "notice.told") ring();
    else { tell("told", told); changed(); }
  });
  addEventListener("pagehide", () => source.close());
  addEventListener("pageshow", ({ persisted }) => { if (persisted) location.reload(); });
  if (document.querySelector("[data-fresh]")) list();
}

// The bell has something new, for this person alone.
async function ring() {
  const bell = document.getElementById("bell");
  const answer = await fetch("/shell/bell", { headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected || bell.open) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("#bell > summary");
  bell.querySelector("summary").replaceChildren(...fresh.childNodes);
}

const changed = () => document.body.dispatchEvent(new CustomEvent("changed"));

// The list one came from, and the row one comes back to.
function remember() {
  const article = document.querySelector("article[data-case]");
  if (document.querySelector("[data-filters]")) {
    sessionStorage.setItem(LIST, location.pathname + location.search);
    document.getElementById(`case-${sessionStorage.getItem(LAST)}`)?.classList.add("marked");
  }
  if (!article) return;
  sessionStorage.setItem(LAST, article.dataset.case);
  const back = document.querySelector("[data-return]");
  const from = sessionStorage.getItem(LIST);
  if (back && from?.startsWith("/")) back.href = from;
}

// Rows change where they stand; what is new is announced.
function list() {
  const unseen = new Set();
  let waiting = 0;
  const soon = () => { clearTimeout(waiting); waiting = setTimeout(refresh, 600); };
  document.addEventListener("missed", soon);
  document.addEventListener("told", ({ detail }) => {
    if (document.getElementById(`case-${detail.public_id}`)) soon();
    else announce(unseen.add(detail.public_id).size);
  });
}

function announce(count) {
  const banner = document.querySelector("[data-fresh]");
  banner.textContent = banner.dataset.words.replace("{n}", count);
  banner.hidden = false;
  banner.onclick = () => location.reload();
}

// The same page again; only rows that are different are put in place of the old ones.
async function refresh() {
  const table = document.querySelector("[data-cases]");
  if (!table) return;
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const row of table.querySelectorAll("tbody tr")) {
    const next = fresh.getElementById(row.id);
    if (!next) row.remove();
    else if (next.dataset.version !== row.dataset.version) {
      next.classList.add("fresh");
      row.replaceWith(next);
    }
  }
}
