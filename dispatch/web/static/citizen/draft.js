// What was typed stays on this phone for a day: the words and photos in its storage, the contact only as long as the tab.
const KEY = "report-draft";
const KEPT = ["description", "address", "longitude", "latitude", "place_from", "category_other", "key"];
const PRIVATE = ["contact_name", "contact_phone"];
const A_DAY = 24 * 3600 * 1000;

const store = (place, action) => { try { return action(place()); } catch { return null; } };
const phone = (action) => store(() => localStorage, action);
const tab = (action) => store(() => sessionStorage, action);

export function keep(form) {
  const read = (names) => Object.fromEntries(names.map((name) => [name, form.elements[name].value]));
  const photos = [...form.querySelectorAll("li[data-photo]")].map((each) => each.dataset.photo);
  const fields = read(KEPT);
  if (!fields.description && !fields.address && !fields.longitude && !photos.length) return;
  phone((held) => held.setItem(KEY, JSON.stringify({ at: Date.now(), fields, photos })));
  tab((held) => held.setItem(KEY, JSON.stringify(read(PRIVATE))));
}

// What somebody typed before this script had come is theirs.
const untouched = (field) => ("defaultValue" in field ? field.value === field.defaultValue : !field.value);

export function restore(form, photos) {
  const held = phone((each) => JSON.parse(each.getItem(KEY)));
  if (!held || Date.now() - held.at > A_DAY) return;
  const fields = { ...held.fields, ...tab((each) => JSON.parse(each.getItem(KEY))) };
  for (const [name, value] of Object.entries(fields)) if (form.elements[name] && value && untouched(form.elements[name])) form.elements[name].value = value;
  for (const id of held.photos ?? []) photos.add(id);
  const map = document.getElementById("report-map");
  if (fields.longitude) Object.assign(map.dataset, { longitude: fields.longitude, latitude: fields.latitude });
  document.querySelector("[data-draft-back]").hidden = false;
}

export function drop() {
  phone((held) => held.removeItem(KEY));
  tab((held) => held.removeItem(KEY));
}
