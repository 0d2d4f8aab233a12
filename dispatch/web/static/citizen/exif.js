// Where a JPEG was taken (WGS-84), read from its own head before the picture is made smaller and loses it.
const [APP1, SCAN] = [0xffe1, 0xffda];

export async function placeOf(file) {
  if (file.type !== "image/jpeg") return null;
  const view = new DataView(await file.slice(0, 256 * 1024).arrayBuffer());
  if (view.getUint16(0) !== 0xffd8) return null;
  for (let at = 2; at + 10 < view.byteLength; at += 2 + view.getUint16(at + 2)) {
    const marker = view.getUint16(at);
    if (marker === SCAN) return null;
    if (marker === APP1 && view.getUint32(at + 4) === 0x45786966) return inTiff(view, at + 10);
  }
  return null;
}

function inTiff(view, base) {
  const little = view.getUint16(base) === 0x4949;
  const short = (at) => view.getUint16(base + at, little);
  const long = (at) => view.getUint32(base + at, little);
  const entries = (at) => new Map(Array.from({ length: short(at) }, (_, n) => [short(at + 2 + n * 12), at + 2 + n * 12]));
  const pointer = entries(long(4)).get(0x8825);
  if (pointer === undefined) return null;
  const gps = entries(long(pointer + 8));
  const degrees = (value, reference, negative) => {
    if (!gps.has(value)) return NaN;
    const from = long(gps.get(value) + 8);
    const part = (n) => long(from + n * 8) / long(from + n * 8 + 4);
    const found = part(0) + part(1) / 60 + part(2) / 3600;
    const side = gps.has(reference) ? String.fromCharCode(view.getUint8(base + gps.get(reference) + 8)) : "";
    return side === negative ? -found : found;
  };
  const [latitude, longitude] = [degrees(2, 1, "S"), degrees(4, 3, "W")];
  const fits = Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 && (latitude !== 0 || longitude !== 0);
  return fits ? { longitude, latitude } : null;
}
