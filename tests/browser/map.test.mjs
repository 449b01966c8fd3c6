// The map's canvas: what draws on it, other layouts, and the layout that a file brings along.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { at, BACKENDS, insistOnGpu, open, phase } from './page.mjs';

const bad = (messages) => messages.filter((message) => message.startsWith('pageerror'));

/** Waits until the canvas differs from an earlier picture; names over it are hidden, since they move by themselves. */
async function differs(page, before) {
  const end = Date.now() + 20_000;
  for (;;) {
    const now = await picture(page);
    if (!now.equals(before)) return now;
    assert.ok(Date.now() < end, 'the picture stays the same');
    await page.waitForTimeout(200);
  }
}

async function picture(page) {
  await page.evaluate(() => {
    for (const id of ['map-labels', 'map-graph']) document.querySelector(`[data-testid=${id}]`).style.visibility = 'hidden';
  });
  return at(page, 'map-canvas').screenshot();
}

for (const { name, webgpu } of BACKENDS) {
  test(`the map draws another layout, moves and comes back: ${name}`, { timeout: 600_000 }, async () => {
    const { page, close, messages } = await open({ webgpu });
    try {
      const drawnBy = (renderer) => page.waitForFunction((renderer) => document.querySelector('[data-testid=map-canvas]').dataset.renderer === renderer, renderer, { timeout: 60_000 });
      await at(page, 'try-demo').waitFor();
      await drawnBy('Canvas2d');
      if (webgpu) {
        // The CPU's canvas gives way to another one.
        await insistOnGpu(page);
        await drawnBy('WebGpu');
      }
      await at(page, 'try-demo').click();
      await phase(page, 'map', 'ready', 400_000);
      await at(page, 'stage-map').click();
      await page.waitForTimeout(500);
      const text = await picture(page);
      await at(page, 'layout-select').selectOption({ label: 'UMAP of expression (PCA)' });
      const expression = await differs(page, text);
      // Other colours, on the map and in its legend.
      const swatch = () => at(page, 'legend-class').first().locator('.swatch').getAttribute('style');
      await at(page, 'palette-select').selectOption('tol-muted');
      await differs(page, expression);
      assert.match(await swatch(), /204, 102, 119|cc6677/);
      await at(page, 'palette-select').selectOption('okabe-ito');
      await at(page, 'zoom-in').click();
      await differs(page, expression);
      await at(page, 'zoom-fit').click();
      const { x, y, width, height } = await at(page, 'map-canvas').boundingBox();
      await page.waitForTimeout(500);
      const still = await picture(page);
      await page.mouse.move(x + width / 2, y + height / 2);
      await page.mouse.down();
      await page.mouse.move(x + width / 2 + 90, y + height / 2 + 60, { steps: 20 });
      await page.mouse.up();
      await page.mouse.move(x + 5, y + 5);
      await differs(page, still);
      assert.deepEqual(bad(messages), []);
    } finally {
      await close();
    }
  });
}
