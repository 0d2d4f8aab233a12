// Small pieces that every view uses: finding, cloning, and the page's own words.

/** @param {string} selector @param {ParentNode} [within] @returns {any} */
export const one = (selector, within = document) => within.querySelector(selector);
/** @param {string} selector @param {ParentNode} [within] @returns {any[]} */
export const all = (selector, within = document) => [...within.querySelectorAll(selector)];
/** @param {string} words @param {Record<string, unknown>} [values] */
export const fill = (words, values = {}) => (words ?? "").replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));

/** The first element of a <template>, fresh. @param {string} id @returns {any} */
export const clone = (id) => document.getElementById(id).content.firstElementChild.cloneNode(true);
/** All of a <template>. @param {string} id @returns {DocumentFragment} */
export const cloneAll = (id) => document.getElementById(id).content.cloneNode(true);

const book = new Map(all("dt", document.getElementById("words").content).map((name) => [name.textContent, name.nextElementSibling.textContent]));
/** Words by name. @param {string} name @param {Record<string, unknown>} [values] */
export const say = (name, values) => fill(book.get(name) ?? name, values);

export const language = document.documentElement.lang.startsWith("zh") ? "zh" : "en";
/** What has a name in both languages, in the page's own. @param {string} zh @param {string} [en] */
export const inLanguage = (zh, en) => (language === "zh" ? zh : en || zh);
/** The half of "中文 / English" that the page speaks. @param {string} title */
export const half = (title) => {
  const [zh, en] = (title ?? "").split(" / ");
  return language === "zh" ? zh : (en ?? zh);
};

const day = new Intl.DateTimeFormat(language === "zh" ? "zh-CN" : "en-GB", { timeZone: "Asia/Shanghai", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const hour = new Intl.DateTimeFormat("en-GB", { timeZone: "Asia/Shanghai", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const date = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai" });
/** A time on the city's clock; the day only when it is another. @param {string|number|Date} at */
export function clock(at) {
  const then = new Date(at);
  return date.format(then) === date.format(new Date()) ? hour.format(then) : day.format(then);
}

/** A span in words by its two largest units. @param {number} seconds */
export function span(seconds) {
  const parts = [];
  let left = Math.abs(seconds);
  for (const [unit, size] of /** @type {[string, number][]} */ ([["days", 86400], ["hours", 3600], ["minutes", 60]])) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count && parts.length < 2) parts.push(say(unit, { n: count }));
    else if (parts.length) break;
  }
  return parts.join(" ") || say("moment");
}

/** @param {number|null|undefined} metres */
export function far(metres) {
  if (metres == null) return say("no-distance");
  if (metres < 950) return say("metres", { n: metres < 20 ? Math.round(metres) : Math.round(metres / 10) * 10 });
  return say("kilometres", { n: (metres / 1000).toFixed(1) });
}

/** @param {string} words */
export function toast(words) {
  const shown = document.getElementById("toast");
  shown.textContent = words;
  shown.classList.add("shown");
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => { shown.classList.remove("shown"); shown.textContent = ""; }, 5000);
}
toast.timer = 0;

/** Ask before something is lost. @param {string} words @param {string} yes @returns {Promise<boolean>} */
export function ask(words, yes) {
  const dialog = /** @type {HTMLDialogElement} */ (document.getElementById("ask"));
  one("#ask-words").textContent = words;
  one("[data-yes]", dialog).textContent = yes;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((answer) => dialog.addEventListener("close", () => answer(dialog.returnValue === "yes"), { once: true }));
}

/** Hide or show with words in place. @param {Element} element @param {Record<string, unknown>|null} values @param {string} [name] */
export function tell(element, values, name = "words") {
  element.hidden = values === null;
  if (values !== null) element.textContent = fill(element.dataset[name], values);
}
