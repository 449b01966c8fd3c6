// Neighbours, clusters and UMAP of 20,000 cells beside scran.js, on the same components.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { adjustedRand, ratio, rounds, spread } from './measure.mjs';

const K = 15; // neighbours, the cell itself counted as scanpy does
const EPOCHS = 200;
const MIN_DIST = 0.5;
const RECALL_STEP = 40;

/** One of our steps: its time, and the time of each of its stages. */
async function step(page, command) {
  const { millis, stages, report, wasmBytes } = await page.call('ours', command);
  let before = 0;
  const parts = {};
  for (const [unit, end] of Object.entries(stages).sort((a, b) => a[1] - b[1])) {
    parts[unit] = end - before;
    before = end;
  }
  return { millis, parts, report, wasmBytes };
}

const view = 'Pca';
const oursNeighbors = (page) => step(page, { FindNeighbors: { view, settings: { n_neighbors: K } } });
const oursClusters = (page) => step(page, { Cluster: { view, settings: { resolution: 1.0, seed: 0 } } });
const oursUmap = (page) => step(page, { Umap: { view, settings: { min_dist: MIN_DIST, spread: 1.0, n_epochs: EPOCHS, seed: 0 } } });

const peerNeighbors = (page, approximate) => page.call('peer', { neighbors: { k: K - 1, approximate } });
const peerRows = (page) => page.call('peer', { indices: { k: K - 1, step: RECALL_STEP } });

/** Share of the exact neighbours that the approximate search finds. */
function recall(exact, found) {
  const shared = exact.map((row, at) => row.filter((cell) => found[at].includes(cell)).length / row.length);
  return shared.reduce((sum, share) => sum + share, 0) / shared.length;
}

/** Share of the exact neighbours in what ours saves, told by Python in double precision. */
async function oursRecall(page) {
  const folder = mkdtempSync(join(tmpdir(), 'lexicell-bench-'));
  const file = join(folder, 'saved.h5ad');
  writeFileSync(file, Buffer.from(await page.call('saved'), 'base64'));
  const script = join(import.meta.dirname, 'check_neighbors.py');
  const run = spawnSync(process.env.BENCH_PYTHON, [script, file, String(RECALL_STEP)], { encoding: 'utf8' });
  rmSync(folder, { recursive: true, force: true });
  if (run.status !== 0) throw new Error(run.stderr);
  return Number(run.stdout);
}

const figures = (runs, figure) => spread(runs.map(figure));

/** Ours beside a peer's: times, ratio. */
function pair(ours, peer) {
  return { millis: { ours, peer }, ratio: ratio(ours, peer) };
}

