// Who is here: this browser says every 20 seconds that somebody is, and with which form; the line follows.
const EVERY = 20_000;

export function presence(number, doing) {
  const address = `/cases/${number}/here`;
  const csrf = document.querySelector("[data-csrf]").dataset.csrf;
  let last = null;
  const form = (fields) => {
    const body = new FormData();
    for (const [name, value] of Object.entries({ csrf_token: csrf, ...fields })) body.append(name, value);
    return body;
  };
  const say = async () => {
    if (document.visibilityState === "hidden") return;
    last = doing();
    const answer = await fetch(address, { method: "POST", body: form({ doing: last }), headers: { Accept: "text/html" } }).catch(() => null);
    if (answer?.ok && !answer.redirected) put(await answer.text());
  };
  const put = (text) => {
    const fresh = new DOMParser().parseFromString(text, "text/html").getElementById("here");
    const old = document.getElementById("here");
    if (!fresh || !old || old.innerHTML === fresh.innerHTML) return;
    old.replaceChildren(...fresh.childNodes);
  };
  setInterval(say, EVERY);
  document.addEventListener("visibilitychange", say);
  document.addEventListener("toggle", () => { if (doing() !== last) say(); }, true);
  document.addEventListener("here", async ({ detail }) => {
    if (detail.public_id !== number) return;
    const answer = await fetch(address, { headers: { Accept: "text/html" } }).catch(() => null);
    if (answer?.ok && !answer.redirected) put(await answer.text());
  });
  addEventListener("pagehide", () => navigator.sendBeacon(address, form({ gone: "1" })));
  say();
}
