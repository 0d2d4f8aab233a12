// Photos on the phone: made smaller before they are kept; what the camera wrote beside them is read first.

const LONG_SIDE = 1920;
const QUALITY = 0.82;
export const MOST = 6;

/**
 * When and where a JPEG says it was taken; nothing where it says nothing.
 * @param {ArrayBuffer} bytes
 * @returns {{takenAt: string|null, longitude: number|null, latitude: number|null}}
 */
export function exifOf(bytes) {
  const nothing = { takenAt: null, longitude: null, latitude: null };
  try {
    return readExif(new DataView(bytes)) ?? nothing;
  } catch {
    return nothing;
  }
}

function readExif(view) {
  if (view.getUint16(0) !== 0xffd8) return null;
  for (let at = 2; at + 10 < view.byteLength;) {
    const marker = view.getUint16(at);
    const length = view.getUint16(at + 2);
    if (marker === 0xffe1 && view.getUint32(at + 4) === 0x45786966) return readTiff(view, at + 10);
    if ((marker & 0xff00) !== 0xff00 || marker === 0xffda) return null;
    at += 2 + length;
  }
  return null;
}

function readTiff(view, base) {
  const little = view.getUint16(base) === 0x4949;
  const u16 = (at) => view.getUint16(base + at, little);
  const u32 = (at) => view.getUint32(base + at, little);
  const entries = (at) => {
    const found = new Map();
    for (let n = 0; n < u16(at); n++) {
      const entry = at + 2 + n * 12;
      found.set(u16(entry), { count: u32(entry + 4), at: entry + 8 });
    }
    return found;
  };
  const text = ({ count, at }) => {
    const from = count > 4 ? u32(at) : at;
    return String.fromCharCode(...Array.from({ length: count }, (_, n) => view.getUint8(base + from + n))).replace(/\0+$/, "");
  };
  const degrees = (values, sign) => {
    if (!values || !sign) return null;
    const from = u32(values.at);
    const [d, m, s] = [0, 8, 16].map((step) => u32(from + step) / (u32(from + step + 4) || 1));
    const found = d + m / 60 + s / 3600;
    return /[SW]/.test(text(sign)) ? -found : found;
  };
  const first = entries(u32(4));
  const exif = first.has(0x8769) ? entries(u32(first.get(0x8769).at)) : new Map();
  const gps = first.has(0x8825) ? entries(u32(first.get(0x8825).at)) : new Map();
  const said = exif.get(0x9003) ?? exif.get(0x9004);
  const parts = said ? /^(\d{4}):(\d\d):(\d\d) (\d\d):(\d\d):(\d\d)/.exec(text(said)) : null;
  const zone = exif.has(0x9011) ? text(exif.get(0x9011)) : "+08:00";
  const takenAt = parts ? `${parts[1]}-${parts[2]}-${parts[3]}T${parts[4]}:${parts[5]}:${parts[6]}${/^[+-]\d\d:\d\d$/.test(zone) ? zone : "+08:00"}` : null;
  const [longitude, latitude] = [degrees(gps.get(4), gps.get(3)), degrees(gps.get(2), gps.get(1))];
  const isPlace = longitude !== null && latitude !== null && (longitude || latitude);
  return { takenAt, longitude: isPlace ? longitude : null, latitude: isPlace ? latitude : null };
}

/**
 * A photo as it is kept: at most 1920 pixels, JPEG, with what its camera said.
 * @param {File} file @param {{longitude: number, latitude: number, accuracy: number}|null} here
 */
export async function take(file, here) {
  const original = await file.arrayBuffer();
  const exif = exifOf(original);
  const smaller = await shrink(file);
  const isFresh = Date.now() - file.lastModified < 120_000;
  const place = exif.longitude !== null ? exif : (isFresh && here ? here : { longitude: null, latitude: null });
  return {
    id: crypto.randomUUID(),
    bytes: smaller ? await smaller.arrayBuffer() : original,
    type: smaller ? "image/jpeg" : file.type,
    takenAt: exif.takenAt ?? new Date(file.lastModified).toISOString(),
    longitude: place.longitude,
    latitude: place.latitude,
  };
}

/** @param {File} file @returns {Promise<Blob|null>} null: this browser cannot draw it, the server may */
async function shrink(file) {
  /** @type {ImageBitmap} */
  let picture;
  try {
    picture = await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    if (/^image\/hei[cf]$/.test(file.type)) return null;
    throw new TypeError("not a photo");
  }
  const scale = Math.min(1, LONG_SIDE / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  return new Promise((done) => canvas.toBlob((blob) => done(blob), "image/jpeg", QUALITY));
}
