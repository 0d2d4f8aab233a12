// Lays the vendor files into ../static/vendor: copies, without source maps, and a sprite of the icons in icons.txt.
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const packages = join(here, "node_modules");
const vendor = join(here, "..", "static", "vendor");

// target in static/vendor: [package, file in it]
const files = {
  "tabler.min.css": ["@tabler/core", "dist/css/tabler.min.css"],
  "tabler.min.js": ["@tabler/core", "dist/js/tabler.min.js"],
  "htmx.min.js": ["htmx.org", "dist/htmx.min.js"],
  "htmx-sse.min.js": ["htmx.org", "dist/ext/hx-sse.min.js"],
  "maplibre-gl.mjs": ["maplibre-gl", "dist/maplibre-gl.mjs"],
  "maplibre-gl-worker.mjs": ["maplibre-gl", "dist/maplibre-gl-worker.mjs"],
  "maplibre-gl.css": ["maplibre-gl", "dist/maplibre-gl.css"],
  "echarts.mjs": ["echarts", "dist/echarts.esm.min.mjs"],
};
// @tabler/core ships no file; its licence (MIT, the same as the icons') stands at the head of its files.
const licences = {
  "@tabler/icons-sprite": "LICENSE",
  "echarts": "LICENSE",
  "htmx.org": "LICENSE",
  "maplibre-gl": "LICENSE.txt",
};

const read = (name, file) => readFileSync(join(packages, name, file), "utf8");
const withoutSourceMap = (text) => text.replace(/\n?(?:\/\/|\/\*)# sourceMappingURL=[^\n]*/g, "");

function sprite() {
  const outline = read("@tabler/icons-sprite", "dist/tabler-sprite.svg");
  const filled = read("@tabler/icons-sprite", "dist/tabler-sprite-filled.svg");
  const wanted = readFileSync(join(here, "icons.txt"), "utf8")
    .split("\n")
    .map((line) => line.replace(/#.*/, "").trim())
    .filter(Boolean);
  const symbols = wanted.map((name) => {
    const [all, id] = name.endsWith("-filled")
      ? [filled, `tabler-filled-${name.replace(/-filled$/, "")}`]
      : [outline, `tabler-${name}`];
    const found = all.match(new RegExp(`<symbol id="${id}"[^]*?</symbol>`));
    if (!found) throw new Error(`icons.txt: Tabler has no icon named "${name}"`);
    return found[0].replace(`id="${id}"`, `id="${name}"`);
  });
  return `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`;
}

rmSync(vendor, { recursive: true, force: true });
mkdirSync(vendor, { recursive: true });
for (const [target, [name, file]] of Object.entries(files)) {
  writeFileSync(join(vendor, target), withoutSourceMap(read(name, file)));
}
writeFileSync(join(vendor, "icons.svg"), sprite());
for (const [name, file] of Object.entries(licences)) {
  const plain = name.replace("@", "").replace("/", "-");
  copyFileSync(join(packages, name, file), join(vendor, `LICENSE.${plain}.txt`));
}
const { dependencies } = JSON.parse(readFileSync(join(here, "package.json"), "utf8"));
writeFileSync(join(vendor, "manifest.json"), JSON.stringify(dependencies, null, 2) + "\n");
