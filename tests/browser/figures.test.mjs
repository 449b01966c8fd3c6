// Genes by class, two labelings, and a cell's page: on the demo, whose labels and genes are known.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { axeSource, at, open, phase } from './page.mjs';

const LONG = { timeout: 240_000 };
const bad = (messages) => messages.filter((message) => message.startsWith('pageerror'));

/** Keeps a picture of an element where LEXICELL_SHOTS names a folder. */
async function shot(page, id, name = id) {
  const folder = process.env.LEXICELL_SHOTS;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await at(page, id).first().screenshot({ path: join(folder, `${name}.png`) });
}

async function downloaded(page, id) {
  const waiting = page.waitForEvent('download');
  await at(page, id).click();
  return readFileSync(await (await waiting).path(), 'utf8');
}

async function violations(page) {
  await page.evaluate(axeSource());
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  return violations.filter(({ impact }) => ['serious', 'critical'].includes(impact)).map(({ id, nodes }) => `${id}: ${nodes[0].html}`);
}

test('genes, labelings and cells of the demo are looked into', { timeout: 900_000 }, async () => {
  const { page, close, messages } = await open({ webgpu: false });
  try {
    await at(page, 'try-demo').click();
    await phase(page, 'map', 'ready', 400_000);

    // Known markers are highest where they belong.
    await at(page, 'stage-explore').click();
    await at(page, 'tab-genes').click();
    assert.equal(await at(page, 'explore-run').isEnabled(), false);
    await at(page, 'genes-by').selectOption('column:bulk_labels');
    await at(page, 'genes-names').fill('CD79A, MS4A1, NKG7, LYZ, NOSUCHGENE');
    await at(page, 'explore-run').click();
    await at(page, 'genes-report').waitFor(LONG);
    assert.match(await at(page, 'genes-words').innerText(), /NOSUCHGENE/);
    await at(page, 'genes-as-table').click();
    assert.equal(await at(page, 'genes-row').count(), 40);
    const lines = (await downloaded(page, 'save-genes')).trim().split('\r\n').slice(1).map((line) => line.split(','));
    const highest = (gene) => lines.filter((line) => line[0] === gene).sort((a, b) => b[3] - a[3])[0][1];
    assert.equal(highest('MS4A1'), 'CD19+ B');
    assert.equal(highest('NKG7'), 'CD56+ NK');
    for (const id of ['dot-plot', 'violins', 'heat-map']) {
      await at(page, id).locator('svg').waitFor();
      await shot(page, id);
    }
    await at(page, 'genes-scaled').check();
    await at(page, 'violin-gene').selectOption('NKG7');
    assert.match(await at(page, 'violins').innerText(), /NKG7/);
    // As boxes, whose whiskers are in the table that is saved.
    await at(page, 'spread-as').selectOption('box');
    await at(page, 'violins').filter({ hasText: 'whiskers' }).waitFor();
    await shot(page, 'violins', 'boxes');
    const [least, q1, , q3, most, low, high, n] = lines.find((line) => line[0] === 'NKG7' && line[1] === 'CD56+ NK').slice(5).map(Number);
    assert.ok(low >= q1 - 1.5 * (q3 - q1) - 1e-9 && high <= q3 + 1.5 * (q3 - q1) + 1e-9 && low >= least && high <= most && n >= 0);
    await at(page, 'spread-as').selectOption('violin');
    assert.match(await downloaded(page, 'dot-plot-save'), /^<svg/);
    // The same as a picture of 300 pixels to the inch.
    const waiting = page.waitForEvent('download');
    await at(page, 'dot-plot-save-png').click();
    const png = readFileSync(await (await waiting).path());
    const [wide, tall] = (await at(page, 'dot-plot').locator('svg').getAttribute('viewBox')).split(' ').slice(2).map(Number);
    assert.equal(png.subarray(1, 4).toString(), 'PNG');
    assert.equal(png.readUInt32BE(16), Math.round((wide * 300) / 96));
    assert.ok(png.readUInt32BE(20) > (tall * 300) / 96, 'title and caption are in it');
    assert.ok(png.length > 10_000, `${png.length} bytes`);
    if (process.env.LEXICELL_SHOTS) writeFileSync(join(process.env.LEXICELL_SHOTS, 'dot-plot-saved.png'), png);
    assert.deepEqual(await violations(page), []);
    // Without names the worker chooses.
    await at(page, 'genes-names').fill('');
    await at(page, 'explore-run').click();
    await at(page, 'genes-words').filter({ hasText: 'most variable' }).waitFor(LONG);
    await shot(page, 'dot-plot', 'dot-plot-variable');
    await at(page, 'genes-names').fill('NOSUCHGENE');
    await at(page, 'explore-run').click();
    await at(page, 'explore-refused').waitFor(LONG);

    // Two labelings.
    await at(page, 'tab-crosstab').click();
    await at(page, 'crosstab-first').selectOption('column:bulk_labels');
    await at(page, 'crosstab-second').selectOption('column:bulk_labels');
    assert.equal(await at(page, 'explore-run').isEnabled(), false);
    await at(page, 'crosstab-second').selectOption('clusters:text');
    await at(page, 'explore-run').click();
    await at(page, 'crosstab-report').waitFor(LONG);
    const rand = Number(await at(page, 'adjusted-rand').innerText());
    assert.ok(rand > 0.1 && rand <= 1, `${rand}`);
    await shot(page, 'sankey');
    await at(page, 'crosstab-as-table').click();
    const pairs = (await downloaded(page, 'save-crosstab')).trim().split('\r\n').slice(1);
    assert.equal(pairs.reduce((sum, line) => sum + Number(line.split(',').at(-1)), 0), 700);
    assert.deepEqual(await violations(page), []);

    // A cell's page, and from it to its neighbour's.
    // A path's pseudotime is of each cell, and is told as computed here.
    await at(page, 'tab-path').click();
    await at(page, 'path-root').selectOption('clusters:text');
    await at(page, 'path-root-class').selectOption('0');
    await at(page, 'explore-run').click();
    await at(page, 'path-report').waitFor(LONG);
    await at(page, 'stage-map').click();
    const box = await at(page, 'map-canvas').boundingBox();
    for (let step = 1; step < 60 && !(await at(page, 'cell-card').count()); step += 1) {
      await page.mouse.click(box.x + box.width * ((step % 8) + 1) / 10, box.y + box.height * (Math.floor(step / 8) + 1) / 10);
      await page.waitForTimeout(150);
    }
    await at(page, 'about-cell').click();
    await at(page, 'cell-name').waitFor(LONG);
    const first = await at(page, 'cell-name').innerText();
    await at(page, 'cell-by').selectOption('column:bulk_labels');
    await at(page, 'cell-vote').first().filter({ hasText: 'bulk_labels' }).waitFor(LONG);
    assert.match(await at(page, 'cell-vote').first().innerText(), /of 1?\d neighbours vote/);
    assert.equal(await at(page, 'cell-gene').count(), 20);
    assert.match(await at(page, 'cell-computed').innerText(), /Computed here \([2-9]\)/);
    await at(page, 'cell-computed').click();
    await at(page, 'cell-page').filter({ hasText: 'pseudotime' }).waitFor();
    await shot(page, 'cell-page');
    await at(page, 'cell-neighbors').first().click();
    const next = await at(page, 'cell-neighbor').first().innerText();
    await at(page, 'cell-neighbor').first().click();
    await at(page, 'cell-name').filter({ hasText: next }).waitFor(LONG);
    assert.notEqual(next, first);
    assert.match(await at(page, 'cell-card').innerText(), new RegExp(next));
    assert.deepEqual(await violations(page), []);
    assert.deepEqual(bad(messages), []);
  } finally {
    await close();
  }
});
