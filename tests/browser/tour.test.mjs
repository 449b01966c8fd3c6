// The guided tour of the demo: offered there alone, five stops, by mouse and by keyboard; it runs nothing
// by itself and is not offered again once it was closed. What was asked is in the report, and the script
// that repeats the classical steps is saved.
import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { at, axeSource, open, phase, save } from './page.mjs';

const LONG = { timeout: 240_000 };
const STOPS = ['map', 'score', 'compare', 'ask', 'privacy'];
const OUTLINED = { map: 'map-canvas', score: 'method-table', compare: 'explore-run', ask: 'explore-run', privacy: 'privacy' };
// Where files are left for a run by hand.
const KEEP = process.env.LEXICELL_KEEP;

const stop = (page) => at(page, 'tour').getAttribute('data-stop');
const focused = (page) => page.evaluate(() => document.activeElement?.dataset.testid ?? '');

async function axe(page) {
  await page.evaluate(axeSource());
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  return violations.filter(({ impact }) => ['serious', 'critical'].includes(impact)).map(({ id, nodes }) => `${id}: ${nodes[0].html}`);
}

for (const colorScheme of ['light', 'dark']) {
  test(`the tour leads through the demo, ${colorScheme}`, { timeout: 600_000 }, async () => {
    const { page, close, messages } = await open({ webgpu: false, colorScheme });
    try {
      assert.equal(await at(page, 'tour-offer').count(), 0, 'offered before the demo');
      await at(page, 'try-demo').click();
      await phase(page, 'score', 'ready', 400_000);
      assert.equal(await at(page, 'tour').count(), 0, 'it began by itself');
      await at(page, 'tour-start').click();
      for (const [place, name] of STOPS.entries()) {
        await page.waitForFunction((name) => document.body.dataset.tour === name, name);
        assert.equal(await stop(page), name);
        assert.match(await at(page, 'tour-title').innerText(), new RegExp(`^Tour ${place + 1} of 5: `));
        const outline = await at(page, OUTLINED[name]).first().evaluate((element) => getComputedStyle(element).outlineStyle);
        assert.equal(outline, 'solid', name);
        assert.deepEqual(await axe(page), [], name);
        if (KEEP) await page.screenshot({ path: join(KEEP, `tour-${colorScheme}-${name}.png`) });
        assert.equal(await at(page, 'explore-progress').count(), 0, 'the tour asked by itself');
        if (place < STOPS.length - 1) await at(page, 'tour-next').click();
      }
      await at(page, 'tour-back').click();
      assert.equal(await stop(page), 'ask');
      assert.match(await at(page, 'ask-text').inputValue(), /immunoglobulin/);
      await at(page, 'tour-next').click();
      await at(page, 'tour-next').click();
      assert.equal(await at(page, 'tour').count(), 0);
      assert.equal(await page.evaluate(() => document.body.dataset.tour ?? ''), '');
      // It can be taken again, but is not put forward any more.
      assert.equal(await at(page, 'tour-decline').count(), 0);
      await at(page, 'tour-start').waitFor();
      assert.deepEqual(messages.filter((message) => message.startsWith('pageerror')), []);
    } finally {
      await close();
    }
  });
}

test('the keyboard alone takes the tour, and Escape ends it', { timeout: 600_000 }, async () => {
  const { page, close } = await open({ webgpu: false });
  try {
    await at(page, 'try-demo').click();
    await phase(page, 'score', 'ready', 400_000);
    await at(page, 'tour-start').focus();
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.activeElement?.dataset.testid === 'tour-title');
    await page.keyboard.press('Tab');
    assert.equal(await focused(page), 'tour-next');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Enter');
    assert.equal(await stop(page), 'compare');
    assert.equal(await focused(page), 'tour-next');
    await page.keyboard.press('Escape');
    await at(page, 'tour').waitFor({ state: 'detached' });
    await page.waitForFunction(() => document.activeElement?.dataset.testid === 'tour-start');
    await page.reload();
    await at(page, 'try-demo').click();
    await at(page, 'tour-start').waitFor(LONG);
    assert.equal(await at(page, 'tour-decline').count(), 0, 'what was closed is put forward again');
  } finally {
    await close();
  }
});

test('what the tour prepares is answered, reported and repeated', { timeout: 900_000 }, async () => {
  const { page, close, messages } = await open({ webgpu: false });
  try {
    await at(page, 'try-demo').click();
    await phase(page, 'score', 'ready', 400_000);
    await at(page, 'tour-start').click();
    await at(page, 'tour-next').click();
    await at(page, 'tour-next').click();
    await at(page, 'explore-run').click();
    await at(page, 'compare-report').waitFor(LONG);
    await at(page, 'tour-next').click();
    await at(page, 'explore-run').click();
    await at(page, 'ask-report').waitFor(LONG);
    await at(page, 'tour-close').click();
    await at(page, 'tab-path').click();
    await at(page, 'path-root').selectOption('column:bulk_labels');
    await at(page, 'path-root-class').selectOption('CD34+');
    await at(page, 'explore-run').click();
    await at(page, 'path-report').waitFor(LONG);

    const report = readFileSync((await save(page, 'save-report-html')).path, 'utf8');
    for (const part of ['CD19+ B against', 'CD79A', 'Cells like', 'Path from CD34+', 'hypergeometric', 'PAGA, model v1.2', 'Repeat in scanpy', 'Haghverdi']) {
      assert.ok(report.includes(part), part);
    }
    assert.ok(!report.includes('<script') && !report.includes('NaN'));
    const script = await save(page, 'save-scanpy');
    assert.equal(script.name, 'repeat.py');
    const text = readFileSync(script.path, 'utf8');
    for (const part of ['sc.tl.rank_genes_groups', 'sc.tl.dpt', 'sc.tl.paga', 'CD19+ B', 'metric="cosine"']) assert.ok(text.includes(part), part);
    if (KEEP) {
      writeFileSync(join(KEEP, 'report.html'), report);
      copyFileSync(script.path, join(KEEP, 'repeat.py'));
      const data = await save(page, 'save-h5ad');
      copyFileSync(data.path, join(KEEP, data.name));
    }
    assert.deepEqual(messages.filter((message) => message.startsWith('pageerror')), []);
  } finally {
    await close();
  }
});
