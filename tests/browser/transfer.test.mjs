// Labels go from a reference to another data set: through the texts of the genes and, where enough
// genes are shared, through their expression beside it.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { at, choose, open, phase, save } from './page.mjs';

const folder = mkdtempSync(join(tmpdir(), 'lexicell-transfer-'));

/** Cells of a few lineages by marker genes that every human bundle knows: a panel, far too few to be compared by their expression. */
function panel(name) {
  const genes = ['CD3D', 'CD3E', 'MS4A1', 'CD79A', 'LYZ', 'S100A8', 'NKG7', 'GNLY', 'PPBP', 'FCGR3A', 'CD14', 'CD8A', 'CD4', 'IL7R', 'CCR7', 'CST3'];
  const rows = Array.from({ length: 60 }, (_, cell) => {
    const counts = genes.map((_, gene) => ((cell * 7 + gene * 13) % 5) + (gene % 4 === cell % 4 ? 20 : 0));
    return [`cell${cell}`, ...counts, `b${cell % 3}`].join(',');
  });
  const path = join(folder, name);
  writeFileSync(path, [['cell', ...genes, 'batch'].join(','), ...rows].join('\n'));
  return path;
}

/** The demo is read and kept as the reference. */
async function keepDemo(page) {
  await at(page, 'try-demo').click();
  await phase(page, 'score', 'ready', 400_000);
  await at(page, 'stage-refine').click();
  await at(page, 'setting-reference-label').selectOption('bulk_labels');
  await at(page, 'keep-reference').click();
  await at(page, 'reference-report').waitFor({ timeout: 120_000 });
}

async function set(page, id, number) {
  await at(page, id).fill(String(number));
  await at(page, id).press('Enter');
}

/** Tells the labels of the open data set and waits for what is told. */
async function tell(page) {
  await at(page, 'stage-refine').click();
  await at(page, 'transfer').click();
  await at(page, 'transfer-report').waitFor({ timeout: 240_000 });
}

/** Cells by what they were told to be, as a table says. */
async function told(page, table) {
  const rows = await at(page, table).locator('tbody tr').evaluateAll((rows) =>
    rows.filter((row) => row.querySelector('th')).map((row) => [row.querySelector('th').textContent, Number(row.querySelector('td').textContent.replaceAll(/\D/g, ''))]),
  );
  return Object.fromEntries(rows);
}
const sum = (counts) => Object.values(counts).reduce((a, b) => a + b, 0);

/** Two columns of the saved cells, as pairs. */
async function columns(page, names) {
  const lines = readFileSync((await save(page, 'save-cells-csv')).path, 'utf8').split(/\r?\n/).filter(Boolean);
  const header = lines[0].split(',');
  const places = names.map((name) => header.indexOf(name));
  return { header, rows: lines.slice(1).map((line) => places.map((place) => line.split(',')[place])) };
}

test('a panel without enough genes in common is told through texts alone', { timeout: 500_000 }, async () => {
  const { page, close, messages } = await open({ webgpu: false });
  try {
    await keepDemo(page);
    console.log((await at(page, 'reference-report').innerText()).split('\n').slice(1, 3).join(' '));
    await choose(page, [panel('query.csv')]);
    // A table beside open data could hold gene vectors: the page asks.
    await at(page, 'unclear-data').click();
    await page.getByTestId('data-name').getByText('query.csv').waitFor();
    await phase(page, 'map', 'ready', 250_000);
    await tell(page);
    assert.match(await at(page, 'gene-overlap').innerText(), /^\d+ genes are shared.*compared from 16 shared genes on/s);
    assert.match(await at(page, 'transfer-notes').innerText(), /too few genes are shared/);
    assert.equal(await at(page, 'transfer-expression-table').count(), 0);
    assert.equal(await at(page, 'transfer-agreement').count(), 0);
    const counts = await told(page, 'transfer-table');
    assert.ok('none of these' in counts, JSON.stringify(counts));
    assert.ok(sum(counts) <= 60 && sum(counts) > 0, JSON.stringify(counts));
    const { header } = await columns(page, ['transferred_label']);
    assert.ok(header.includes('transferred_label') && !header.includes('transferred_label_expression'), header.join());
    assert.deepEqual(messages.filter((message) => message.startsWith('pageerror')), []);
  } finally {
    await close();
  }
});

test('where genes are shared their expression tells the labels too, beside the texts', { timeout: 600_000 }, async () => {
  const { page, close, messages } = await open({ webgpu: false });
  try {
    await keepDemo(page);
    // The reference told about itself: every gene is shared, and the truth is known.
    await set(page, 'setting-transfer-k', 5);
    await tell(page);
    assert.match(await at(page, 'gene-overlap').innerText(), /^7\d\d genes are shared; the reference alone has 0, the open data set alone 0\.$/);
    const rehearsals = await at(page, 'transfer-rehearsals').innerText();
    console.log(rehearsals);
    assert.match(rehearsals, /through texts.*5 neighbours.*through expression.*5 neighbours/s);
    const agreement = await at(page, 'transfer-agreement').innerText();
    const [both, same] = agreement.match(/\d+/g).map(Number);
    assert.ok(both > 300 && same > both / 2 && same <= both, agreement);
    for (const table of ['transfer-table', 'transfer-expression-table']) {
      const counts = await told(page, table);
      assert.equal(sum(counts), 700, `${table}: ${JSON.stringify(counts)}`);
      assert.match(await at(page, table).locator('caption').innerText(), /of the 5 votes.*set by itself.*5(\.0)?\s?% of the cells/s);
    }

    // Both are columns of the cells, and each can be seen.
    const { header, rows } = await columns(page, ['bulk_labels', 'transferred_label', 'transferred_label_expression']);
    assert.ok(header.includes('transferred_label') && header.includes('transferred_label_expression'), header.join());
    for (const column of [1, 2]) {
      const given = rows.filter((row) => row[column] && row[column] !== 'none of these');
      const right = given.filter((row) => row[column] === row[0]).length / given.length;
      console.log(`${['texts', 'expression'][column - 1]}: ${given.length} cells, right ${right.toFixed(3)}`);
      // Each cell is among its own neighbours: anything near chance is a fault.
      assert.ok(right > 0.6, `${column}: ${right}`);
    }
    const bothTold = rows.filter((row) => [1, 2].every((at) => row[at] && row[at] !== 'none of these'));
    assert.equal(bothTold.length, both);
    assert.equal(bothTold.filter((row) => row[1] === row[2]).length, same);
    await at(page, 'show-transferred-expression').click();
    await at(page, 'map-canvas').waitFor();
    assert.match(await at(page, 'legend').innerText(), /CD14\+ Monocyte/);

    // A stricter bar turns more cells away, in both tellings.
    await at(page, 'stage-refine').click();
    const before = [await told(page, 'transfer-table'), await told(page, 'transfer-expression-table')];
    await set(page, 'setting-transfer-lost', 0.5);
    await at(page, 'transfer').click();
    await page.waitForFunction(() => /50(\.0)?\s?% of the cells/.test(document.querySelector('[data-testid=transfer-table] caption')?.textContent ?? ''), null, { timeout: 240_000 });
    const after = [await told(page, 'transfer-table'), await told(page, 'transfer-expression-table')];
    for (const [at, counts] of after.entries()) {
      assert.ok(counts['none of these'] > before[at]['none of these'], `${at}: ${JSON.stringify(counts)}`);
    }
    assert.deepEqual(messages.filter((message) => message.startsWith('pageerror')), []);
  } finally {
    await close();
  }
});
