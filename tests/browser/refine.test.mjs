// The space is refined on the user's labels, judged on held-out cells, saved and applied again.
import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { BACKENDS, at, choose, insistOnGpu, open, phase } from './page.mjs';

const folder = mkdtempSync(join(tmpdir(), 'lexicell-refine-'));
const value = async (page, id) => Number(await at(page, id).getAttribute('data-value'));

/** Cells of a few lineages by marker genes that every human bundle knows, with these columns of obs; no two alike where asked for. */
function table(name, columns, { differ = false } = {}) {
  const genes = ['CD3D', 'CD3E', 'MS4A1', 'CD79A', 'LYZ', 'S100A8', 'NKG7', 'GNLY', 'PPBP', 'FCGR3A', 'CD14', 'CD8A', 'CD4', 'IL7R', 'CCR7', 'CST3'];
  const n = columns[Object.keys(columns)[0]].length;
  const rows = Array.from({ length: n }, (_, cell) => {
    const counts = genes.map((_, gene) => ((cell * 7 + gene * 13) % 5) + (gene % 4 === cell % 4 ? 20 : 0) + (differ ? Math.imul(cell * 31 + gene + 1, 2654435761) >>> 28 : 0));
    return [`cell${cell}`, ...counts, ...Object.values(columns).map((column) => column[cell])].join(',');
  });
  const path = join(folder, name);
  writeFileSync(path, [['cell', ...genes, ...Object.keys(columns)].join(','), ...rows].join('\n'));
  return path;
}
const of = (n, label) => Array.from({ length: n }, (_, cell) => label(cell));

async function set(page, id, number) {
  await at(page, id).fill(String(number));
  await at(page, id).press('Enter');
}

async function train(page, label, epochs = 20) {
  await at(page, 'stage-refine').click();
  await at(page, 'setting-refine-label').selectOption(label);
  await set(page, 'setting-refine-epochs', epochs);
  await at(page, 'refine-train').click();
}

/** Chooses a training that lasts for minutes. */
async function longTraining(page) {
  await at(page, 'stage-refine').click();
  await at(page, 'setting-refine-label').selectOption('bulk_labels');
  await set(page, 'setting-refine-epochs', 2000);
  await at(page, 'refine-more').click();
  await set(page, 'setting-patience', 2000);
}

