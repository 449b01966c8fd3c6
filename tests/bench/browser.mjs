// A browser on a cross-origin isolated page of ours, with the built page, the peers and the data beside it.
import { createRequire } from 'node:module';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { serve } from '../../setup/serve.mjs';

const HOME = process.env.BENCH_HOME;
const modules = createRequire(join(HOME, '..', 'browser', 'node_modules', 'anchor.js'));
const { chromium } = modules('playwright-core');

const ALWAYS = ['--headless', '--no-sandbox', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const WEBGPU = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--enable-features=Vulkan', '--use-vulkan=swiftshader', '--use-angle=swiftshader'];
// scran.js shares memory between threads, even with one: such pages must be isolated.
const ISOLATED = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };

/** Opens the page; `call(name, ...given)` runs one of the functions of page.mjs. */
export async function open({ webgpu }) {
  const site = mkdtempSync(join(tmpdir(), 'lexicell-bench-'));
  const mounts = { dist: resolve(process.env.LEXICELL_DIST), peers: join(HOME, 'peers', 'node_modules'), data: join(HOME, 'data'), onnx: join(HOME, 'onnx'), bench: import.meta.dirname };
  for (const [name, folder] of Object.entries(mounts)) symlinkSync(folder, join(site, name));
  const server = await serve(site, 0, '/', ISOLATED);
  const browser = await chromium.launch({ executablePath: process.env.CHROME, args: [...ALWAYS, ...(webgpu ? WEBGPU : ['--disable-gpu'])] });
  const page = await browser.newPage();
  page.on('console', (message) => { if (message.type() === 'error' && !message.text().includes('[W:onnxruntime')) console.error(`  browser: ${message.text()}`); });
  await page.goto(`${server.url}bench/bench.html`);
  await page.waitForFunction(() => 'bench' in window);
  return {
    version: browser.version(),
    call: (name, ...given) => page.evaluate(([name, given]) => window.bench[name](...given), [name, given]),
    async close() {
      await browser.close();
      await server.close();
      rmSync(site, { recursive: true, force: true });
    },
  };
}
