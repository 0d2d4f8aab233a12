// What pages can do beyond plain forms. Every page works without this file; all words come from the page.
document.documentElement.classList.add("js");
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const fill = (words, values) => words.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");

// What is set up for each element that matches, now and when a part of the page has come anew.
const setups = [];
const known = new WeakMap();
function each(selector, setUp) {
  setups.push([selector, setUp]);
  enhance([[selector, setUp]]);
}
function enhance(wanted = setups) {
  for (const [selector, setUp] of wanted) {
    for (const element of all(selector)) {
      const done = known.get(element) ?? known.set(element, new Set()).get(element);
      if (done.has(setUp)) continue;
      done.add(setUp);
      setUp(element);
    }
  }
}
document.addEventListener("htmx:after:swap", () => enhance());
// What somebody gave before this file had come: text that was typed, a choice that was made.
const given = (field) => (field.options ? [...field.options].some((each) => each.selected !== each.defaultSelected) && field.selectedIndex > 0 : field.value !== field.defaultValue);

// Maps are loaded when they come into view.
const seen = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (!entry.isIntersecting) continue;
    seen.unobserve(entry.target);
    import(entry.target.dataset.map).then((module) => module.draw(entry.target)).catch(() => unable(entry.target));
  }
}, { rootMargin: "200px" });
each("[data-map]", (element) => {
  seen.observe(element);
  element.addEventListener("picked", ({ detail }) => place(element.id, detail.longitude, detail.latitude));
});
function unable(element) {
  const words = document.createElement("p");
  words.className = "map-unable";
  words.textContent = element.dataset.unable;
  element.replaceChildren(words);
}

// Photos that were chosen are shown.
each("[data-previews]", (input) => {
  const list = document.getElementById(input.dataset.previews);
  const show = () => {
    list.hidden = !input.files.length;
    list.replaceChildren(...[...input.files].map((file) => {
      const item = document.createElement("li");
      const image = document.createElement("img");
      image.src = URL.createObjectURL(file);
      image.alt = file.name;
      image.addEventListener("load", () => URL.revokeObjectURL(image.src));
      item.append(image);
      return item;
    }));
  };
  input.addEventListener("change", show);
  if (input.files.length) show();
});

each("[data-copy]", (button) => {
  button.addEventListener("click", async () => {
    const field = document.getElementById(button.dataset.copy);
    field.select();
    try { await navigator.clipboard.writeText(field.value); } catch { document.execCommand("copy"); }
    button.lastChild.textContent = ` ${button.dataset.copied}`;
  });
});

// Where am I?
function locate(button, said, found) {
  const failed = () => { said.textContent = button.dataset.fail; };
  if (!navigator.geolocation) { failed(); return; }
  said.textContent = button.dataset.busy ?? "";
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      said.textContent = button.dataset.done ? fill(button.dataset.done, { m: Math.round(coords.accuracy) }) : "";
      found(coords);
    },
    failed,
    { enableHighAccuracy: true, timeout: 15000, maximumAge: 30000 },
  );
}
const sayer = (button) => button.closest("form").querySelector("[data-locate-said]");
each("[data-locate]", (button) => {
  button.addEventListener("click", () => locate(button, sayer(button), (coords) => {
    place(button.dataset.locate, coords.longitude, coords.latitude, coords.accuracy);
  }));
});
each("[data-locate-submit]", (button) => {
  const form = document.getElementById(button.dataset.locateSubmit);
  button.addEventListener("click", () => locate(button, sayer(button), (coords) => {
    for (const name of ["longitude", "latitude"]) {
      form.elements[name].disabled = false;
      form.elements[name].value = coords[name].toFixed(6);
    }
    form.elements.q.value = "";
    form.submit();
  }));
});
each(".chips input", (radio) => {
  radio.addEventListener("change", () => radio.form.elements.q.value && radio.form.submit());
});

// A place marked on a map, found by the device or chosen among candidates: one way for all three.
function place(id, longitude, latitude, radius = 0) {
  const map = document.getElementById(id);
  document.querySelector(`[data-longitude-of="${id}"]`).value = longitude.toFixed(6);
  document.querySelector(`[data-latitude-of="${id}"]`).value = latitude.toFixed(6);
  Object.assign(map.dataset, { longitude, latitude }); // for a map that is drawn only later
  map.dispatchEvent(new CustomEvent("place", { detail: { longitude, latitude, radius } }));
  tell(id, longitude, latitude);
}
async function tell(id, longitude, latitude) {
  const said = document.querySelector(`[data-map-said="${id}"]`);
  if (!said) return;
  const answer = await fetch(`/api/v1/grid/locate?longitude=${longitude}&latitude=${latitude}`);
  if (answer.ok) {
    const found = await answer.json();
    said.textContent = fill(said.dataset.inside, { place: `${found.district} ${found.street} ${found.community}` });
  } else if (answer.status === 404) said.textContent = said.dataset.outside;
}

