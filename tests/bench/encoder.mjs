// The encoder beside onnxruntime-web: the same weights, the same texts, the same tokens.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { best, cosine, ratio, rounds, spread } from './measure.mjs';

/** Cells that express one gene each: their embeddings are the genes' vectors. */
function table(genes) {
  const rows = genes.map((_, cell) => [`cell${cell}`, ...genes.map((_, gene) => (gene === cell ? 10 : 0))]);
  return [['cell', ...genes], ...rows].map((row) => row.join(',')).join('\n') + '\n';
}

function tokenIds(texts, model) {
  const assets = join(process.env.LEXICELL_DIST, 'assets');
  const { file } = model.files.find(({ role }) => role === 'tokenizer.json');
  const script = join(import.meta.dirname, 'tokenize_texts.py');
  const run = spawnSync(process.env.BENCH_PYTHON, [script, join(assets, file), String(model.max_tokens)], { input: JSON.stringify(texts), encoding: 'utf8', maxBuffer: 1 << 28 });
  if (run.status !== 0) throw new Error(run.stderr);
  return JSON.parse(run.stdout);
}

/** Ours: opens the genes, embeds them once to load the model, and returns their texts as token ids. */
async function prepareOurs(page, provider, genes, template) {
  const { assets } = await page.call('startOurs', '/dist/');
  // On a software adapter the worker computes on the CPU, which is faster, unless it is told to use it.
  if (provider === 'webgpu') await page.call('ours', { UseGpu: true });
  const human = assets.bundles.find(({ species }) => species === 'human');
  // Without NCBI's summaries (a machine that reaches package registries only) the GO terms are the description.
  const chosen = template ?? (human.n_summaries > 0 ? 'Summary' : 'SummaryAndGo');
  const command = { EmbedGenes: { template: chosen, pooling: 'Mean', use_precomputed: false } };
  const loaded = await page.call('openText', 'genes.csv', table(genes));
  if (Number(loaded.n_obs) !== genes.length || Number(loaded.n_vars) !== genes.length) throw new Error(`read as ${loaded.n_obs} x ${loaded.n_vars}`);
  const mapped = (await page.call('ours', { MapGenes: { species: 'Human', column: null } })).report;
  if (Number(mapped.n_mapped) !== genes.length) throw new Error(`not all mapped: ${mapped.unmapped.map(({ name }) => name)}`);
  const first = await page.call('ours', command);
  if (provider === 'webgpu' && !first.report.backend.WebGpu) throw new Error('ours did not run on WebGPU');
  const texts = [];
  for (const gene of genes) texts.push((await page.call('ours', { DescribeGene: gene })).report.text);
  const ids = tokenIds(texts, assets.models[0]);
  const tokens = ids.reduce((sum, text) => sum + text.length, 0);
  if (tokens !== first.report.n_tokens) throw new Error(`the two sides count tokens differently: ${first.report.n_tokens} and ${tokens}`);
  const vectors = await page.call('geneVectors', genes.length);
  return { command, ids, tokens, vectors, template: chosen, source: human.source, truncated: first.report.n_truncated };
}

async function startPeer(page, provider, graph, ids) {
  return page.call('startPeer', 'ort-worker.mjs', { provider, model: `/onnx/${graph}.onnx`, texts: ids });
}

/** The fastest of the peer's graphs and batch sizes, each tried once after a first run to warm up. */
async function choosePeer(page, provider, ids, sizes, log) {
  const tried = [];
  for (const graph of ['plain', 'fused']) {
    try {
      await startPeer(page, provider, graph, ids);
      await page.call('peer', { batch: sizes[0] });
      for (const batch of sizes) {
        const { millis } = await page.call('peer', { batch });
        tried.push({ graph, batch, millis });
        log(`  onnxruntime-web, ${graph} graph, batches of ${batch}: ${Math.round(millis)} ms`);
      }
    } catch (error) {
      tried.push({ graph, batch: null, millis: Infinity, error: error.message });
      log(`  onnxruntime-web, ${graph} graph: ${error.message}`);
    }
  }
  return { tried, chosen: best(tried, ({ millis }) => millis) };
}

/** Both encoders on the same texts; `repeats` rounds, ours and the peer's best in turn. */
export async function encoder(page, { provider, genes, template, sizes, repeats, log }) {
  const ours = await prepareOurs(page, provider, genes, template);
  log(`  ${genes.length} texts, ${ours.tokens} tokens (${(ours.tokens / genes.length).toFixed(0)} a text, ${ours.truncated} cut), template ${ours.template}`);
  const { tried, chosen } = await choosePeer(page, provider, ours.ids, sizes, log);
  if (!Number.isFinite(chosen.millis)) throw new Error(`onnxruntime-web ran no graph: ${JSON.stringify(tried)}`);
  await startPeer(page, provider, chosen.graph, ours.ids);
  const { vectors } = await page.call('peer', { batch: chosen.batch });
  const cosines = vectors.map((vector, at) => cosine(vector, ours.vectors[at]));
  const runs = await rounds(repeats, {
    ours: () => page.call('ours', ours.command),
    peer: () => page.call('peer', { batch: chosen.batch }),
  });
  await page.call('stop');
  const millis = { ours: spread(runs.ours.map((run) => run.millis)), peer: spread(runs.peer.map((run) => run.millis)) };
  log(`  ours ${Math.round(millis.ours.median)} ms, onnxruntime-web ${Math.round(millis.peer.median)} ms, least cosine ${Math.min(...cosines).toFixed(6)}`);
  return {
    texts: genes.length,
    tokens: ours.tokens,
    truncated: ours.truncated,
    template: ours.template,
    source: ours.source,
    backend: runs.ours[0].report.backend,
    peer_choice: { graph: chosen.graph, batch: chosen.batch },
    peer_tried: tried,
    millis,
    ratio: ratio(millis.ours, millis.peer),
    tokens_per_second: { ours: (1000 * ours.tokens) / millis.ours.median, peer: (1000 * ours.tokens) / millis.peer.median },
    peak_wasm_bytes: { ours: Math.max(...runs.ours.map((run) => run.wasmBytes)), peer: Math.max(...runs.peer.map((run) => run.wasmBytes)) },
    least_cosine: Math.min(...cosines),
  };
}
