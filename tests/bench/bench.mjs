// Runs the comparisons, prints them, and writes results.json and the table in README.md.
// node bench.mjs [REPEATS] (through run.sh, which provides peers, model and data)
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { open } from './browser.mjs';
import { cells } from './cells.mjs';
import { encoder } from './encoder.mjs';
import { GENES, SHORT } from './genes.mjs';
import { intoReadme, table } from './report.mjs';

const repeats = Math.max(3, Number(process.argv[2] ?? 3));
const log = (line) => console.log(line);
const began = Date.now();

async function inBrowser(webgpu, work) {
  const page = await open({ webgpu });
  try {
    return [await work(page), page.version];
  } finally {
    await page.close();
  }
}

log('encoder, wasm, one thread, beside onnxruntime-web');
const [[onCpu, ofCells], version] = await inBrowser(false, async (page) => {
  const onCpu = await encoder(page, { provider: 'wasm', genes: GENES, sizes: [1, 4, 8, 16], repeats, log });
  log('20,000 cells, wasm, one thread, beside scran.js');
  return [onCpu, await cells(page, { file: '/data/cells.h5ad', repeats, log })];
});
log('encoder, WebGPU on the software adapter, beside onnxruntime-web');
// Not every browser has a software adapter: without it the rest still counts.
const onGpu = await inBrowser(true, (page) => encoder(page, { provider: 'webgpu', genes: SHORT, template: 'Name', sizes: [1, SHORT.length], repeats, log }))
  .then(([found]) => found, (error) => ({ not_run: error.message }));
if (onGpu.not_run) log(`  not run: ${onGpu.not_run}`);

const results = {
  date: new Date(began).toISOString().slice(0, 10),
  seconds: Math.round((Date.now() - began) / 1000),
  machine: `${cpus().length} cores, no GPU`,
  chromium: version,
  peers: process.env.BENCH_PEERS,
  repeats,
  encoder_cpu: onCpu,
  encoder_webgpu: onGpu,
  cells: ofCells,
};
writeFileSync(join(import.meta.dirname, 'results.json'), JSON.stringify(results, rounded, 1) + '\n');
const made = table(results);
intoReadme(join(import.meta.dirname, 'README.md'), made);
console.log(`\n${made}`);

/** Six digits say more than the machine can. */
function rounded(_, value) {
  if (typeof value !== 'number') return value;
  return Number.isFinite(value) ? Number(value.toPrecision(6)) : null;
}
