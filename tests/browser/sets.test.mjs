// Sets of cells with names, labels by hand, and undo: on the demo, whose labels are known.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { axeSource, at, BACKENDS, insistOnGpu, number, open, phase, save } from './page.mjs';

const CHECK = `
import sys, warnings; warnings.filterwarnings("ignore")
import scanpy as sc
a = sc.read_h5ad(sys.argv[1])
own, file = a.obs["my_types"], a.obs["bulk_labels"].astype(str)
assert own.dtype == "category"
wanted = file.replace({"CD56+ NK": "cytotoxic", "CD8+ Cytotoxic T": "cytotoxic"})
wanted[file == "CD19+ B"] = "B cell"
assert (own.astype(str) == wanted).all(), own.astype(str)[own.astype(str) != wanted]
print("labels agree")
`;

async function openDetails(page, id) {
  if (!(await at(page, id).evaluate((element) => element.open))) await at(page, id).locator('summary').click();
}

/** Selects by the algebra of the panel and waits for the number of cells. */
async function combine(page, operation, first, second, wanted) {
  await at(page, 'combine-first').selectOption(first);
  await at(page, 'combine-operation').selectOption(operation);
  if (second) await at(page, 'combine-second').selectOption(second);
  await at(page, 'combine-sets').click();
  await selected(page, wanted);
}

async function selected(page, wanted) {
  if (wanted === 0) return at(page, 'n-selected').waitFor({ state: 'detached' });
  await page.waitForFunction((wanted) => Number(document.querySelector('[data-testid=n-selected]')?.textContent.replaceAll(',', '').match(/\d+/)?.[0]) === wanted, wanted);
}

async function keep(page, name) {
  await at(page, 'set-name').fill(name);
  await at(page, 'keep-set').click();
  await at(page, 'set-row').filter({ hasText: name }).waitFor();
}

const bad = (messages) => messages.filter((message) => message.startsWith('pageerror'));

