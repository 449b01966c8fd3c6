// A training of real size in the page: 11,444 cells × 384, 100 epochs. The picture moves, the page stays
// alive, and it ends at once when it is told to.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { at, choose, open, phase, shared } from './page.mjs';

const FILE = 'sc/mouse_MOp_DOT_dedup_11444x500.h5ad';
const EPOCHS = 100;

async function set(page, id, number) {
  await at(page, id).fill(String(number));
  await at(page, id).press('Enter');
}

/** From here on the main thread's tasks over 50 ms are noted. */
async function watchMainThread(page) {
  await page.evaluate(() => {
    globalThis.longTasks = [];
    new PerformanceObserver((list) => globalThis.longTasks.push(...list.getEntries().map((entry) => Math.round(entry.duration)))).observe({ entryTypes: ['longtask'] });
  });
}

/** Milliseconds from a click within the page until the element is there: Playwright's own time is not in it. */
const millisUntil = (page, click, wanted) => page.evaluate(([click, wanted]) => new Promise((resolve) => {
  const find = (id) => document.querySelector(`[data-testid=${id}]`);
  const began = performance.now();
  const look = () => { if (find(wanted)) resolve(performance.now() - began); else setTimeout(look, 2); };
  find(click).click();
  look();
}), [click, wanted]);

/** The picture of the training, once there is something in it. */
async function drawn(page) {
  for (let tries = 0; tries < 120; tries += 1) {
    const picture = await at(page, 'training-canvas').screenshot();
    if (picture.length > 2000) return picture;
    await page.waitForTimeout(500);
  }
  throw new Error('the picture stays empty');
}

test('100 epochs on 11,444 cells: alive, in motion, stopped at once', { timeout: 900_000, skip: shared(FILE) ? false : 'the shared data are not there' }, async () => {
  const { page, close, messages } = await open({ webgpu: false });
  try {
    await at(page, 'try-demo').waitFor();
    await choose(page, [shared(FILE)]);
    await phase(page, 'map', 'ready', 500_000);
    await at(page, 'stage-refine').click();
    await at(page, 'setting-refine-label').selectOption('cell_type');
    await at(page, 'setting-objective').selectOption('supcon');
    await set(page, 'setting-refine-epochs', EPOCHS);
    await at(page, 'refine-more').click();
    await set(page, 'setting-patience', EPOCHS);
    await watchMainThread(page);

    await at(page, 'refine-train').click();
    await at(page, 'training-canvas').waitFor({ timeout: 100_000 });
    const first = await drawn(page);
    const began = Date.now();
    await page.waitForTimeout(10_000);
    const later = await at(page, 'training-canvas').screenshot();
    assert.ok(later.length > 2000, 'the picture is empty');
    assert.notDeepEqual(first, later, 'the picture stands still');
    assert.match(await at(page, 'refine-progress').innerText(), /left|batches/);

    const paused = await millisUntil(page, 'refine-pause', 'refine-go-on');
    console.log(`training on 11,444 cells paused ${Math.round(paused)} ms after the click`);
    assert.ok(paused < 300, `paused after ${paused} ms`);
    await at(page, 'refine-go-on').click();
    await at(page, 'refine-report').waitFor({ timeout: 600_000 });
    console.log(`100 epochs on 11,444 cells, CPU, with the picture: about ${((Date.now() - began) / 1000).toFixed(0)} s`);

    // By the default objective, which pools views of the cells for each batch, it stops as soon.
    await at(page, 'setting-objective').selectOption('mixed');
    await at(page, 'refine-train').click();
    await drawn(page);
    const stopped = await millisUntil(page, 'refine-pause', 'refine-go-on');
    console.log(`with views it paused ${Math.round(stopped)} ms after the click`);
    assert.ok(stopped < 300, `with views paused after ${stopped} ms`);
    const longTasks = await page.evaluate(() => globalThis.longTasks);
    console.log(`main thread: ${longTasks.length} tasks over 50 ms (${longTasks.join(', ')})`);
    // The bound leaves room for a machine whose two cores are busy; on an idle one none is noted.
    assert.ok(longTasks.every((millis) => millis < 200), `tasks of ${longTasks} ms`);
    assert.deepEqual(messages.filter((message) => message.startsWith('pageerror')), []);
  } finally {
    await close();
  }
});
