// What goes wrong says what was expected, what was found, where, and what to do; nothing already
// computed is lost.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { BACKENDS, at, choose, open, phase, root } from './page.mjs';

const folder = mkdtempSync(join(tmpdir(), 'lexicell-files-'));
const file = (name, content) => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const fixture = (name) => readFileSync(join(root, 'tests/data/formats', name));

/** A table of log-normalised values for genes that every human bundle knows. */
export function table(labels) {
  const genes = ['CD3D', 'CD3E', 'MS4A1', 'CD79A', 'LYZ', 'S100A8', 'NKG7', 'GNLY', 'PPBP', 'FCGR3A', 'CD14', 'CD8A', 'CD4', 'IL7R', 'CCR7', 'CST3'];
  const rows = labels.map((label, cell) => {
    const value = (gene) => ((cell * 7 + gene * 13) % 11) + (label.length * (gene % 3));
    return [`cell${cell}`, ...genes.map((_, gene) => value(gene)), label].join(',');
  });
  return [['cell', ...genes, 'cell_type'].join(','), ...rows].join('\n');
}

for (const { name, webgpu } of BACKENDS) {
  test(`bad files are refused with the reason, and a good one then works: ${name}`, { timeout: 300_000 }, async () => {
    const { page, close } = await open({ webgpu });
    try {
      await at(page, 'try-demo').waitFor();
      const whole = fixture('hdf5/csr_gzip.h5ad');
      for (const [path, says] of [
        [file('cut.h5ad', whole.subarray(0, whole.length * 0.6)), /cut\.h5ad/],
        [file('photo.h5ad', Buffer.from('\x89PNG\r\n\x1a\nnot a matrix', 'latin1')), /photo\.h5ad/],
      ]) {
        await choose(page, [path]);
        await at(page, 'failure').waitFor();
        const text = await at(page, 'failure').innerText();
        assert.match(text, says);
        assert.ok(text.length > 60, `too short to help: ${text}`);
        assert.doesNotMatch(text, /panicked|unreachable|undefined/);
        await at(page, 'failure-dismiss').click();
      }
      await choose(page, [file('good.csv', table(Array.from({ length: 60 }, (_, cell) => (cell % 2 ? 'B' : 'Mono'))))]);
      await phase(page, 'data');
    } finally {
      await close();
    }
  });

  test(`a label column with one class is refused, and another can be chosen: ${name}`, { timeout: 300_000 }, async () => {
    const { page, close } = await open({ webgpu });
    try {
      await at(page, 'try-demo').waitFor();
      await choose(page, [file('one.csv', table(Array.from({ length: 40 }, () => 'B')))]);
      await phase(page, 'map', 'ready', 250_000);
      await at(page, 'stage-score').click();
      await at(page, 'setting-label').selectOption('cell_type').catch(() => {});
      if ((await at(page, 'failure').count()) === 0) await at(page, 'rerun-score').click().catch(() => {});
      await at(page, 'failure').waitFor();
      assert.equal(await at(page, 'failure').getAttribute('data-kind'), 'UnfitLabels');
      assert.match(await at(page, 'failure-message').innerText(), /class/);
      assert.equal(await at(page, 'stage-entry-map').getAttribute('data-phase'), 'ready');
    } finally {
      await close();
    }
  });

  test(`a running step stops at once when cancelled, and goes on when asked: ${name}`, { timeout: 400_000 }, async () => {
    const { page, close } = await open({ webgpu });
    try {
      await at(page, 'try-demo').click();
      await phase(page, 'embed', 'ready', 300_000);
      await phase(page, 'map', 'running').catch(() => {});
      const began = Date.now();
      await at(page, 'cancel').click();
      await at(page, 'update').waitFor({ timeout: 10_000 });
      const millis = Date.now() - began;
      console.log(`cancel, ${name}: ${millis} ms from click to stopped (Playwright's own time included)`);
      assert.ok(millis < 2000, `stopped after ${millis} ms`);
      assert.equal(await at(page, 'stage-entry-embed').getAttribute('data-phase'), 'ready');
      await at(page, 'update').click();
      await phase(page, 'map', 'ready', 300_000);
    } finally {
      await close();
    }
  });
}
