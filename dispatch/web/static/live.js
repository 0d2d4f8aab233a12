// Live lists: rows change where they stand, what is new is announced, the row one came back from stays marked.
const LAST = "dispatch-last-case";
const LIST = "dispatch-last-list";

export function start() {
  const table = document.querySelector("[data-cases]");
  const article = document.querySelector("article[data-case]");
  if (document.querySelector("[data-filters]")) {
    sessionStorage.setItem(LIST, location.pathname + location.search);
    document.getElementById(`case-${sessionStorage.getItem(LAST)}`)?.classList.add("marked");
  }
  if (article) {
    sessionStorage.setItem(LAST, article.dataset.case);
    const back = document.querySelector("[data-return]");
    const list = sessionStorage.getItem(LIST);
    if (back && list?.startsWith("/cases")) back.href = list;
  }
  listen(table, article);
}

function listen(table, article) {
  const state = document.querySelector("[data-live]");
  const say = (on) => {
    state.dataset.state = on ? "on" : "off";
    state.textContent = on ? state.dataset.on : state.dataset.off;
  };
  const source = new EventSource("/api/v1/live");
  source.addEventListener("ready", () => say(true));
  source.addEventListener("reset", () => { say(true); refresh(); });
  source.addEventListener("error", () => say(false));
  const unseen = new Set();
  let waiting = 0;
  source.addEventListener("message", ({ data }) => {
    const told = JSON.parse(data);
    if (article && told.public_id === article.dataset.case && told.version > Number(article.dataset.version)) changed(article);
    if (!document.querySelector("[data-fresh]")) return;
    if (document.getElementById(`case-${told.public_id}`)) {
      clearTimeout(waiting);
      waiting = setTimeout(refresh, 600);
    } else {
      unseen.add(told.public_id);
      announce(unseen.size);
    }
  });
  addEventListener("pagehide", () => source.close());
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
  document.getElementById("rail").replaceWith(fresh.getElementById("rail"));
}

function changed(article) {
  if (document.getElementById("changed")) return;
  const notice = document.createElement("p");
  notice.id = "changed";
  notice.className = "notice";
  notice.setAttribute("role", "status");
  const link = document.createElement("a");
  link.href = location.pathname;
  link.textContent = article.dataset.changed;
  notice.append(link);
  article.querySelector(".case-head").after(notice);
}
