// More photos for a report that is open: sent at once, each with its progress.
import { uploads } from "./uploads.js";

export function start(form) {
  const photos = uploads(form);
  form.addEventListener("submit", async (event) => {
    if (!photos.waiting()) return;
    event.preventDefault();
    await photos.settled();
    form.submit();
  });
}
