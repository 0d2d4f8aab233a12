// Photos go out as soon as they are chosen, made smaller first, each with its progress; what failed can be sent again.
import { placeOf } from "./exif.js";

const LONG_SIDE = 2048;
const SMALL = 900_000;
const MOST_BYTES = 20 * 1024 * 1024;
const fill = (words, values) => words.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");

// `placed` hears where a photo was taken, `changed` that the list is another.
export function uploads(form, { placed = () => {}, changed = () => {}, address = "/report/photos" } = {}) {
  const input = form.querySelector("[data-uploads]");
  const list = document.getElementById(input.dataset.uploads);
  const said = form.querySelector("[data-uploads-said]");
  const words = input.dataset;
  const running = new Set();
  const count = () => list.children.length;
  const tell = (text) => { said.textContent = text; };
  const show = () => {
    list.hidden = !count();
    [...list.children].forEach((item, n) => { item.querySelector("img").alt = fill(words.photo, { n: n + 1 }); });
    changed();
  };

  function item(source) {
    const made = document.createElement("li");
    const image = Object.assign(document.createElement("img"), { width: 96, height: 96 });
    if (source) image.src = source;
    image.addEventListener("error", () => made.classList.add("no-picture"));
    const remove = Object.assign(document.createElement("button"), { type: "button", className: "photo-remove", textContent: "×", ariaLabel: words.remove });
    remove.setAttribute("aria-label", words.remove);
    remove.addEventListener("click", () => { made.dispatchEvent(new Event("removed")); made.remove(); show(); input.focus(); });
    made.append(image, remove);
    list.append(made);
    return made;
  }

  function sent(made, id) {
    made.dataset.photo = id;
    made.append(Object.assign(document.createElement("input"), { type: "hidden", name: "kept", value: id }));
  }

  function add(id) {
    const made = item(`${address}/${id}`);
    made.querySelector("img").addEventListener("error", () => { made.remove(); show(); });
    sent(made, id);
    show();
  }

  function post(body, progress, made) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      made.addEventListener("removed", () => request.abort(), { once: true });
      request.open("POST", address);
      request.setRequestHeader("Accept", "application/json");
      request.upload.addEventListener("progress", ({ loaded, total }) => progress(total ? loaded / total : 0));
      request.addEventListener("load", () => {
        let answer = {};
        try { answer = JSON.parse(request.responseText); } catch { /* a gateway answered */ }
        if (request.status === 201) resolve(answer); else reject(new Error(answer.detail ?? answer.title ?? ""));
      });
      for (const fault of ["error", "abort", "timeout"]) request.addEventListener(fault, () => reject(new Error(fault === "abort" ? "" : words.offline)));
      request.timeout = 120_000;
      request.send(body);
    });
  }

  async function send(made, file) {
    const bar = made.querySelector("progress") ?? made.appendChild(Object.assign(document.createElement("progress"), { max: 1, value: 0 }));
    made.querySelector(".photo-again")?.remove();
    made.classList.remove("failed");
    try {
      const { body: picture, place } = await smaller(file);
      const body = new FormData();
      body.set("form_token", form.elements.form_token.value);
      body.set("photo", picture, file.name || "photo.jpg");
      const answer = await post(body, (part) => { bar.value = part; tell(fill(words.sending, { percent: `${Math.round(part * 100)}%` })); }, made);
      bar.remove();
      sent(made, answer.id);
      if (made.classList.contains("no-picture")) { made.classList.remove("no-picture"); made.querySelector("img").src = `${address}/${answer.id}`; }
      tell(words.sent);
      const at = place ?? (answer.longitude === null ? null : answer);
      if (at) placed(at);
    } catch (error) {
      if (!made.isConnected) return;
      bar.remove();
      made.classList.add("failed");
      tell(`${words.failed} ${error.message}`);
      const again = Object.assign(document.createElement("button"), { type: "button", className: "photo-again", textContent: words.again });
      again.addEventListener("click", () => run(made, file));
      made.append(again);
    }
    show();
  }

  function run(made, file) {
    const job = send(made, file).finally(() => running.delete(job));
    running.add(job);
    return job;
  }

  function take() {
    const room = Number(words.most) - count();
    const files = [...input.files];
    if (files.length > room) tell(words.tooMany);
    for (const file of files.slice(0, Math.max(0, room))) {
      if (file.size > MOST_BYTES && !canShrink(file)) { tell(words.tooLarge); continue; }
      run(item(URL.createObjectURL(file)), file);
    }
    input.value = "";
    show();
  }

  input.addEventListener("change", take);

  // Photos that the page itself brought back after a fault.
  for (const known of list.querySelectorAll("li[data-photo]")) { const id = known.dataset.photo; known.remove(); add(id); }
  // And those that somebody chose before this script had come, once the page has begun.
  queueMicrotask(() => { if (input.files.length) take(); });
  return { add, count, waiting: () => running.size > 0, settled: () => Promise.allSettled([...running]) };
}

const canShrink = (file) => /^image\/(jpeg|png|webp)$/.test(file.type);

// A picture that the browser can read is drawn anew at the size that is kept anyway; others go as they are.
async function smaller(file) {
  const place = await placeOf(file).catch(() => null);
  if (!canShrink(file) || file.size < SMALL || !window.createImageBitmap) return { body: file, place };
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const share = Math.min(1, LONG_SIDE / Math.max(picture.width, picture.height));
    const canvas = Object.assign(document.createElement("canvas"), { width: Math.round(picture.width * share), height: Math.round(picture.height * share) });
    const pen = canvas.getContext("2d");
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close?.();
    const body = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.85));
    return { body: body && body.size < file.size ? body : file, place };
  } catch {
    return { body: file, place };
  }
}
