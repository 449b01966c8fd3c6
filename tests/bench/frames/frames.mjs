// Drags the map of 1,000, 50,000 and 200,000 cells for some seconds and counts what the worker draws.
// node frames.mjs FOLDER (through run.sh, which writes the data sets there).
import { join } from 'node:path';
import { at, choose, insistOnGpu, open } from '../../browser/page.mjs';

const SECONDS = 4;
const [folder] = process.argv.slice(2);

/** Notes in the worker when a picture is done: handed to the 2-D canvas, or to the GPU. */
function watchPictures() {
  globalThis.pictures = [];
  const note = () => globalThis.pictures.push(performance.now());
  const put = OffscreenCanvasRenderingContext2D.prototype.putImageData;
  OffscreenCanvasRenderingContext2D.prototype.putImageData = function (...given) {
    put.apply(this, given);
    note();
  };
  if (!globalThis.GPUQueue) return;
  const submit = GPUQueue.prototype.submit;
  GPUQueue.prototype.submit = function (...given) {
    submit.apply(this, given);
    note();
  };
}

/** Drags the map in a circle, a step with each frame of the page, and counts those frames. */
function drag(seconds) {
  return new Promise((done) => {
    const canvas = document.querySelector('[data-testid=map-canvas]');
    const { left, top, width, height } = canvas.getBoundingClientRect();
    const tell = (kind, step) => {
      const [x, y] = [width / 2 + 100 * Math.sin(step / 20), height / 2 + 60 * Math.cos(step / 20)];
      canvas.dispatchEvent(new PointerEvent(kind, { bubbles: true, pointerId: 1, button: 0, buttons: 1, clientX: left + x, clientY: top + y }));
    };
    tell('pointerdown', 0);
    const began = performance.now();
    let step = 0;
    const move = () => {
      step += 1;
      tell('pointermove', step);
      if (performance.now() - began < 1000 * seconds) requestAnimationFrame(move);
      else {
        tell('pointerup', step);
        done(step);
      }
    };
    requestAnimationFrame(move);
  });
}

/** Pictures a second, and the gaps between them in milliseconds. */
function rate(times) {
  const gaps = times.slice(1).map((time, place) => time - times[place]).sort((a, b) => a - b);
  const share = (part) => gaps[Math.floor((gaps.length - 1) * part)];
  return { pictures: times.length / SECONDS, median: share(0.5), p95: share(0.95) };
}

async function measure(cells, webgpu) {
  const { page, close } = await open({ webgpu });
  try {
    if (webgpu) await insistOnGpu(page);
    await choose(page, [join(folder, `${cells}.h5ad`)]);
    await at(page, 'stage-map').click();
    await at(page, 'color-select').locator('option', { hasText: 'type' }).waitFor({ state: 'attached' });
    // The page's own steps would take the processor.
    if (await at(page, 'cancel').count()) await at(page, 'cancel').click();
    await at(page, 'cancel').waitFor({ state: 'detached' });
    await at(page, 'color-select').selectOption('type');
    await page.waitForTimeout(1500);
    const [worker] = page.workers();
    await worker.evaluate(watchPictures);
    const steps = await page.evaluate(drag, SECONDS);
    const times = await worker.evaluate(() => globalThis.pictures);
    return { renderer: await at(page, 'map-canvas').getAttribute('data-renderer'), steps: steps / SECONDS, ...rate(times) };
  } finally {
    await close();
  }
}

console.log('| cells | drawn by | pictures a second | milliseconds between them, median (95 %) | steps of the drag a second |');
console.log('|---|---|---|---|---|');
for (const cells of [1000, 50_000, 200_000]) {
  for (const webgpu of [false, true]) {
    const { renderer, pictures, median, p95, steps } = await measure(cells, webgpu);
    console.log(`| ${cells.toLocaleString('en')} | ${renderer} | ${pictures.toFixed(0)} | ${median.toFixed(0)} (${p95.toFixed(0)}) | ${steps.toFixed(0)} |`);
  }
}
