// Photos of a call: chosen, pasted or dropped, sent at once and kept with the draft.
const MOST_BYTES = 20 * 1024 * 1024;

/** @param {HTMLFormElement} form */
export function photos(form) {
  const part = form.querySelector("[data-photos]");
  const input = part.querySelector("input[type=file]");
  const said = part.querySelector("[data-photos-said]");
  const words = part.dataset;
  const csrf = form.querySelector("input[type=hidden]");
  let line = Promise.resolve();

  async function post(address, files) {
    const body = new FormData();
    body.set(csrf.name, csrf.value);
    for (const file of files) body.append("photos", file, file.name || "photo.png");
    said.textContent = files.length ? words.sending : "";
    try {
      const answer = await fetch(address, { method: "POST", body, headers: { Accept: "text/html, application/json", "X-Part": "photos" } });
      const text = await answer.text();
      if (!answer.ok) throw new Error(explained(text));
      const fresh = new DOMParser().parseFromString(text, "text/html").getElementById("call-photos");
      document.getElementById("call-photos").replaceWith(fresh);
      said.textContent = files.length ? words.done : "";
    } catch (error) {
      said.textContent = `${words.failed}${error.message}`;
    }
  }
  // One after the other: each answer shows all that are there.
  const send = (address, files = []) => { line = line.then(() => post(address, files)); return line; };
  const take = (list) => {
    const files = [...list].filter((file) => file.type.startsWith("image/") && file.size <= MOST_BYTES);
    if (files.length) void send(words.photos, files);
    return files.length > 0;
  };

  const chosen = () => { take(input.files); input.value = ""; };
  input.addEventListener("change", chosen);
  if (input.files.length) chosen(); // before this file had come
  document.addEventListener("paste", (event) => { if (take(event.clipboardData?.files ?? [])) event.preventDefault(); });
  form.addEventListener("dragover", (event) => { if (event.dataTransfer?.types.includes("Files")) { event.preventDefault(); part.classList.add("dropping"); } });
  form.addEventListener("dragleave", () => part.classList.remove("dropping"));
  form.addEventListener("drop", (event) => { part.classList.remove("dropping"); if (event.dataTransfer?.files.length) { event.preventDefault(); take(event.dataTransfer.files); } });
  part.addEventListener("click", (event) => {
    const away = event.target.closest(".photo-away");
    if (!away) return;
    event.preventDefault();
    void send(away.getAttribute("formaction")).then(() => input.focus());
  });
}

function explained(text) {
  try {
    const answer = JSON.parse(text);
    const [zh, en] = String(answer.detail ?? answer.title ?? "").split(" / ");
    return document.documentElement.lang.startsWith("zh") ? zh : en ?? zh;
  } catch {
    return new DOMParser().parseFromString(text, "text/html").querySelector("main p, [role=alert]")?.textContent.trim() ?? "";
  }
}
