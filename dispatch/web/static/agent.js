// The agents' desk: each page loads the part that it needs. Every page works without; all words come from the page.
const has = (selector) => document.querySelector(selector);
if (has("[data-work]")) import("./agent/work.js");
