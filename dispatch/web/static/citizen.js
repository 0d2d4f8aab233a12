// What citizens' pages can do beyond plain forms; each piece is fetched where its page asks for it.
const pieces = {
  "[data-report]": "report",
  "[data-draft-sent]": "done",
  "[data-nearby]": "nearby",
  "[data-open-map]": "open",
  "[data-remark]": "remark",
};
for (const [selector, name] of Object.entries(pieces)) {
  const found = document.querySelector(selector);
  if (found) import(new URL(`./citizen/${name}.js`, import.meta.url).href).then((piece) => piece.start(found));
}
