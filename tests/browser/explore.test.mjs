// What is asked of the cells: why two sets are apart, what they are like in words, where they lie between
// two groups, along which path. On the demo, with WebGPU and without; its labels are known.
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { axeSource, at, BACKENDS, insistOnGpu, open, phase, save } from './page.mjs';

const folder = mkdtempSync(join(tmpdir(), 'lexicell-explore-'));
const LONG = { timeout: 240_000 };

/** The demo, read and mapped, with one kind of question open. */
async function inquire(page, inquiry) {
  await at(page, 'stage-explore').click();
  await at(page, `tab-${inquiry}`).click();
}

async function choose(page, id, source, value) {
  await at(page, id).selectOption(source);
  if (value !== undefined) await at(page, `${id}-class`).selectOption(value);
}

/** Chooses the entry of a list that names a column. */
async function chooseColumn(page, id, column) {
  const entry = at(page, id).locator('option', { hasText: column }).first();
  await at(page, id).selectOption(await entry.getAttribute('value'));
}

async function csv(page, id) {
  const waiting = page.waitForEvent('download');
  await at(page, id).click();
  const saved = { path: await (await waiting).path() };
  const copy = join(folder, `${id}.csv`);
  copyFileSync(saved.path, copy);
  const [header, ...lines] = readFileSync(copy, 'utf8').split('\r\n').filter(Boolean).map((line) => line.split(','));
  return lines.map((fields) => Object.fromEntries(header.map((name, place) => [name, fields[place]])));
}

