// Opens the built page in headless Chromium and records every request that it makes.
import { createRequire } from 'node:module';
import { existsSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { serve } from '../../setup/serve.mjs';

const cache = process.env.LEXICELL_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'lexicell');
const modules = createRequire(join(cache, 'browser', 'node_modules', 'anchor.js'));
const { chromium } = modules('playwright-core');
export const axeSource = () => modules('axe-core').source;

export const root = resolve(import.meta.dirname, '../..');
const DIST = process.env.LEXICELL_DIST ?? join(root, 'dist');

const ALWAYS = ['--headless', '--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
// The software adapter, with what it needs to present on a canvas.
const WEBGPU = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--enable-features=Vulkan', '--use-vulkan=swiftshader', '--use-angle=swiftshader', '--enable-gpu-rasterization'];

/** The two ways in which every test of a result runs. */
export const BACKENDS = [{ name: 'WebGPU', webgpu: true }, { name: 'CPU', webgpu: false }];

/** A real file of the shared data, or null where it is not there. */
export function shared(path) {
  const folder = process.env.LEXICELL_SHARED ?? resolve(root, '../shared/data');
  const file = join(folder, path);
  return existsSync(file) ? file : null;
}

/**
 * Serves the page and opens it.
 * Returns the Playwright page, the requests made so far, what the console said, and `close`.
 */
export async function open({ webgpu, base = '/', viewport = { width: 1440, height: 900 }, colorScheme = 'light' } = {}) {
  const server = await serve(DIST, 0, base);
  const profile = mkdtempSync(join(tmpdir(), 'lexicell-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROME,
    args: [...ALWAYS, ...(webgpu ? WEBGPU : ['--disable-gpu'])],
    viewport,
    colorScheme,
    acceptDownloads: true,
  });
  const page = await context.newPage();
  const requests = [];
  const messages = [];
  context.on('request', (request) => requests.push(request.url()));
  page.on('console', (message) => messages.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => messages.push(`pageerror: ${error.message}`));
  page.setDefaultTimeout(60_000);
  await page.goto(server.url);
  const close = async () => {
    await context.close();
    await server.close();
    rmSync(profile, { recursive: true, force: true });
  };
  return { page, context, server, requests, messages, close };
}

/** The element with that test id. */
export const at = (page, id) => page.getByTestId(id);

/**
 * Insists on the GPU: the page leaves a software adapter alone by itself. Compiling the kernels takes
 * it some ten seconds.
 */
export async function insistOnGpu(page) {
  await at(page, 'try-demo').waitFor();
  await at(page, 'backend').click();
  await at(page, 'use-gpu').click();
  await page.waitForFunction(() => /GPU/.test(document.querySelector('[data-testid=backend-details]')?.textContent ?? ''), null, { timeout: 120_000 });
  await page.keyboard.press('Escape');
}

/** Waits until a stage is in one of these phases; a failure that is not awaited ends the wait. */
export async function phase(page, stage, wanted = 'ready', timeout = 180_000) {
  const end = Date.now() + timeout;
  for (;;) {
    const found = await at(page, `stage-entry-${stage}`).getAttribute('data-phase');
    if (found === wanted) return;
    if (found === 'failed') throw new Error(`${stage} failed: ${await at(page, 'failure').innerText()}`);
    if (Date.now() > end) throw new Error(`${stage} is ${found}, not ${wanted}, after ${timeout} ms`);
    await page.waitForTimeout(100);
  }
}

/** Chooses files as the file dialogue would. */
export const choose = (page, files) => at(page, 'file-input').setInputFiles(files);

/** The text of an element as a number: "1,234" and "95.6 %" alike. */
export async function number(page, id) {
  const text = await at(page, id).first().innerText();
  const found = text.replaceAll(/[\s,\u202f]/g, '').match(/-?\d+(\.\d+)?/);
  if (!found) throw new Error(`${id} holds no number: ${text}`);
  return Number(found[0]);
}

/** Saves by the menu entry and returns the bytes' path. */
export async function save(page, id) {
  await at(page, 'save').click();
  const waiting = page.waitForEvent('download');
  await at(page, id).click();
  const download = await waiting;
  return { name: download.suggestedFilename(), path: await download.path() };
}
