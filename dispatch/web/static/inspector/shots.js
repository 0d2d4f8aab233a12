// The row of photos of a form: take, choose, look at, take away.
import { clone, cloneAll, one, say, toast } from "./dom.js";
import { MOST, take } from "./photos.js";
import { here } from "./place.js";

/** A row of photos in `box`; `kind` is before or after. */
export class Shots {
  /** @param {HTMLElement} box @param {{kind: string, label?: string, onChange?: (shots: Shots) => void}} options */
  constructor(box, { kind, label, onChange }) {
    this.kind = kind;
    this.onChange = onChange;
    /** @type {{id: string, bytes: ArrayBuffer, type: string, takenAt: string|null, longitude: number|null, latitude: number|null}[]} */
    this.taken = [];
    box.replaceChildren(cloneAll("shots"));
    this.list = one("[data-previews]", box);
    if (label) one("[data-label]", box).textContent = label;
    for (const name of ["camera", "album"]) {
      const input = one(`[data-${name}]`, box);
      input.addEventListener("change", async () => {
        const files = [...input.files];
        input.value = "";
        for (const file of files) await this.add(file);
      });
    }
    this.draw();
  }

  /** @param {File} file */
  async add(file) {
    if (this.taken.length >= MOST) { toast(say("photo-full")); return; }
    try {
      this.taken.push(await take(file, here()));
    } catch {
      toast(say("photo-bad"));
      return;
    }
    this.draw();
    this.onChange?.(this);
  }

  /** Start over, or with photos that were kept before. */
  reset(taken = []) {
    this.taken = taken;
    this.draw();
  }

  draw() {
    this.list.hidden = !this.taken.length;
    this.list.replaceChildren(...this.taken.map((photo) => {
      const shown = clone("shot");
      const image = one("[data-image]", shown);
      image.src = URL.createObjectURL(new Blob([photo.bytes], { type: photo.type }));
      image.addEventListener("load", () => URL.revokeObjectURL(image.src), { once: true });
      one("[data-drop]", shown).addEventListener("click", () => {
        this.taken = this.taken.filter((each) => each !== photo);
        this.draw();
        this.onChange?.(this);
      });
      return shown;
    }));
  }

  /** As an item of the queue refers to them. */
  get shots() {
    return this.taken.map(({ id, takenAt, longitude, latitude }) => ({ blob: id, kind: this.kind, round: 0, remote: null, takenAt, longitude, latitude }));
  }

  get blobs() {
    return this.taken.map(({ id, bytes, type }) => ({ id, bytes, type }));
  }
}
