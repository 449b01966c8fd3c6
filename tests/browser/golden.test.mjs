// The score in the browser is the Python reference's, on two real labelled data sets: the same cells,
// the same gene vectors (a table made here by the same generator), the same folds.
// Reference and generator: tests/golden/cells.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { BACKENDS, at, choose, insistOnGpu, open, phase, root, shared } from './page.mjs';

const SETS = [
  { name: 'cortex', file: 'sc/mouse_MOp_sub_2284x500.h5ad', label: 'cell_type' },
  { name: 'pbmc3k', file: 'sc/human_pbmc3k_seurat_2638x13714.h5ad', label: 'cell_type' },
];
const DIM = 64, TABLE_SEED = 7n, FOLD_SEED = 20;
const METRICS = { accuracy: 'accuracy', 'balanced-accuracy': 'balanced_accuracy', 'macro-f1': 'macro_f1', 'weighted-f1': 'weighted_f1' };

/** SplitMix64 and Box-Muller, as analysis::gene_table::random_table. */
function randomTable(n, d) {
  const MASK = (1n << 64n) - 1n;
  let state = TABLE_SEED;
  const uniform = () => {
    state = (state + 0x9e3779b97f4a7c15n) & MASK;
    let z = state;
    z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK;
    z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & MASK;
    return Number((z ^ (z >> 31n)) >> 11n) / 2 ** 53;
  };
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return Array.from({ length: n }, () => Array.from({ length: d }, () => Math.fround(normal())));
}

/** The gene of each row of the table. */
const genesOf = (name) => JSON.parse(readFileSync(join(root, 'tests/golden/cells', `${name}_genes.json`), 'utf8'));

for (const { name, file, label } of SETS) {
  for (const backend of BACKENDS) {
    const path = shared(file);
    test(`${name}: the browser's score is the reference's, ${backend.name}`, { skip: path ? false : 'shared data is not here', timeout: 300_000 }, async () => {
      const golden = JSON.parse(readFileSync(join(root, 'tests/golden/cells', `${name}.json`), 'utf8'));
      const genes = genesOf(name);
      const table = randomTable(genes.length, DIM);
      const csv = join(mkdtempSync(join(tmpdir(), 'lexicell-golden-')), 'vectors.csv');
      writeFileSync(csv, ['gene,' + table[0].map((_, at) => `d${at}`).join(','), ...genes.map((gene, row) => [gene, ...table[row]].join(','))].join('\n'));
      const { page, close } = await open({ webgpu: backend.webgpu });
      try {
        if (backend.webgpu) await insistOnGpu(page);
        await at(page, 'try-demo').waitFor();
        await at(page, 'stage-embed').click();
        await at(page, 'vectors-input').setInputFiles(csv);
        await at(page, 'vectors-in-use').filter({ hasText: 'In use' }).waitFor();
        await at(page, 'setting-top-n').fill(String(golden.top_n));
        await at(page, 'setting-top-n').press('Enter');
        await at(page, 'setting-weights').selectOption({ label: 'expression' });
        await at(page, 'setting-gene-table').selectOption({ label: 'as embedded' });
        await choose(page, [path]);
        await phase(page, 'map', 'ready', 400_000);
        await at(page, 'stage-score').click();
        await at(page, 'setting-label').selectOption(label);
        await phase(page, 'score', 'ready', 400_000);
        await at(page, 'setting-score-seed').fill(String(FOLD_SEED));
        await at(page, 'setting-score-seed').press('Enter');
        await at(page, 'update').click();
        await phase(page, 'score', 'ready', 400_000);
        for (const method of ['text', 'pca']) {
          for (const [slug, key] of Object.entries(METRICS)) {
            const found = Number(await at(page, `${method}-${slug}`).getAttribute('data-value'));
            const [expected] = golden[method].summary[key];
            console.log(`${name} ${backend.name} ${method} ${key}: ${found.toFixed(4)}, reference ${expected.toFixed(4)}`);
            assert.ok(Math.abs(found - expected) <= 0.002, `${method} ${key}: ${found}, reference ${expected}`);
          }
        }
        if (backend.webgpu || name !== 'cortex') return;
        // Beside the built-in model the dropped table is a row of its own, with the same figures.
        await at(page, 'stage-embed').click();
        await at(page, 'default-encoder').click();
        await phase(page, 'map', 'ready', 400_000);
        await at(page, 'stage-score').click();
        await at(page, 'score-more').click();
        await at(page, 'setting-method-dropped-vectors').check();
        await at(page, 'run-score').click();
        await at(page, 'dropped-vectors-accuracy').waitFor({ timeout: 400_000 });
        for (const [slug, key] of Object.entries(METRICS)) {
          const found = Number(await at(page, `dropped-vectors-${slug}`).getAttribute('data-value'));
          const [expected] = golden.text.summary[key];
          assert.ok(Math.abs(found - expected) <= 0.002, `dropped ${key}: ${found}, reference ${expected}`);
        }
      } finally {
        await close();
      }
    });
  }
}
