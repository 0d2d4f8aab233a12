// The report has arrived: what was kept of it on the phone goes, and who handles it appears as soon as it is known.
import { drop } from "./draft.js";

const WAITS = [2000, 3000, 5000, 10_000, 20_000, 30_000];

export function start() {
  drop();
  const place = document.querySelector("[data-standing]");
  let turn = 0;
  const look = async () => {
    const answer = await fetch(place.dataset.standing, { headers: { Accept: "text/html" } }).catch(() => null);
    if (answer?.ok) {
      const found = new DOMParser().parseFromString(await answer.text(), "text/html").body;
      if (found.textContent.trim() !== place.textContent.trim()) place.replaceChildren(...found.childNodes);
    }
    again();
  };
  const again = () => { if (turn < WAITS.length) setTimeout(look, WAITS[turn++]); };
  again();
}