for (const { name, webgpu } of BACKENDS) {
  test(`sets are kept and combined, labels given by hand: ${name}`, { timeout: 600_000 }, async (t) => {
    const { page, close, messages } = await open({ webgpu });
    try {
      if (webgpu) await insistOnGpu(page);
      await at(page, 'try-demo').click();
      await phase(page, 'map', 'ready', 400_000);
      await at(page, 'color-select').selectOption('bulk_labels');
      await at(page, 'legend-class').filter({ hasText: 'CD19+ B' }).waitFor();
      const sizes = Object.fromEntries(await at(page, 'legend-class').evaluateAll((rows) => rows.map((row) => [row.querySelector('.legend-name').textContent, Number(row.querySelector('.number').textContent.replaceAll(',', ''))])));
      const [b, nk, t8] = ['CD19+ B', 'CD56+ NK', 'CD8+ Cytotoxic T'].map((name) => sizes[name]);

      // Sets with names, and their algebra.
      await openDetails(page, 'sets');
      await combine(page, 'of', 'class:CD19+ B', null, b);
      await keep(page, 'B cells');
      await combine(page, 'union', 'class:CD56+ NK', 'class:CD8+ Cytotoxic T', nk + t8);
      await keep(page, 'cytotoxic');
      await combine(page, 'union', 'named:B cells', 'named:cytotoxic', b + nk + t8);
      await combine(page, 'difference', 'selected', 'named:cytotoxic', b);
      await combine(page, 'not', 'named:B cells', null, 700 - b);
      await combine(page, 'intersection', 'named:B cells', 'named:cytotoxic', 0);
      await at(page, 'select-set').filter({ hasText: 'B cells' }).click();
      await selected(page, b);

      // Undo and redo, by the button and by the keys.
      await at(page, 'delete-set').first().click();
      await page.waitForFunction(() => document.querySelectorAll('[data-testid=set-row]').length === 1);
      assert.match(await at(page, 'undo').innerText(), /delete “B cells”/);
      await at(page, 'undo').click();
      await page.waitForFunction(() => document.querySelectorAll('[data-testid=set-row]').length === 2);
      await at(page, 'map-canvas').focus();
      await page.keyboard.press('Control+z');
      await selected(page, 0);
      await page.keyboard.press('Control+Shift+z');
      await selected(page, b);

      // Cells by a range of the value that colours them, by the keyboard: as many as the saved table has.
      await at(page, 'color-select').selectOption('n_counts');
      await at(page, 'brush-from').focus();
      for (let press = 0; press < 4; press += 1) await page.keyboard.press('PageUp');
      const least = Number((await at(page, 'brush-range').innerText()).match(/^([\d.]+) and more$/)[1]);
      const [header, ...rows] = readFileSync((await save(page, 'save-cells-csv')).path, 'utf8').trim().split('\r\n').map((line) => line.split(','));
      const above = rows.filter((row) => Number(row[header.indexOf('n_counts')]) >= least).length;
      assert.ok(above > 50 && above < 650, `${above} of 700`);
      await at(page, 'brush-select').focus();
      await page.keyboard.press('Enter');
      await selected(page, above);
      await page.screenshot({ path: join(process.env.LEXICELL_SHOTS ?? tmpdir(), 'brush.png') });
      await at(page, 'map-canvas').focus();
      await page.keyboard.press('Control+z');
      await selected(page, b);
      await at(page, 'color-select').selectOption('bulk_labels');

      // A name that is taken is refused with the reason.
      await at(page, 'set-name').fill('cytotoxic');
      await at(page, 'keep-set').click();
      await at(page, 'notice').filter({ hasText: 'already' }).waitFor();

      await at(page, 'rename-set').first().click();
      await at(page, 'set-new-name').fill('B');
      await at(page, 'set-rename').click();
      await at(page, 'set-row').filter({ hasText: /^B/ }).waitFor();

      // Labels by hand: a copy, a new name, a merger, a split, and a label cleared and brought back.
      await openDetails(page, 'labelings');
      await at(page, 'labeling-source').selectOption('column:bulk_labels');
      assert.equal(await at(page, 'labeling-name').inputValue(), 'cell_type_by_hand');
      await at(page, 'labeling-name').fill('my_types');
      await at(page, 'begin-labeling').click();
      await at(page, 'labeling').waitFor();
      assert.equal(await at(page, 'class-row').count(), 10);
      const rename = async (from, to, classes) => {
        const names = await at(page, 'class-name').evaluateAll((fields) => fields.map((field) => field.value));
        await at(page, 'class-name').nth(names.indexOf(from)).fill(to);
        await page.keyboard.press('Enter');
        await page.waitForFunction(([to, n]) => {
          const names = [...document.querySelectorAll('[data-testid=class-name]')].map((field) => field.value);
          return names.length === n && names.includes(to);
        }, [to, classes]);
      };
      await rename('CD56+ NK', 'cytotoxic', 10);
      await rename('CD8+ Cytotoxic T', 'cytotoxic', 9);
      await at(page, 'assign-class').fill('B cell');
      await at(page, 'assign-label').click();
      await page.waitForFunction(() => [...document.querySelectorAll('[data-testid=class-name]')].some((field) => field.value === 'B cell'));
      await at(page, 'clear-label').click();
      await at(page, 'n-unlabelled').waitFor();
      assert.equal(await number(page, 'n-unlabelled'), b);
      await at(page, 'undo').click();
      await at(page, 'n-unlabelled').waitFor({ state: 'detached' });

      // The map is coloured by it, and it is saved with the cells.
      await at(page, 'legend-class').filter({ hasText: /^\s*cytotoxic/ }).waitFor();
      const cells = readFileSync((await save(page, 'save-cells-csv')).path, 'utf8').split(/\r?\n/);
      assert.match(cells[0], /my_types/);
      if (process.env.LEXICELL_PYTHON) {
        const file = join(mkdtempSync(join(tmpdir(), 'lexicell-sets-')), 'saved.h5ad');
        copyFileSync((await save(page, 'save-h5ad')).path, file);
        const checked = spawnSync(process.env.LEXICELL_PYTHON, ['-c', CHECK, file], { encoding: 'utf8' });
        assert.match(checked.stdout, /labels agree/, checked.stderr);
      } else {
        t.diagnostic('skipped: scanpy is not here (LEXICELL_PYTHON)');
      }

      // Offered where sets and columns are asked for.
      await at(page, 'stage-explore').click();
      await at(page, 'tab-compare').click();
      await at(page, 'compare-first').selectOption('named');
      await at(page, 'compare-first-class').selectOption('cytotoxic');
      await at(page, 'compare-second').selectOption('column:my_types');
      await at(page, 'compare-second-class').selectOption('B cell');
      await at(page, 'explore-run').click();
      await at(page, 'compare-report').waitFor({ timeout: 240_000 });
      assert.match(await at(page, 'compare-names').innerText(), /cytotoxic/);

      await at(page, 'stage-map').click();
      await page.evaluate(axeSource());
      const { violations } = await page.evaluate(() => globalThis.axe.run());
      const found = violations.filter(({ impact }) => ['serious', 'critical'].includes(impact)).map(({ id, nodes }) => `${id}: ${nodes[0].html}`);
      assert.deepEqual(found, []);
      assert.deepEqual(bad(messages), []);
    } finally {
      await close();
    }
  });
}
