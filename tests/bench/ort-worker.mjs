// onnxruntime-web in a worker of its own, one thread.
import { memoryBytes } from './watch-memory.mjs';

const PEER = new URL('/peers/onnxruntime-web/dist/', import.meta.url).href;
const state = {};

async function start({ provider, model, texts }) {
  const ort = await import(PEER + (provider === 'webgpu' ? 'ort.webgpu.min.mjs' : 'ort.wasm.min.mjs'));
  ort.env.wasm.wasmPaths = PEER;
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = 'error';
  const options = { executionProviders: [provider], graphOptimizationLevel: 'all' };
  Object.assign(state, { ort, texts, session: await ort.InferenceSession.create(model, options) });
  return { version: ort.env.versions?.web ?? null };
}

/** Texts sorted by length, in batches of one size, each padded to its longest text. */
function batches(size) {
  const order = state.texts.map((_, at) => at).sort((a, b) => state.texts[b].length - state.texts[a].length);
  return Array.from({ length: Math.ceil(order.length / size) }, (_, at) => order.slice(at * size, (at + 1) * size));
}

async function encode({ batch }) {
  const { ort, session, texts } = state;
  const vectors = new Array(texts.length);
  const began = performance.now();
  for (const members of batches(batch)) {
    const length = Math.max(...members.map((at) => texts[at].length));
    const ids = new BigInt64Array(members.length * length);
    const mask = new BigInt64Array(members.length * length);
    members.forEach((at, row) => texts[at].forEach((id, column) => {
      ids[row * length + column] = BigInt(id);
      mask[row * length + column] = 1n;
    }));
    const tensor = (values) => new ort.Tensor('int64', values, [members.length, length]);
    const { embedding } = await session.run({ input_ids: tensor(ids), attention_mask: tensor(mask) });
    const values = await embedding.getData();
    const dim = values.length / members.length;
    members.forEach((at, row) => { vectors[at] = Array.from(values.subarray(row * dim, (row + 1) * dim)); });
  }
  return { millis: performance.now() - began, vectors, wasmBytes: memoryBytes() };
}

self.onmessage = async ({ data }) => {
  try {
    self.postMessage({ result: await ('start' in data ? start(data.start) : encode(data)) });
  } catch (error) {
    self.postMessage({ error: String(error?.message ?? error) });
  }
};
