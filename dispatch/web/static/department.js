// A department's desk: ticking many, moving cards on the board by hand or key, snippets, printing.
import { many, once } from "./units/many.js";

const all = (selector, from = document) => [...from.querySelectorAll(selector)];

many();
once();

for (const button of all("[data-print]")) button.addEventListener("click", () => print());

for (const list of all("[data-snippets]")) {
  const field = document.getElementById(list.dataset.snippets);
  for (const button of all("button", list)) {
    button.addEventListener("click", () => {
      field.value = [field.value.trim(), button.textContent.trim()].filter(Boolean).join("\n");
      field.focus();
    });
  }
}

for (const board of all("[data-board]")) {
  const said = document.getElementById("board-said");
  const dialog = document.getElementById("assign");
  const may = (card, verb) => card.dataset.allowed.split(" ").includes(verb);
  const tell = (words) => { said.textContent = words; said.hidden = !words; };

  async function send(card, verb, fields = {}) {
    const body = new URLSearchParams({ csrf_token: board.dataset.csrf, expected_version: card.dataset.version, back: "/department/board", ...fields });
    try {
      const answer = await fetch(`/department/cases/${card.dataset.case}/${verb}`, { method: "POST", body, headers: { Accept: "text/html" } });
      if (answer.ok) { sessionStorage.setItem("board-card", card.id); location.reload(); return; }
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      tell(page.querySelector("#refused, h1")?.textContent.trim() ?? board.dataset.lost);
    } catch { tell(board.dataset.lost); }
  }

  function move(card, verb) {
    if (!verb) return;
    if (!may(card, verb) || verb === "report-done" || verb === "suspend") {
      location.href = `/department/cases/${card.dataset.case}?deed=${verb}&back=/department/board`;
      return;
    }
    if (verb !== "assign") { send(card, verb); return; }
    dialog.dataset.card = card.id;
    dialog.showModal();
  }

  dialog?.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    dialog.close();
    send(document.getElementById(dialog.dataset.card), "assign", { to: dialog.querySelector("select").value });
  });
  dialog?.querySelector("[data-close]").addEventListener("click", () => dialog.close());

  let dragged = null;
  for (const card of all(".board-card", board)) {
    card.addEventListener("dragstart", (event) => { dragged = card; card.classList.add("moving"); event.dataTransfer.effectAllowed = "move"; });
    card.addEventListener("dragend", () => { card.classList.remove("moving"); dragged = null; });
  }
  for (const column of all(".board-column", board)) {
    column.addEventListener("dragover", (event) => { if (dragged && column.dataset.verb && !column.contains(dragged)) { event.preventDefault(); column.classList.add("over"); } });
    column.addEventListener("dragleave", () => column.classList.remove("over"));
    column.addEventListener("drop", (event) => {
      event.preventDefault();
      column.classList.remove("over");
      if (dragged && !column.contains(dragged)) move(dragged, column.dataset.verb);
    });
  }

  const verbs = { s: "acknowledge", g: "assign", k: "start" };
  board.addEventListener("keydown", (event) => {
    const card = event.target.closest(".board-card");
    if (!card || event.target !== card || event.ctrlKey || event.metaKey || event.altKey) return;
    const columns = all(".board-column", board).filter((column) => column.querySelector(".board-card"));
    const column = columns.indexOf(card.closest(".board-column"));
    const cards = all(".board-card", columns[column]);
    const at = cards.indexOf(card);
    const next = {
      ArrowDown: () => cards[at + 1],
      ArrowUp: () => cards[at - 1],
      ArrowRight: () => nth(columns[column + 1], at),
      ArrowLeft: () => nth(columns[column - 1], at),
    }[event.key];
    if (next) { event.preventDefault(); next()?.focus(); }
    else if (event.key === "Enter") card.querySelector("a").click();
    else if (verbs[event.key]) {
      event.preventDefault();
      event.stopPropagation();
      if (may(card, verbs[event.key])) move(card, verbs[event.key]);
    }
  });
  const nth = (column, at) => {
    const cards = column ? all(".board-card", column) : [];
    return cards[Math.min(at, cards.length - 1)];
  };
  document.getElementById(sessionStorage.getItem("board-card") ?? "")?.focus();
  sessionStorage.removeItem("board-card");
}
