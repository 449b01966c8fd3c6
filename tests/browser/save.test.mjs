// What is saved can be opened elsewhere: scanpy reads the h5ad, settings come back when dropped.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { BACKENDS, at, choose, open, phase, save } from './page.mjs';

const CHECK = `
import sys, warnings; warnings.filterwarnings("ignore")
import numpy as np, scanpy as sc
a = sc.read_h5ad(sys.argv[1])
assert a.shape == (700, 765), a.shape
for key in ("X_text", "X_pca", "X_umap"): assert np.isfinite(a.obsm[key]).all(), key
assert a.obsm["X_umap"].shape == (700, 2)
assert a.obs["leiden_text"].dtype == "category"
assert "bulk_labels" in a.obs
assert (a.obsp["connectivities"] != a.obsp["connectivities"].T).nnz == 0
assert a.obsp["distances"].shape == (700, 700)
print("scanpy opened it")
`;

for (const { name, webgpu } of BACKENDS) {
  test(`everything that can be saved can be opened: ${name}`, { timeout: 600_000 }, async (t) => {
    const { page, close } = await open({ webgpu });
    try {
      await at(page, 'try-demo').click();
      await phase(page, 'map', 'ready', 400_000);
      await phase(page, 'score', 'ready', 400_000);

      const cells = readFileSync((await save(page, 'save-cells-csv')).path, 'utf8').split(/\r?\n/);
      assert.equal(cells.filter(Boolean).length, 701);
      assert.match(cells[0], /^barcode,/);
      assert.match(cells[0], /bulk_labels/);
      assert.match(cells[0], /leiden_text/);
      assert.match(cells[0], /X_umap_1,X_umap_2/);

      const svg = readFileSync((await save(page, 'save-map-svg')).path, 'utf8');
      assert.match(svg, /^<svg /);
      assert.ok((svg.match(/<circle/g) ?? []).length >= 700);

      const png = readFileSync((await save(page, 'save-map-png')).path);
      assert.equal(png.subarray(1, 4).toString(), 'PNG');
      assert.ok(png.length > 10_000, 'a picture with cells on it');

      const settings = await save(page, 'save-settings-json');
      const copy = join(mkdtempSync(join(tmpdir(), 'lexicell-save-')), 'settings.json');
      copyFileSync(settings.path, copy);
      const saved = JSON.parse(readFileSync(copy, 'utf8'));
      assert.equal(saved.kind, 'lexicell-settings');
      assert.equal(saved.settings.pool.top_n, 100);

      const h5ad = await save(page, 'save-h5ad');
      const python = process.env.LEXICELL_PYTHON;
      if (python) {
        const file = join(mkdtempSync(join(tmpdir(), 'lexicell-save-')), 'saved.h5ad');
        copyFileSync(h5ad.path, file);
        const checked = spawnSync(python, ['-c', CHECK, file], { encoding: 'utf8' });
        assert.match(checked.stdout, /scanpy opened it/, checked.stderr);
      } else {
        t.diagnostic('skipped: scanpy is not here (LEXICELL_PYTHON)');
      }

      await choose(page, [copy]);
      await phase(page, 'map', 'ready', 400_000);
    } finally {
      await close();
    }
  });
}