for (const { name, webgpu } of BACKENDS) {
  test(`the demo is refined, judged, and its head saved and applied after a reload: ${name}`, { timeout: 900_000 }, async () => {
    const { page, close, messages } = await open({ webgpu });
    const epochs = webgpu ? 6 : 20;
    try {
      if (webgpu) await insistOnGpu(page);
      await at(page, 'try-demo').click();
      await phase(page, 'score', 'ready', 400_000);
      await train(page, 'bulk_labels', epochs);
      await at(page, 'loss-curve').waitFor({ timeout: 200_000 });
      await phase(page, 'refine', 'ready', 400_000);
      assert.equal(await at(page, 'refine-report').count(), 1);
      assert.ok(Number((await at(page, 'n-train').innerText()).replace(/\D/g, '')) > 400);

      // The refined cells are a view like the others.
      await at(page, 'stage-map').click();
      const layouts = await at(page, 'layout-select').innerText();
      assert.match(layouts, /refined/i);

      // Both maps side by side, with one selection.
      await at(page, 'stage-refine').click();
      await page.waitForFunction(() => !document.querySelector('[data-testid=see-both]')?.disabled, null, { timeout: 200_000 });
      await at(page, 'see-both').click();
      await at(page, 'map-halves').waitFor();
      assert.match(await at(page, 'map-halves').innerText(), /descriptions[^]*refined/);
      await page.waitForTimeout(500);
      await lassoLeftHalf(page);
      const caught = await at(page, 'selection').innerText();
      assert.match(caught, /\b[1-9]\d* /, caught);
      await at(page, 'beside-select').selectOption({ label: 'nothing' });
      await at(page, 'map-halves').waitFor({ state: 'detached' });

      // Gene descriptions and expression in one space.
      await at(page, 'stage-refine').click();
      await at(page, 'setting-refine-space').selectOption('joint');
      assert.match(await at(page, 'joint-objective').innerText(), /InfoNCE/);
      await set(page, 'setting-refine-epochs', 5);
      await at(page, 'refine-train').click();
      await at(page, 'text-weight').waitFor({ timeout: 200_000 });
      await phase(page, 'refine', 'ready', 400_000);
      const weight = await at(page, 'text-weight').innerText();
      console.log(`demo, ${name}: ${weight}`);
      assert.match(weight, /gave the text [01](\.\d)? of the weight/);
      assert.equal(await at(page, 'joint-not-applied').count(), 1);
      assert.match(await at(page, 'quality-table').innerText(), /joint view/);
      await at(page, 'setting-refine-space').selectOption('text');
      await train(page, 'bulk_labels', epochs);
      await at(page, 'text-weight').waitFor({ state: 'detached', timeout: 200_000 });
      await phase(page, 'refine', 'ready', 400_000);

      // Judged on held-out cells, a head for each fold.
      await at(page, 'stage-score').click();
      await at(page, 'preset-full').click();
      if (webgpu) {
        // The software adapter reads some forty tokens a second, and trains two batches: minutes for these alone.
        await at(page, 'score-more').click();
        await at(page, 'setting-method-names-only').uncheck();
        await at(page, 'setting-method-refined-pca').uncheck();
      }
      await at(page, 'setting-repeats').fill('1');
      await at(page, 'setting-repeats').press('Enter');
      await at(page, 'run-score').click();
      await phase(page, 'score', 'running').catch(() => {});
      await phase(page, 'score', 'ready', 600_000);
      const judged = ['text', 'refined', 'joint', 'pca', 'logistic-pca', 'random-vectors', 'shuffled-texts', 'majority'];
      for (const method of webgpu ? judged : [...judged, 'refined-pca']) {
        const f1 = await value(page, `${method}-macro-f1`);
        console.log(`demo, ${name}: ${method} macro-F1 ${f1.toFixed(3)}`);
        assert.ok(f1 > 0 && f1 <= 1, `${method}: ${f1}`);
      }
      assert.ok((await value(page, 'refined-macro-f1')) > (await value(page, 'majority-macro-f1')) + 0.2);
      assert.match(await at(page, 'verdict').innerText(), /Recommended for maps and clusters of this data set: [^]*The rule: /);

      const report = page.waitForEvent('download');
      await at(page, 'save-report').click();
      const html = readFileSync(await (await report).path(), 'utf8');
      assert.match(html, /Methods[^]*Nadeau/);
      assert.ok(html.includes('<svg') && !/<script|https?:\/\/(?!www\.w3\.org)[^"<]*\.(js|css)/.test(html), 'the report needs something from elsewhere');

      await at(page, 'stage-refine').click();
      const waiting = page.waitForEvent('download');
      await at(page, 'save-head').click();
      const saved = { path: await (await waiting).path() };
      const head = join(folder, `${name}-head.safetensors`);
      copyFileSync(saved.path, head);
      const length = Number(readFileSync(head).readBigUInt64LE(0));
      assert.match(readFileSync(head).subarray(8, 8 + length).toString(), /lexicell/);

      await page.reload();
      await at(page, 'try-demo').click();
      await phase(page, 'map', 'ready', 400_000);
      await at(page, 'stage-refine').click();
      await at(page, 'head-input').setInputFiles(head);
      await at(page, 'head-report').waitFor();
      await at(page, 'apply-head').click();
      await at(page, 'apply-report').waitFor({ timeout: 120_000 });
      const told = await at(page, 'apply-table').innerText();
      assert.match(told, /CD19\+ B/);

      // Whatever the cells are now made of, the head reads them as those that it was trained on.
      await at(page, 'stage-embed').click();
      await at(page, 'setting-gene-table').selectOption({ label: 'as embedded' });
      await at(page, 'setting-top-n').fill('30');
      await at(page, 'setting-top-n').press('Enter');
      await at(page, 'update').click();
      await phase(page, 'map', 'ready', 400_000);
      await at(page, 'stage-refine').click();
      await at(page, 'apply-head').click();
      await at(page, 'apply-report').waitFor({ timeout: 120_000 });
      assert.equal(await at(page, 'apply-table').innerText(), told);
      assert.deepEqual(messages.filter((message) => message.startsWith('pageerror')), []);
    } finally {
      await close();
    }
  });
}

/** Draws a lasso around most of the map's left half. */
async function lassoLeftHalf(page) {
  await at(page, 'tool-lasso').click();
  const { x, y, width, height } = await at(page, 'map-canvas').boundingBox();
  const corner = (across, down) => [x + across * width, y + down * height];
  await page.mouse.move(...corner(0.08, 0.1));
  await page.mouse.down();
  for (const [across, down] of [[0.48, 0.1], [0.48, 0.95], [0.08, 0.95], [0.08, 0.1]]) {
    await page.mouse.move(...corner(across, down), { steps: 4 });
  }
  await page.mouse.up();
  await at(page, 'selection').waitFor();
}

test('a training stops at once, goes on where it was, and outlives the tab', { timeout: 400_000 }, async () => {
  const { page, close } = await open({ webgpu: false });
  try {
    await at(page, 'try-demo').click();
    await phase(page, 'score', 'ready', 400_000);
    await longTraining(page);
    await at(page, 'refine-train').click();
    await at(page, 'loss-live').waitFor({ timeout: 100_000 });
    const began = Date.now();
    await at(page, 'refine-pause').click();
    await at(page, 'refine-go-on').waitFor({ timeout: 10_000 });
    const millis = Date.now() - began;
    console.log(`training paused ${millis} ms after the click (Playwright's own time included)`);
    assert.ok(millis < 2000);
    await at(page, 'refine-go-on').click();
    await at(page, 'refine-pause').waitFor();
    await page.waitForTimeout(3000);
    await at(page, 'refine-pause').click();
    await at(page, 'refine-go-on').waitFor({ timeout: 10_000 });
    const before = await lastEpoch(page);
    assert.ok(before > 1, `paused after epoch ${before}`);

    await page.reload();
    await at(page, 'try-demo').click();
    await phase(page, 'score', 'ready', 400_000);
    await longTraining(page);
    await at(page, 'refine-resume').click();
    await at(page, 'loss-live').waitFor({ timeout: 100_000 });
    const after = await lastEpoch(page);
    assert.ok(after >= before, `went on at epoch ${after}, was paused after ${before}`);
    await at(page, 'refine-cancel').click();
    assert.equal(await at(page, 'stage-entry-map').getAttribute('data-phase'), 'ready');
  } finally {
    await close();
  }
});

/** The last epoch whose losses are drawn, as the figure says in words. */
async function lastEpoch(page) {
  const words = await at(page, 'loss-live').locator('svg').getAttribute('aria-label');
  return Number(words.match(/(\d+) epochs/)?.[1] ?? 0);
}

test('labels that cannot teach are refused with the reason; views of the cells can teach beside them', { timeout: 400_000 }, async () => {
  const { page, close } = await open({ webgpu: false });
  const cases = [
    { column: 'single', label: of(60, (cell) => (cell < 12 ? `type ${cell}` : '')), wants: /single|one/i },
    { column: 'sparse', label: of(60, (cell) => (cell % 10 ? '' : ['A', 'B'][(cell / 10) % 2])), wants: null },
  ];
  try {
    for (const { column, label, wants } of cases) {
      await choose(page, [table(`${column}.csv`, { [column]: label })]);
      // A table beside open data could hold gene vectors: the page asks.
      if (column !== cases[0].column) await at(page, 'unclear-data').click();
      await page.getByTestId('data-name').getByText(`${column}.csv`).waitFor();
      await phase(page, 'map', 'ready', 250_000);
      await at(page, 'stage-refine').click();
      await at(page, 'setting-objective').selectOption('supcon');
      await train(page, column, 5);
      if (wants) {
        await at(page, 'failure').waitFor({ timeout: 60_000 });
        assert.match(await at(page, 'failure').innerText(), wants);
        await at(page, 'failure-dismiss').click();
        await at(page, 'setting-objective').selectOption('mixed');
        await train(page, column, 5);
        await phase(page, 'refine', 'ready', 200_000);
        assert.match(await at(page, 'refine-notes').innerText(), /single labelled cell/);
      } else {
        await phase(page, 'refine', 'ready', 200_000);
      }
    }
  } finally {
    await close();
  }
});

test('500 classes train, are judged and shown', { timeout: 600_000 }, async () => {
  const { page, close, messages } = await open({ webgpu: false });
  try {
    await choose(page, [table('many.csv', { cell_type: of(2500, (cell) => `type ${cell % 500}`) }, { differ: true })]);
    await phase(page, 'map', 'ready', 400_000);
    await at(page, 'stage-score').click();
    await at(page, 'setting-label').selectOption('cell_type');
    await phase(page, 'score', 'ready', 400_000);
    await at(page, 'text-macro-f1').waitFor();
    assert.ok((await value(page, 'text-macro-f1')) < 0.2, 'the classes are drawn at random');
    await train(page, 'cell_type', 5);
    await phase(page, 'refine', 'ready', 400_000);
    assert.match(await at(page, 'refine-report').innerText(), /500 classes/);
    assert.deepEqual(messages.filter((message) => message.startsWith('pageerror')), []);
  } finally {
    await close();
  }
});

test('groups that are the labels themselves are refused with the reason', { timeout: 400_000 }, async () => {
  const { page, close } = await open({ webgpu: false });
  try {
    const types = of(80, (cell) => ['T', 'B', 'Mono', 'NK'][cell % 4]);
    const donors = of(80, (cell) => ['d1', 'd2', 'd3', 'd4'][cell % 4]);
    await choose(page, [table('groups.csv', { cell_type: types, donor: donors })]);
    await phase(page, 'map', 'ready', 250_000);
    await at(page, 'stage-score').click();
    await at(page, 'setting-label').selectOption('cell_type');
    await at(page, 'setting-split').selectOption({ label: await optionLike(page, 'setting-split', /group/i) });
    await at(page, 'setting-group').selectOption('donor');
    await at(page, 'failure').waitFor({ timeout: 5_000 }).catch(() => at(page, 'update').click());
    await at(page, 'failure').waitFor({ timeout: 60_000 });
    assert.match(await at(page, 'failure').innerText(), /donor|group/i);
  } finally {
    await close();
  }
});

async function optionLike(page, id, pattern) {
  const labels = await at(page, id).locator('option').allInnerTexts();
  return labels.find((label) => pattern.test(label));
}
