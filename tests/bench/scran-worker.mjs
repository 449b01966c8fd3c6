// scran.js in a worker of its own, one thread.
let scran;

const state = { components: null, index: {}, neighbors: null, graph: null };

function timed(work) {
  const began = performance.now();
  const made = work();
  return [performance.now() - began, made];
}

function neighbors({ k, approximate }) {
  const { n, dim, values } = state.components;
  const [indexed, index] = timed(() => scran.buildNeighborSearchIndex(values, { numberOfDims: dim, numberOfCells: n, approximate }));
  const [searched, found] = timed(() => scran.findNearestNeighbors(index, k));
  index.free();
  state.neighbors?.free();
  state.neighbors = found;
  return { millis: indexed + searched, indexed, searched };
}

function graph({ k }) {
  state.graph?.free();
  const [millis, made] = timed(() => scran.buildSnnGraph(state.neighbors, { neighbors: k }));
  state.graph = made;
  return { millis };
}

function cluster({ method }) {
  const options = method === 'leiden' ? { method, leidenObjective: 'modularity' } : { method };
  const [millis, made] = timed(() => scran.clusterGraph(state.graph, options));
  const labels = Array.from(made.membership());
  made.free();
  return { millis, labels };
}

function umap({ k, epochs, minDist }) {
  const [prepared, status] = timed(() => scran.initializeUmap(state.neighbors, { neighbors: k, epochs, minDist }));
  const [laid] = timed(() => status.run());
  status.free();
  return { millis: prepared + laid, prepared, laid };
}

/** Indices of the neighbours found last, of every `step`-th cell. */
function indices({ k, step }) {
  const all = state.neighbors.serialize().indices;
  const rows = [];
  for (let row = 0; row * k < all.length; row += step) rows.push(Array.from(all.subarray(row * k, (row + 1) * k)));
  return rows;
}

const commands = {
  start: async () => {
    scran = await import('/peers/scran.js/browser/index.js');
    return scran.initialize({ numberOfThreads: 1 });
  },
  components: (given) => { state.components = given; return true; },
  neighbors, graph, cluster, umap, indices,
};

self.onmessage = async ({ data }) => {
  const [[name, given]] = Object.entries(data);
  try {
    const result = await commands[name](given);
    self.postMessage({ result: typeof result === 'object' && !Array.isArray(result) ? { ...result, wasmBytes: scran.heapSize() } : result });
  } catch (error) {
    self.postMessage({ error: String(error?.message ?? error) });
  }
};