/** Every step `repeats` times, ours and the peer's in turn. */
export async function cells(page, { file, repeats, log }) {
  await page.call('startOurs', '/dist/');
  const { report, millis: openMillis } = await page.call('openUrl', file);
  const pca = await step(page, { ComputePca: { n_top_genes: 2000, n_comps: 50, seed: 0 } });
  const { n, dim } = await page.call('keepComponents');
  const kinds = await page.call('labels', 'type');
  log(`  ${n} cells, ${report.n_vars} genes; opened in ${Math.round(openMillis)} ms, ${dim} components in ${Math.round(pca.millis)} ms`);
  await page.call('startPeer', 'scran-worker.mjs');
  await page.call('giveComponents');
  let recalled = null;
  const told = (name, run) => async () => {
    const found = await run();
    log(`  ${name}: ${Math.round(found.millis)} ms`);
    return found;
  };
  const runs = await rounds(repeats, {
    neighbors: told('neighbours, ours', () => oursNeighbors(page)),
    approximate: told('neighbours, scran.js, approximate', async () => {
      const found = await peerNeighbors(page, true);
      recalled ??= await peerRows(page);
      return found;
    }),
    exact: told('neighbours, scran.js, exact', () => peerNeighbors(page, false)),
    clusters: told('clusters, ours', () => oursClusters(page)),
    graph: told('shared-neighbour graph, scran.js', () => page.call('peer', { graph: { k: K - 1 } })),
    leiden: told('Leiden, scran.js', () => page.call('peer', { cluster: { method: 'leiden' } })),
    multilevel: told('multi-level, scran.js', () => page.call('peer', { cluster: { method: 'multilevel' } })),
    umap: told('UMAP, ours', () => oursUmap(page)),
    peerUmap: told('UMAP, scran.js', () => page.call('peer', { umap: { k: K - 1, epochs: EPOCHS, minDist: MIN_DIST } })),
  });
  const shareFound = recall(await peerRows(page), recalled);
  const shareOfOurs = await oursRecall(page);
  log(`  recall of neighbours: ours ${shareOfOurs}, scran.js approximate ${shareFound}`);
  const clustersOfOurs = await page.call('labels', 'leiden_pca');
  const wasmBytes = (of) => Math.max(...of.flat().map((run) => run.wasmBytes));
  await page.call('stop');

  const whole = (run) => run.millis;
  const withGraph = (method) => spread(runs.graph.map((graph, at) => graph.millis + runs[method][at].millis));
  const total = spread(runs.neighbors.map((_, at) => runs.neighbors[at].millis + runs.clusters[at].millis + runs.umap[at].millis));
  const peerTotal = (neighbors) => spread(runs.graph.map((_, at) => runs[neighbors][at].millis + runs.graph[at].millis + runs.leiden[at].millis + runs.peerUmap[at].millis));
  const search = figures(runs.neighbors, (run) => run.parts.cells);
  const laid = figures(runs.umap, (run) => run.millis - (run.parts['cells judged'] ?? 0));
  return {
    cells: n,
    genes: Number(report.n_vars),
    components: dim,
    open_millis: openMillis,
    pca_millis: pca.millis,
    comparisons: {
      'neighbours, exact (ours with the weighted graph)': pair(figures(runs.neighbors, whole), figures(runs.exact, whole)),
      'neighbours, exact, the search alone': pair(search, figures(runs.exact, whole)),
      'neighbours, ours exact, scran.js approximate': pair(search, figures(runs.approximate, whole)),
      'clusters: Leiden (scran.js with its graph)': pair(figures(runs.clusters, whole), withGraph('leiden')),
      'clusters: Leiden alone': pair(figures(runs.clusters, whole), figures(runs.leiden, whole)),
      'clusters: ours Leiden, scran.js multi-level with its graph': pair(figures(runs.clusters, whole), withGraph('multilevel')),
      'UMAP (ours with its trustworthiness)': pair(figures(runs.umap, whole), figures(runs.peerUmap, whole)),
      'UMAP, the layout alone': pair(laid, figures(runs.peerUmap, whole)),
      'neighbours + clusters + UMAP, exact': pair(total, peerTotal('exact')),
      'neighbours + clusters + UMAP, scran.js approximate': pair(total, peerTotal('approximate')),
    },
    stages: {
      ours: { neighbors: runs.neighbors[0].parts, umap: runs.umap[0].parts },
      peer: { exact: runs.exact.map(({ indexed, searched }) => ({ indexed, searched })), umap: runs.peerUmap.map(({ prepared, laid }) => ({ prepared, laid })) },
    },
    quality: {
      recall: shareOfOurs,
      approximate_recall: shareFound,
      n_clusters: { ours: runs.clusters[0].report.sizes.length, leiden: new Set(runs.leiden[0].labels).size, multilevel: new Set(runs.multilevel[0].labels).size },
      adjusted_rand: { ours: adjustedRand(clustersOfOurs, kinds), leiden: adjustedRand(runs.leiden[0].labels, kinds), multilevel: adjustedRand(runs.multilevel[0].labels, kinds) },
      trustworthiness: runs.umap[0].report.trustworthiness,
    },
    peak_wasm_bytes: {
      ours: wasmBytes([runs.neighbors, runs.clusters, runs.umap]),
      peer: wasmBytes([runs.exact, runs.approximate, runs.graph, runs.leiden, runs.multilevel, runs.peerUmap]),
    },
  };
}
