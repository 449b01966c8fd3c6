// What the benchmark's page can do: drive our worker by its own protocol, and the peers' workers beside it.

/** Our worker, started as the page starts it: a module from a blob: URL, bound to the page's origin. */
class Lexicell {
  static async start(base) {
    const at = (name) => JSON.stringify(new URL(name, base).href);
    const source = `self.LEXICELL_BASE = ${JSON.stringify(base)};
      try {
        const { default: init } = await import(${at('worker.js')});
        await init({ module_or_path: ${at('worker_bg.wasm')} });
      } catch (error) {
        self.postMessage({ broken: String(error) });
      }`;
    const made = new Lexicell();
    made.worker = new Worker(URL.createObjectURL(new Blob([source], { type: 'text/javascript' })), { type: 'module' });
    made.waiting = new Map();
    made.lastId = 0;
    made.wasmBytes = 0;
    made.ready = await new Promise((resolve, reject) => {
      made.onReady = resolve;
      made.worker.onerror = (event) => reject(new Error(event.message || 'the worker could not start'));
      made.worker.onmessage = ({ data }) => made.hear(data, reject);
    });
    return made;
  }

  hear({ broken, control, attachments }, reject) {
    if (broken) return reject(new Error(broken));
    const [kind, value] = Object.entries(control)[0];
    if (kind === 'Ready') return this.onReady(value);
    if (kind === 'Memory') this.wasmBytes = Math.max(this.wasmBytes, Number(value.wasm_bytes));
    const request = this.waiting.get(value.id);
    if (kind === 'Failed' && !request) return reject(new Error(value.failure.message));
    if (!request) return;
    if (kind === 'Progress') {
      // A stage is told by its unit; it ends with its last report.
      request.stages[value.unit] = performance.now();
      return;
    }
    this.waiting.delete(value.id);
    if (kind === 'Failed') request.reject(new Error(`${value.failure.message} ${value.failure.causes.join(' ')}`));
    else if (kind === 'Cancelled') request.reject(new Error('cancelled'));
    else request.resolve({ output: value.output, millis: value.millis, stages: request.ends(), attachments });
  }

  /** Sends a command and waits for its answer: what came out, milliseconds, and when each stage ended. */
  ask(command, files = []) {
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      const began = performance.now();
      const stages = {};
      const ends = () => Object.fromEntries(Object.entries(stages).map(([unit, end]) => [unit, end - began]));
      this.waiting.set(id, { resolve, reject, stages, ends });
      this.worker.postMessage({ control: { id, command }, attachments: files });
    });
  }
}

/** A peer's worker: one request at a time, answered by { result } or { error }. */
class Peer {
  constructor(script) {
    this.worker = new Worker(new URL(script, import.meta.url), { type: 'module' });
  }

  ask(message, transfer = []) {
    return new Promise((resolve, reject) => {
      this.worker.onerror = (event) => reject(new Error(event.message || 'the peer could not start'));
      this.worker.onmessage = ({ data }) => ('error' in data ? reject(new Error(data.error)) : resolve(data.result));
      this.worker.postMessage(message, transfer);
    });
  }
}

const held = { ours: null, peer: null, components: null };
const settle = () => new Promise((done) => setTimeout(done, 200));

async function startOurs(base) {
  held.ours?.worker.terminate();
  held.ours = await Lexicell.start(new URL(base, location.href).href);
  return { version: held.ours.ready.version, backend: held.ours.ready.backend.backend, reason: held.ours.ready.backend.reason, assets: held.ours.ready.assets };
}

async function openText(name, text) {
  const { output } = await held.ours.ask('Open', [new File([text], name)]);
  return output.Loaded;
}

async function openUrl(url) {
  const blob = await (await fetch(url)).blob();
  const { output, millis } = await held.ours.ask('Open', [new File([blob], url.split('/').pop())]);
  return { report: output.Loaded, millis };
}

/** One command, its attachments left here. */
async function ours(command) {
  await settle();
  const { output, millis, stages } = await held.ours.ask(command);
  const [[kind, report]] = typeof output === 'string' ? [[output, null]] : Object.entries(output);
  return { kind, report, millis, stages, wasmBytes: held.ours.wasmBytes };
}

/** The saved table of cells, parsed: the columns whose name begins with `prefix`, row after row, and one column as text. */
async function cells(prefix, column = null) {
  const { attachments } = await held.ours.ask({ Save: 'CellsCsv' });
  const lines = new TextDecoder().decode(attachments[0]).split('\r\n').filter(Boolean);
  const names = lines[0].split(',');
  const wanted = names.flatMap((name, at) => (name.startsWith(prefix) ? [at] : []));
  const label = names.indexOf(column);
  const rows = lines.slice(1).map((line) => line.split(','));
  const values = new Float64Array(rows.length * wanted.length);
  rows.forEach((row, at) => wanted.forEach((field, to) => { values[at * wanted.length + to] = Number(row[field]); }));
  return { n: rows.length, dim: wanted.length, values, labels: label < 0 ? null : rows.map((row) => row[label]) };
}

/** The vectors of genes, read back as the embedding of cells that express one gene each. */
async function geneVectors(n) {
  await held.ours.ask({ PoolCells: { top_n: null, weights: 'Uniform', center: false } });
  const { dim, values } = await cells('X_text_');
  return Array.from({ length: n }, (_, row) => Array.from(values.subarray(row * dim, (row + 1) * dim)));
}

/** Centred components of unit length: Euclidean neighbours among these are cosine neighbours, as ours are. */
async function keepComponents() {
  const { n, dim, values } = await cells('X_pca_');
  for (let at = 0; at < dim; at++) {
    let mean = 0;
    for (let row = 0; row < n; row++) mean += values[row * dim + at] / n;
    for (let row = 0; row < n; row++) values[row * dim + at] -= mean;
  }
  for (let row = 0; row < n; row++) {
    const length = Math.hypot(...values.subarray(row * dim, (row + 1) * dim));
    for (let at = row * dim; at < (row + 1) * dim; at++) values[at] /= length;
  }
  held.components = { n, dim, values };
  return { n, dim };
}

async function labels(column) {
  return (await cells('no such column', column)).labels;
}

/** The data set with all results, as base64. */
async function saved() {
  const { attachments } = await held.ours.ask({ Save: 'H5ad' });
  const url = await new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(new Blob([attachments[0]]));
  });
  return url.slice(url.indexOf(',') + 1);
}

async function startPeer(script, options = {}) {
  held.peer?.worker.terminate();
  held.peer = new Peer(script);
  return held.peer.ask({ start: options });
}

async function peer(message) {
  await settle();
  return held.peer.ask(message);
}

function giveComponents() {
  return held.peer.ask({ components: held.components });
}

function stop() {
  held.ours?.worker.terminate();
  held.peer?.worker.terminate();
  held.ours = held.peer = null;
}

window.bench = { startOurs, openText, openUrl, ours, geneVectors, keepComponents, labels, saved, startPeer, peer, giveComponents, stop };
