// Runs the comparisons, prints them, and writes results.json and the table in README.md.
// node bench.mjs [REPEATS [PART…]] (through run.sh, which provides peers, model and data). Parts that are not named keep
// their last results.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { open } from './browser.mjs';
import { cells } from './cells.mjs';
import { encoder } from './encoder.mjs';
import { GENES, SHORT } from './genes.mjs';
import { intoReadme, table } from './report.mjs';

const log = (line) => console.log(line);
const [given, ...named] = process.argv.slice(2);
const repeats = Math.max(3, Number(given ?? 3));

const PARTS = {
  encoder_cpu: {
    title: 'encoder, wasm, one thread, beside onnxruntime-web',
    run: (page) => encoder(page, { provider: 'wasm', genes: GENES, sizes: [1, 4, 8, 16], repeats, log }),
  },
  cells: {
    title: '20,000 cells, wasm, one thread, beside scran.js',
    run: (page) => cells(page, { file: '/data/cells.h5ad', repeats, log }),
  },
  encoder_webgpu: {
    title: 'encoder, WebGPU on the software adapter, beside onnxruntime-web',
    webgpu: true,
    run: (page) => encoder(page, { provider: 'webgpu', genes: SHORT, template: 'Name', sizes: [1, SHORT.length], repeats, log }),
  },
};
const wanted = named.length ? named : Object.keys(PARTS);
const unknown = wanted.filter((name) => !(name in PARTS));
if (unknown.length) throw new Error(`no such part: ${unknown.join(', ')} (there are ${Object.keys(PARTS).join(', ')})`);

const file = join(import.meta.dirname, 'results.json');
const results = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
const began = Date.now();

async function measure(page, name) {
  log(PARTS[name].title);
  // The load over the last five minutes; about 1 when nothing else ran.
  results[name] = { ...await PARTS[name].run(page), load: loadavg()[1] };
}

async function inBrowser(webgpu) {
  const parts = wanted.filter((name) => Boolean(PARTS[name].webgpu) === webgpu);
  if (!parts.length) return;
  const page = await open({ webgpu });
  results.chromium = page.version;
  try {
    for (const name of parts) await measure(page, name);
  } catch (error) {
    // Not every browser has a software adapter: without it the rest still counts.
    if (!webgpu) throw error;
    results.encoder_webgpu = { not_run: error.message };
    log(`  not run: ${error.message}`);
  } finally {
    await page.close();
  }
}

await inBrowser(false);
await inBrowser(true);

Object.assign(results, {
  date: new Date(began).toISOString().slice(0, 10),
  machine: `${cpus().length} cores, no GPU`,
  peers: process.env.BENCH_PEERS,
});
const made = table(results);
writeFileSync(file, JSON.stringify(results, rounded, 1) + '\n');
intoReadme(join(import.meta.dirname, 'README.md'), made);
console.log(`\n${made}`);

/** Six digits say more than the machine can. */
function rounded(_, value) {
  if (typeof value !== 'number') return value;
  return Number.isFinite(value) ? Number(value.toPrecision(6)) : null;
}
