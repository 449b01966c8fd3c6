// Run by Trunk after a build: writes a hash of the built files into the page and the service worker.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const folder = process.env.TRUNK_STAGING_DIR;
const names = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => entry.name).sort();
const hash = createHash("sha256");
for (const name of names) hash.update(name).update(readFileSync(join(folder, name)));
const build = hash.digest("hex").slice(0, 16);

function replace(name, from, to) {
  const path = join(folder, name);
  const text = readFileSync(path, "utf8");
  if (!text.includes(from)) throw new Error(`${name} does not hold ${from}`);
  writeFileSync(path, text.replace(from, to));
}
replace("index.html", 'name="lexicell-build" content="development"', `name="lexicell-build" content="${build}"`);
replace("sw.js", "__BUILD__", build);
