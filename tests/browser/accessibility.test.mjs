// No serious violation that axe can find, in either theme, before and after the demo; every control is
// within reach of the keyboard.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { at, axeSource, open, phase } from './page.mjs';

async function violations(page) {
  // The policy allows no script from elsewhere: axe is handed over by the debugger.
  await page.evaluate(axeSource());
  const { violations: found } = await page.evaluate(() => globalThis.axe.run());
  return found.filter(({ impact }) => impact === 'serious' || impact === 'critical').map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ html }) => html).join(' | ')}`);
}

for (const colorScheme of ['light', 'dark']) {
  test(`axe finds nothing serious, ${colorScheme}`, { timeout: 500_000 }, async () => {
    const { page, close } = await open({ webgpu: false, colorScheme });
    try {
      await at(page, 'try-demo').waitFor();
      assert.deepEqual(await violations(page), []);
      await at(page, 'try-demo').click();
      await phase(page, 'score', 'ready', 400_000);
      for (const stage of ['data', 'genes', 'embed', 'map', 'score']) {
        await at(page, `stage-${stage}`).click();
        await at(page, `meanings-${stage}`).click();
        await page.waitForTimeout(200);
        assert.deepEqual(await violations(page), [], stage);
      }
      await at(page, 'stage-refine').click();
      assert.deepEqual(await violations(page), [], 'refine, before');
      await at(page, 'setting-refine-label').selectOption('bulk_labels');
      await at(page, 'setting-refine-epochs').fill('3');
      await at(page, 'setting-refine-epochs').press('Enter');
      await at(page, 'refine-train').click();
      await phase(page, 'refine', 'ready', 200_000);
      await at(page, 'meanings-refine').click();
      assert.deepEqual(await violations(page), [], 'refine, after');
    } finally {
      await close();
    }
  });
}

test('the keyboard alone starts the demo and reaches the map', { timeout: 300_000 }, async () => {
  const { page, close } = await open({ webgpu: false });
  try {
    await at(page, 'try-demo').focus();
    await page.keyboard.press('Enter');
    await phase(page, 'map', 'ready', 250_000);
    for (let press = 0; press < 120; press += 1) {
      await page.keyboard.press('Tab');
      const id = await page.evaluate(() => document.activeElement?.dataset.testid ?? '');
      if (id === 'map-canvas' || id === 'map') return;
    }
    assert.fail('120 presses of Tab did not reach the map');
  } finally {
    await close();
  }
});
