// Nothing leaves the page's origin: every request is recorded, the policy binds page and worker, the
// page works under a sub-path, and without a network after the first visit.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BACKENDS, at, open, phase } from './page.mjs';

for (const { name, webgpu } of BACKENDS) {
  test(`under a sub-path, the demo asks for the page's own files only: ${name}`, { timeout: 400_000 }, async () => {
    const { page, server, requests, close } = await open({ webgpu, base: '/lab/tools/lexicell/' });
    try {
      await at(page, 'try-demo').click();
      await phase(page, 'map', 'ready', 300_000);
      const foreign = requests.filter((url) => !url.startsWith(server.url) && !url.startsWith(`blob:${new URL(server.url).origin}`));
      assert.deepEqual(foreign, []);
      assert.ok(requests.length > 5, `only ${requests.length} requests seen: is the recorder at work?`);
    } finally {
      await close();
    }
  });
}

test('the policy blocks page and worker alike from another origin', { timeout: 120_000 }, async () => {
  const { page, requests, close } = await open({ webgpu: false });
  try {
    await at(page, 'try-demo').waitFor();
    await at(page, 'privacy').click();
    await at(page, 'leak-test').click();
    await page.waitForFunction(() => document.querySelector('[data-testid=leak-verdict]').children.length >= 2);
    const verdict = await at(page, 'leak-verdict').innerText();
    assert.doesNotMatch(verdict, /not blocked|was sent/i);
    assert.match(verdict, /blocked/i);
    const policy = await page.locator('meta[http-equiv=Content-Security-Policy]').getAttribute('content');
    assert.match(policy, /default-src 'none'/);
    assert.match(policy, /connect-src 'self'(;|$)/);
    assert.doesNotMatch(policy, /unsafe-inline|'unsafe-eval'|\*/);
    assert.deepEqual(requests.filter((url) => url.includes('example.invalid')), []);
  } finally {
    await close();
  }
});

test('after the first visit the page starts without a network', { timeout: 300_000 }, async () => {
  const { page, context, server, close } = await open({ webgpu: false });
  try {
    await at(page, 'try-demo').click();
    await phase(page, 'embed', 'ready', 200_000);
    await page.waitForFunction(() => navigator.serviceWorker.ready.then(() => true));
    await page.reload();
    await at(page, 'try-demo').waitFor();
    await at(page, 'try-demo').click();
    await phase(page, 'embed', 'ready', 200_000);
    await server.close();
    await context.setOffline(true);
    await page.reload();
    await at(page, 'try-demo').click();
    await phase(page, 'map', 'ready', 200_000);
  } finally {
    await close();
  }
});

test('what the browser has no room to keep is not said to work without a network', { timeout: 120_000 }, async () => {
  const { page, context, close } = await open({ webgpu: false });
  try {
    await at(page, 'offline-badge').waitFor();
    const [worker] = context.serviceWorkers();
    await worker.evaluate(() => {
      Cache.prototype.put = () => Promise.reject(new DOMException('full', 'QuotaExceededError'));
    });
    await at(page, 'try-demo').click();
    await at(page, 'offline-badge').waitFor({ state: 'detached' });
    await at(page, 'privacy').click();
    assert.match(await at(page, 'offline-state').innerText(), /no room/i);
  } finally {
    await close();
  }
});
