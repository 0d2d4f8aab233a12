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
};
const licences = {
  "@tabler/core": "LICENSE",
  "@tabler/icons-sprite": "LICENSE",
  "htmx.org": "LICENSE",
  "maplibre-gl": "LICENSE.txt",
};

const read = (name, file) => readFileSync(join(packages, name, file), "utf8");
const withoutSourceMap = (text) => text.replace(/\n?(?:\/\/|\/\*)# sourceMappingURL=[^\n]*/g, "");

function sprite() {
  const all = read("@tabler/icons-sprite", "dist/tabler-sprite.svg");
  const wanted = readFileSync(join(here, "icons.txt"), "utf8")
    .split("\n")
    .map((line) => line.replace(/#.*/, "").trim())
    .filter(Boolean);
  const symbols = wanted.map((name) => {
    const found = all.match(new RegExp(`<symbol id="tabler-${name}"[^]*?</symbol>`));
    if (!found) throw new Error(`icons.txt: Tabler has no icon named "${name}"`);
    return found[0].replace(`id="tabler-${name}"`, `id="${name}"`);
  });
  return `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("\n")}\n</svg>\n`;
}

rmSync(vendor, { recursive: true, force: true });
mkdirSync(vendor, { recursive: true });
for (const [target, [name, file]] of Object.entries(files)) {
  writeFileSync(join(vendor, target), withoutSourceMap(read(name, file)));
}
writeFileSync(join(vendor, "icons.svg"), sprite());
const versions = {};
for (const [name, file] of Object.entries(licences)) {
  versions[name] = JSON.parse(read(name, "package.json")).version;
  copyFileSync(join(packages, name, file), join(vendor, `LICENSE.${name.replace(/[@/]+/g, "-").replace(/^-/, "")}.txt`));
}
writeFileSync(join(vendor, "manifest.json"), JSON.stringify(versions, null, 2) + "\n");