each("[data-geocode]", (input) => {
  const list = document.querySelector(`[data-candidates="${input.id}"]`);
  let waiting = 0;
  let turn = 0;
  const offer = () => {
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      const mine = ++turn;
      const words = input.value.trim();
      if (words.length < 2) { list.replaceChildren(); return; }
      const answer = await fetch(`/api/v1/geocode?q=${encodeURIComponent(words)}&limit=3`);
      if (!answer.ok || mine !== turn) return;
      const { items } = await answer.json();
      list.replaceChildren(...items.map((found) => {
        const item = document.createElement("li");
        const button = document.createElement("button");
        button.type = "button";
        button.className = "candidate";
        button.textContent = found.text;
        button.addEventListener("click", () => {
          place(input.dataset.geocode, found.longitude, found.latitude, found.radius_m);
          list.replaceChildren();
        });
        item.append(button);
        return item;
      }));
    }, 350);
  };
  input.addEventListener("input", offer);
  if (given(input)) offer();
});

// A long form one question a screen. Nothing leaves the form, so going back loses nothing.
each("form[data-steps]", (form) => {
  const steps = all("[data-step]", form);
  const back = form.querySelector("[data-back]");
  const next = form.querySelector("[data-next]");
  steps.forEach((step, index) => {
    const count = document.createElement("span");
    count.className = "step-count";
    count.textContent = fill(form.dataset.stepWords, { n: index + 1, all: steps.length });
    step.querySelector("legend").prepend(count);
  });
  let now = Math.max(0, steps.findIndex((step) => step.querySelector('[aria-invalid="true"], .complaint')));
  const show = (focus) => {
    steps.forEach((step, index) => { step.hidden = index !== now; });
    back.hidden = now === 0;
    next.hidden = now === steps.length - 1;
    if (steps[now].hasAttribute("data-summary")) summarise();
    if (focus) {
      const legend = steps[now].querySelector("legend");
      legend.tabIndex = -1;
      legend.focus();
      scrollTo(0, 0);
    }
  };
  const complain = (field) => {
    let words = document.getElementById(`${field.id}-problem`);
    if (!words) {
      words = document.createElement("p");
      words.className = "complaint";
      words.id = `${field.id}-problem`;
      field.after(words);
    }
    words.textContent = field.dataset.missing;
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", words.id);
    field.focus();
  };
  const summarise = () => {
    for (const shown of all("[data-summary-of]", form)) {
      const field = form.elements[shown.dataset.summaryOf];
      const kept = all('[name="kept"]:checked', form).length;
      let words = field.type === "file" ? "" : field.value;
      if (field.type === "file" && field.files.length + kept) words = fill(shown.dataset.count, { n: field.files.length + kept });
      if (!words && shown.dataset.point && form.elements.longitude.value) words = shown.dataset.point;
      shown.textContent = words || shown.dataset.empty;
    }
  };
  next.addEventListener("click", () => {
    const missing = all("[required]", steps[now]).find((field) => !field.value.trim());
    if (missing) { complain(missing); return; }
    history.pushState({ step: ++now }, "");
    show(true);
  });
  back.addEventListener("click", () => history.back());
  addEventListener("popstate", ({ state }) => { now = state?.step ?? 0; show(true); });
  form.addEventListener("submit", () => { form.querySelector('[type="submit"]').disabled = true; });
  addEventListener("pageshow", () => { form.querySelector('[type="submit"]').disabled = false; });
  history.replaceState({ step: now }, "");
  show(false);
});

// Filters answer at once.
each("form[data-filters]", (form) => {
  for (const select of all("select", form)) select.addEventListener("change", () => form.requestSubmit());
});

// The filing conditions follow the category.
each("[data-conditions]", (select) => {
  const target = document.getElementById(select.dataset.conditions);
  const follow = async () => {
    const answer = await fetch(`/cases/conditions?category=${encodeURIComponent(select.value || 0)}`, { headers: { Accept: "text/html" } });
    if (answer.ok) target.replaceChildren(...new DOMParser().parseFromString(`<select>${await answer.text()}</select>`, "text/html").querySelectorAll("option"));
  };
  select.addEventListener("change", follow);
  if (given(select)) follow();
});

document.querySelector("#refused, #problems")?.focus();
