// From a dropped file to a score, for every format, with WebGPU and without; the same numbers on both.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BACKENDS, at, choose, insistOnGpu, number, open, phase, shared } from './page.mjs';

const DATA_SETS = [
  { name: 'h5ad', files: ['sc/human_pbmc3k_seurat_2638x13714.h5ad'], label: 'cell_type', n_obs: 2638, n_vars: 13714 },
  { name: '10x HDF5 with a label table', files: ['sc/mouse_MOp_sub_2284x500_10xv3.h5', 'sc/mouse_MOp_sub_2284x500_mtx/labels.csv.gz'], label: 'cell_type', n_obs: 2284, n_vars: 500 },
  { name: 'Matrix Market with a label table', files: ['matrix.mtx.gz', 'features.tsv.gz', 'barcodes.tsv.gz', 'labels.csv.gz'].map((name) => `sc/mouse_MOp_sub_2284x500_mtx/${name}`), label: 'cell_type', n_obs: 2284, n_vars: 500 },
  { name: 'CSV with a label table', files: ['sc/mouse_MOp_sub_2284x500.csv.gz', 'sc/mouse_MOp_sub_2284x500_mtx/labels.csv.gz'], label: 'cell_type', n_obs: 2284, n_vars: 500 },
  { name: 'loom', files: ['sc/mouse_MOp_sub_2284x500.loom'], label: 'CellType', n_obs: 2284, n_vars: 500 },
];

const METHODS = ['text', 'pca', 'random-vectors', 'shuffled-texts', 'majority'];
const METRICS = ['accuracy', 'balanced-accuracy', 'macro-f1', 'weighted-f1'];

export async function scores(page) {
  const found = {};
  for (const method of METHODS) {
    for (const metric of METRICS) {
      const cell = at(page, `${method}-${metric}`);
      if (await cell.count()) found[`${method} ${metric}`] = Number(await cell.getAttribute('data-value'));
    }
  }
  assert.ok(Object.keys(found).length >= 12, `only ${JSON.stringify(found)}`);
  return found;
}

async function scoreOf(page, label) {
  await at(page, 'stage-score').click();
  await at(page, 'setting-label').selectOption(label);
  await phase(page, 'score', 'ready', 400_000);
  return scores(page);
}

const demo = {};
for (const { name, webgpu } of BACKENDS) {
  test(`the demo goes from click to score: ${name}`, { timeout: 600_000 }, async () => {
    const { page, close, messages } = await open({ webgpu });
    try {
      if (webgpu) await insistOnGpu(page);
      const began = Date.now();
      await at(page, 'try-demo').click();
      await phase(page, 'data');
      await phase(page, 'genes');
      await phase(page, 'embed', 'ready', 400_000);
      await at(page, 'map-canvas').waitFor();
      await at(page, 'legend-class').first().waitFor({ timeout: 200_000 });
      console.log(`demo to coloured map, ${name}: ${((Date.now() - began) / 1000).toFixed(1)} s`);
      await phase(page, 'map', 'ready', 400_000);
      await phase(page, 'score', 'ready', 400_000);
      await at(page, 'stage-score').click();
      demo[name] = await scores(page);
      const errors = messages.filter((message) => message.startsWith('pageerror'));
      assert.deepEqual(errors, []);
    } finally {
      await close();
    }
  });
}

test('the demo has the same score on WebGPU and on the CPU', () => {
  assert.ok(demo.WebGPU && demo.CPU, 'both runs above must have ended');
  for (const [key, value] of Object.entries(demo.CPU)) {
    assert.ok(Math.abs(value - demo.WebGPU[key]) <= 0.01, `${key}: ${value} on the CPU, ${demo.WebGPU[key]} on WebGPU`);
  }
});

for (const { name, files, label, n_obs, n_vars } of DATA_SETS) {
  for (const backend of BACKENDS) {
    const paths = files.map(shared);
    const skip = paths.includes(null) ? 'shared data is not here' : false;
    test(`${name}: from file to score, ${backend.name}`, { skip, timeout: 900_000 }, async () => {
      const { page, close } = await open({ webgpu: backend.webgpu });
      try {
        await at(page, 'try-demo').waitFor();
        await choose(page, paths);
        await phase(page, 'data');
        await at(page, 'stage-data').click();
        assert.equal(await number(page, 'n-obs'), n_obs);
        assert.equal(await number(page, 'n-vars'), n_vars);
        await phase(page, 'genes');
        await phase(page, 'embed', 'ready', 800_000);
        await phase(page, 'map', 'ready', 400_000);
        const found = await scoreOf(page, label);
        assert.ok(found['text accuracy'] > found['majority accuracy'], 'text must beat the most frequent class');
        assert.ok(found['pca accuracy'] > found['majority accuracy'], 'PCA must beat the most frequent class');
      } finally {
        await close();
      }
    });
  }
}