/** Keeps a picture of the page where LEXICELL_SHOTS names a folder. */
async function shot(page, name) {
  const folder = process.env.LEXICELL_SHOTS;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

async function violations(page) {
  await page.evaluate(axeSource());
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  return violations.filter(({ impact }) => ['serious', 'critical'].includes(impact)).map(({ id, nodes }) => `${id}: ${nodes[0].html}`);
}

const bad = (messages) => messages.filter((message) => message.startsWith('pageerror'));

for (const { name, webgpu } of BACKENDS) {
  test(`the demo is explored: ${name}`, { timeout: 900_000 }, async () => {
    const { page, close, messages } = await open({ webgpu });
    try {
      if (webgpu) await insistOnGpu(page);
      await at(page, 'try-demo').click();
      await phase(page, 'map', 'ready', 400_000);

      // Why apart: B cells against all others.
      await inquire(page, 'compare');
      await choose(page, 'compare-first', 'column:bulk_labels', 'CD19+ B');
      await at(page, 'compare-second').selectOption('rest');
      await at(page, 'explore-run').click();
      await at(page, 'compare-report').waitFor(LONG);
      const genes = await csv(page, 'save-comparison');
      assert.equal(genes.length, 765);
      const top = genes.filter((gene) => Number(gene.wilcoxon_score) > 0).sort((a, b) => b.wilcoxon_score - a.wilcoxon_score).slice(0, 10).map((gene) => gene.gene);
      console.log(`${name}: B cells by expression: ${top.join(' ')}`);
      assert.ok(top.includes('CD79A') && top.includes('MS4A1'), top.join(' '));
      // Contributions sum to the separation that the page names.
      const sum = genes.reduce((sum, gene) => sum + Number(gene.contribution || 0), 0);
      const separation = (await at(page, 'separation').innerText()).match(/\d*\.\d+/)[0];
      assert.ok(Math.abs(sum - Number(separation)) < 6e-4, `${sum} against ${separation}`);
      const terms = await csv(page, 'save-terms');
      console.log(`${name}: terms of B cells: ${terms.slice(0, 5).map((term) => term.name).join('; ')}`);
      await at(page, 'why').first().click();
      await at(page, 'traced').first().waitFor(LONG);

      // In words: B cells are most like what B cells are said to be.
      await inquire(page, 'ask');
      await at(page, 'ask-text').fill('B cell receptor signalling, immunoglobulin and antigen presentation by MHC class II');
      await chooseColumn(page, 'ask-by', 'bulk_labels');
      await at(page, 'explore-run').click();
      await at(page, 'ask-report').waitFor(LONG);
      const classes = await at(page, 'ask-row').allInnerTexts();
      console.log(`${name}: most like the sentence: ${classes.slice(0, 3).map((row) => row.split(/\s{2,}|\t|\n/)[0]).join('; ')}`);
      await at(page, 'ask-text').fill('CD19+ B: a lymphocyte with a B cell receptor that makes antibodies and presents antigen\nCD56+ NK: a cytotoxic lymphocyte that kills by granzymes and perforin\nCD14+ Monocyte: a phagocyte of the blood with lysozyme and S100 proteins');
      await at(page, 'explore-run').click();
      await at(page, 'zero-shot-table').waitFor(LONG);
      console.log(`${name}: ${await at(page, 'ask-against').innerText()}`);
      assert.equal((await csv(page, 'save-asked')).length, 30, 'three texts, ten classes');
      assert.equal((await csv(page, 'save-types-told')).reduce((sum, row) => sum + Number(row.n_cells), 0), 700);

      // Two groups: lymphocytes of two kinds, and where the others lie.
      await inquire(page, 'axis');
      await chooseColumn(page, 'axis-column', 'bulk_labels');
      const units = await at(page, 'axis-unit').allInnerTexts();
      const place = (wanted) => units.findIndex((unit) => unit.includes(wanted));
      for (const unit of ['CD14+ Monocyte', 'Dendritic']) await at(page, `axis-first-${place(unit)}`).check();
      for (const unit of ['CD8+ Cytotoxic T', 'CD56+ NK']) await at(page, `axis-second-${place(unit)}`).check();
      await at(page, 'explore-run').click();
      await at(page, 'axis-report').waitFor(LONG);
      console.log(`${name}: ${await at(page, 'axis-p').innerText()}`);
      assert.equal(await at(page, 'axis-row').count(), 10);
      assert.deepEqual((await csv(page, 'save-axis')).map((row) => row.group).filter(Boolean).length, 4);

      // A path from progenitors.
      await inquire(page, 'path');
      await choose(page, 'path-root', 'column:bulk_labels', 'CD34+');
      await chooseColumn(page, 'path-by', 'bulk_labels');
      await at(page, 'explore-run').click();
      await at(page, 'path-report').waitFor(LONG);
      assert.equal(await at(page, 'path-class').count(), 10);
      assert.ok((await at(page, 'path-gene').count()) > 10);
      assert.equal((await csv(page, 'save-path-classes')).reduce((sum, row) => sum + Number(row.n_cells), 0), 700);
      assert.ok((await csv(page, 'save-path-genes')).every((row) => Math.abs(Number(row.spearman)) <= 1));

      // What was measured is saved with the cells.
      const cells = readFileSync((await save(page, 'save-cells-csv')).path, 'utf8').split(/\r?\n/)[0];
      for (const column of ['axis_score', 'pseudotime', 'label_by_text']) assert.ok(cells.includes(column), cells);
      assert.deepEqual(bad(messages), []);
    } finally {
      await close();
    }
  });
}

test('a difference is followed back through a trained head', { timeout: 600_000 }, async () => {
  const { page, close, messages } = await open({ webgpu: false });
  try {
    await at(page, 'try-demo').click();
    await phase(page, 'score', 'ready', 400_000);
    await at(page, 'stage-refine').click();
    await at(page, 'setting-refine-label').selectOption('bulk_labels');
    await at(page, 'refine-train').click();
    await phase(page, 'refine', 'ready', 400_000);
    await inquire(page, 'compare');
    await choose(page, 'compare-first', 'column:bulk_labels', 'CD19+ B');
    await at(page, 'compare-second').selectOption('rest');
    await at(page, 'explore-run').click();
    await at(page, 'through-head').waitFor(LONG);
    const words = await at(page, 'head-words').innerText();
    console.log(words);
    const [integrated] = words.match(/[+−][\d.]+ %/g).map((text) => Number(text.replace('−', '-').replace(' %', '')));
    assert.ok(Math.abs(integrated) < 10, words);
    assert.equal(await at(page, 'head-row').count(), 30);
    assert.deepEqual(bad(messages), []);
  } finally {
    await close();
  }
});

test('the class graph of a path lies over the map', { timeout: 600_000 }, async () => {
  const { page, close, messages } = await open({ webgpu: false });
  try {
    await at(page, 'try-demo').click();
    await phase(page, 'map', 'ready', 400_000);
    await inquire(page, 'path');
    await choose(page, 'path-root', 'column:bulk_labels', 'CD34+');
    await chooseColumn(page, 'path-by', 'bulk_labels');
    await at(page, 'path-to').selectOption('CD14+ Monocyte');
    await at(page, 'explore-run').click();
    await at(page, 'path-report').waitFor(LONG);
    await at(page, 'class-graph').scrollIntoViewIfNeeded();
    await shot(page, 'class-graph');
    await at(page, 'graph-over-map').check();
    await at(page, 'stage-map').click();
    const nodes = at(page, 'map-graph').locator('circle');
    await nodes.first().waitFor();
    assert.equal(await nodes.count(), 10);
    assert.ok((await nodes.first().boundingBox()).width > 5, 'it is drawn');
    assert.ok((await at(page, 'map-graph').locator('line').count()) >= 9);
    assert.ok((await at(page, 'map-graph').locator('line.along').count()) >= 1);
    const names = await at(page, 'map-labels').innerText();
    assert.match(names, /CD34\+/);
    await shot(page, 'map-graph');
    assert.deepEqual(await violations(page), []);

    // It follows the camera, and another layout moves it.
    const place = () => nodes.first().evaluate((own) => [own.getAttribute('cx'), own.getAttribute('cy')].map(Number));
    const before = await place();
    await at(page, 'map-canvas').focus();
    await page.keyboard.press('ArrowLeft');
    await page.waitForFunction((x) => Math.abs(Number(document.querySelector('[data-testid=map-graph] circle').getAttribute('cx')) - x - 60) < 1, before[0]);
    await page.keyboard.press('0');
    await page.waitForFunction((x) => Math.abs(Number(document.querySelector('[data-testid=map-graph] circle').getAttribute('cx')) - x) < 1, before[0]);
    const options = await at(page, 'layout-select').locator('option').allInnerTexts();
    await at(page, 'layout-select').selectOption(options.find((name) => name.includes('expression (PCA)')) ?? options.at(-1));
    await page.waitForFunction((x) => Math.abs(Number(document.querySelector('[data-testid=map-graph] circle').getAttribute('cx')) - x) > 1, before[0]);
    // Two layouts side by side have a graph each.
    await at(page, 'beside-select').selectOption({ index: 1 });
    await page.waitForFunction(() => document.querySelectorAll('[data-testid=map-graph] circle').length === 20);
    await shot(page, 'map-graph-beside');
    await at(page, 'beside-select').selectOption({ index: 0 });
    await page.waitForFunction(() => document.querySelectorAll('[data-testid=map-graph] circle').length === 10);

    // It is in the saved figure, as long as it is on the map.
    const figure = readFileSync((await save(page, 'save-map-svg')).path, 'utf8');
    assert.match(figure, /<g id="class-graph"/);
    await at(page, 'graph-over-map-side').uncheck();
    await page.waitForFunction(() => !document.querySelector('[data-testid=map-graph] circle'));
    assert.doesNotMatch(readFileSync((await save(page, 'save-map-svg')).path, 'utf8'), /class-graph/);

    // It goes with its answer.
    await at(page, 'graph-over-map-side').check();
    await nodes.first().waitFor();
    await at(page, 'setting-neighbors').fill('12');
    await at(page, 'setting-neighbors').press('Enter');
    await at(page, 'update').click();
    await page.waitForFunction(() => !document.querySelector('[data-testid=map-graph] circle'), null, LONG);
    assert.equal(await at(page, 'graph-card').count(), 0);
    assert.deepEqual(bad(messages), []);
  } finally {
    await close();
  }
});

test('terms are ranked over all genes, and a comparison of an earlier selection says so', { timeout: 600_000 }, async () => {
  const { page, close, messages } = await open({ webgpu: false, viewport: { width: 1024, height: 768 }, colorScheme: 'dark' });
  try {
    await at(page, 'try-demo').click();
    await phase(page, 'map', 'ready', 400_000);
    const color = await at(page, 'color-select').inputValue();
    await inquire(page, 'compare');
    await choose(page, 'compare-first', 'column:bulk_labels', 'CD8+ Cytotoxic T');
    await at(page, 'compare-second').selectOption('rest');
    // To pick a column is not to colour the map.
    assert.equal(await at(page, 'color-select').inputValue(), color);
    await at(page, 'explore-run').click();
    await at(page, 'compare-report').waitFor(LONG);

    await at(page, 'terms-ranked').click();
    await at(page, 'terms-run').click();
    await at(page, 'ranked-terms').waitFor(LONG);
    const first = await at(page, 'ranked-first').locator('tbody tr').allInnerTexts();
    console.log(`ranked terms of cytotoxic T cells: ${first.slice(0, 6).map((row) => row.replaceAll(/\s+/g, ' ').slice(0, 90)).join(' | ')}`);
    assert.ok(first.length > 0);
    assert.ok(first.slice(0, 12).some((row) => /cytoly|lymphocyte|immune/i.test(row)), first.slice(0, 12).join('\n'));
    await at(page, 'ranked-terms').scrollIntoViewIfNeeded();
    await shot(page, 'ranked-terms-dark');
    const terms = await csv(page, 'save-ranked-terms');
    const own = terms.filter((term) => term.higher_in === 'CD8+ Cytotoxic T').map((term) => Number(term.normalized_enrichment_score));
    assert.ok(own.length > 0 && own.every((score) => score > 1));
    assert.deepEqual(await violations(page), []);

    // Both tests are saved from the panel too, and the report tells them apart.
    for (const [id, header] of [['save-comparison-csv', /wilcoxon_score/], ['save-terms-csv', /fold/], ['save-ranked-csv', /normalized_enrichment_score/]]) {
      assert.match(readFileSync((await save(page, id)).path, 'utf8').split('\r\n')[0], header);
    }
    const report = readFileSync((await save(page, 'save-report-html')).path, 'utf8');
    assert.match(report, /GO terms ranked over all genes, higher in CD8\+ Cytotoxic T/);
    assert.match(report, /gene set enrichment analysis/);

    // A ranking that is stopped leaves the answer before it.
    await at(page, 'terms-more').click();
    await at(page, 'terms-permutations').fill('200000');
    await at(page, 'terms-permutations').press('Enter');
    await at(page, 'terms-run').click();
    await at(page, 'terms-progress').filter({ hasText: 'permutations' }).waitFor(LONG);
    await at(page, 'terms-cancel').click();
    await at(page, 'terms-progress').waitFor({ state: 'detached', ...LONG });
    assert.equal(await at(page, 'ranked-terms').count(), 1);

    // The selected cells are compared, then others are selected.
    await at(page, 'stage-map').click();
    await at(page, 'color-select').selectOption('bulk_labels');
    await at(page, 'sets').locator('summary').click();
    const select = async (name) => {
      await at(page, 'combine-first').selectOption(`class:${name}`);
      await at(page, 'combine-sets').click();
    };
    await select('CD19+ B');
    await at(page, 'explain-selection').click();
    await at(page, 'explore-run').click();
    await at(page, 'compare-names').filter({ hasText: 'selected' }).waitFor(LONG);
    assert.equal(await at(page, 'earlier-selection').count(), 0);
    assert.equal(await at(page, 'ranked-terms').count(), 0);
    await at(page, 'stage-map').click();
    await select('CD56+ NK');
    await at(page, 'stage-explore').click();
    await at(page, 'earlier-selection').waitFor();
    await shot(page, 'earlier-selection-dark');
    assert.deepEqual(await violations(page), []);
    await at(page, 'compare-again').click();
    await at(page, 'earlier-selection').waitFor({ state: 'detached', ...LONG });
    assert.match(await at(page, 'compare-counts').innerText(), /31 cells/);
    assert.deepEqual(bad(messages), []);
  } finally {
    await close();
  }
});

test('questions that cannot be answered are refused with the reason', { timeout: 400_000 }, async () => {
  const { page, close, messages } = await open({ webgpu: false });
  try {
    await at(page, 'try-demo').click();
    await phase(page, 'map', 'ready', 400_000);
    await inquire(page, 'compare');
    // The same cells on both sides.
    await choose(page, 'compare-first', 'column:bulk_labels', 'CD19+ B');
    await choose(page, 'compare-second', 'column:bulk_labels', 'CD19+ B');
    const run = at(page, 'explore-run');
    if (await run.isEnabled()) {
      await run.click();
      await at(page, 'explore-refused').filter({ hasText: 'in both' }).waitFor(LONG);
    } else {
      await at(page, 'explore-hint').waitFor();
    }
    assert.equal(await at(page, 'compare-report').count(), 0);
    assert.deepEqual(bad(messages), []);
  } finally {
    await close();
  }
});

test('the stage is accessible, light and dark', { timeout: 400_000 }, async () => {
  for (const colorScheme of ['light', 'dark']) {
    const { page, close } = await open({ webgpu: false, colorScheme });
    try {
      await at(page, 'try-demo').click();
      await phase(page, 'map', 'ready', 400_000);
      await inquire(page, 'compare');
      await choose(page, 'compare-first', 'column:bulk_labels', 'CD56+ NK');
      await at(page, 'compare-second').selectOption('rest');
      await at(page, 'explore-run').click();
      await at(page, 'compare-report').waitFor(LONG);
      await page.evaluate(axeSource());
      const { violations } = await page.evaluate(() => globalThis.axe.run());
      const found = violations.filter(({ impact }) => ['serious', 'critical'].includes(impact)).map(({ id, nodes }) => `${id}: ${nodes[0].html}`);
      assert.deepEqual(found, [], colorScheme);
    } finally {
      await close();
    }
  }
});
