// Paper: the browser's own print dialogue, at once and by the button.
document.querySelector("[data-print]").addEventListener("click", () => print());
