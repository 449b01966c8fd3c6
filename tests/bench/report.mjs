// The results as a Markdown table.
import { readFileSync, writeFileSync } from 'node:fs';

const [FROM, TO] = ['<!-- results: written by `make bench` -->', '<!-- end of results -->'];

const seconds = (millis) => (millis >= 9950 ? (millis / 1000).toFixed(1) : (millis / 1000).toFixed(2));
const spread = ({ min, median, max }) => `${seconds(median)} (${seconds(min)}–${seconds(max)})`;
const mebibytes = (bytes) => `${Math.round(bytes / 2 ** 20)}`;
const row = (fields) => `| ${fields.join(' | ')} |`;
const compared = (name, { millis, ratio }) => row([name, spread(millis.ours), spread(millis.peer), ratio.toFixed(2)]);

function encoderName(what, { texts, tokens, peer_choice: { graph, batch } }) {
  return `${what}, ${texts} texts, ${tokens} tokens (peer: ${graph} graph, batches of ${batch})`;
}

function memory(name, { peak_wasm_bytes: { ours, peer } }) {
  return row([name, mebibytes(ours), mebibytes(peer), (ours / peer).toFixed(2)]);
}

/** Times, memory and quality of all comparisons. */
export function table({ date, machine, chromium, peers, encoder_cpu, encoder_webgpu, cells }) {
  const rate = ({ tokens_per_second: { ours, peer } }) => `${ours.toFixed(0)} tokens/s, peer ${peer.toFixed(0)}`;
  const { quality } = cells;
  const onGpu = encoder_webgpu.not_run ? [] : [encoder_webgpu];
  const encoders = [['wasm', encoder_cpu], ...onGpu.map((found) => ['WebGPU in software', found])];
  const parts = [...encoders.map(([name, found]) => [name, found, found.millis.ours.n]), ['cells', cells, Object.values(cells.comparisons)[0].millis.ours.n]];
  return [
    `${date}; ${machine}; Chromium ${chromium}; ${peers}. Median (least–most) of the rounds.`,
    '',
    '| seconds | ours | peer | ours / peer |',
    '|---|---|---|---|',
    compared(encoderName('encoder, wasm', encoder_cpu), encoder_cpu),
    ...onGpu.map((found) => compared(encoderName('encoder, WebGPU in software', found), found)),
    ...Object.entries(cells.comparisons).map(([name, pair]) => compared(name, pair)),
    '',
    '| peak of the wasm memory, MiB | ours | peer | ours / peer |',
    '|---|---|---|---|',
    memory('encoder, wasm', encoder_cpu),
    ...onGpu.map((found) => memory('encoder, WebGPU in software (without GPU buffers)', found)),
    memory(`${cells.cells} cells`, cells),
    '',
    `Rounds, and load of the machine after them (about 1 when nothing else runs): ${parts.map(([name, { load }, n]) => `${name} ${n}, load ${load.toFixed(1)}`).join('; ')}.`,
    ...encoders.map(([name, found]) => `Encoder, ${name}: ${rate(found)}; least cosine between the two sides' vectors ${found.least_cosine.toFixed(6)}.`),
    ...(encoder_webgpu.not_run ? [`Encoder on WebGPU: not run (${encoder_webgpu.not_run}).`] : []),
    `Descriptions: ${encoder_cpu.source}; template ${encoder_cpu.template}, ${(encoder_cpu.tokens / encoder_cpu.texts).toFixed(0)} tokens a text.`,
    `Clusters found and adjusted Rand index with the 12 true types: ours ${quality.n_clusters.ours}, ${quality.adjusted_rand.ours.toFixed(3)}; scran.js Leiden ${quality.n_clusters.leiden}, ${quality.adjusted_rand.leiden.toFixed(3)}; scran.js multi-level ${quality.n_clusters.multilevel}, ${quality.adjusted_rand.multilevel.toFixed(3)}. Recall of the exact neighbours: ours ${quality.recall.toFixed(4)}, scran.js's approximate search ${quality.approximate_recall.toFixed(3)}. Trustworthiness of our UMAP: ${quality.trustworthiness.toFixed(3)}.`,
    `Ours, not compared: opening the h5ad ${seconds(cells.open_millis)} s, PCA ${seconds(cells.pca_millis)} s.`,
  ].join('\n');
}

/** Puts the table between its marks. */
export function intoReadme(path, made) {
  const text = readFileSync(path, 'utf8');
  const [from, to] = [text.indexOf(FROM), text.indexOf(TO)];
  if (from < 0 || to < from) throw new Error(`${path} lacks the marks of the results`);
  writeFileSync(path, `${text.slice(0, from + FROM.length)}\n${made}\n${text.slice(to)}`);
}
