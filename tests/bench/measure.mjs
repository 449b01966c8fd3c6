// Repeats, their spread, and how two sides compare.

/** Smallest, middle and largest of some figures. */
export function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const median = (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2;
  return { min: sorted[0], median, max: sorted.at(-1), n: sorted.length };
}

/** Runs every side once in each round, so that a change of the machine's load meets all alike. */
export async function rounds(n, sides) {
  const found = Object.fromEntries(Object.keys(sides).map((name) => [name, []]));
  for (let round = 0; round < n; round++) {
    for (const [name, run] of Object.entries(sides)) found[name].push(await run());
  }
  return found;
}

/** Ours over the peer's, by the medians; below 1 we are faster. */
export const ratio = (ours, peer) => ours.median / peer.median;

/** Of several results, the one with the smallest figure. */
export const best = (items, figure) => items.reduce((least, item) => (figure(item) < figure(least) ? item : least));

/** Cosine of two vectors. */
export function cosine(a, b) {
  const dot = (x, y) => x.reduce((sum, value, at) => sum + value * y[at], 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

/** Adjusted Rand index of two labellings. */
export function adjustedRand(a, b) {
  const count = (keys) => {
    const counts = new Map();
    for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
    return [...counts.values()].reduce((sum, n) => sum + (n * (n - 1)) / 2, 0);
  };
  const both = count(a.map((label, at) => `${label}\t${b[at]}`));
  const [left, right, pairs] = [count(a), count(b), (a.length * (a.length - 1)) / 2];
  const expected = (left * right) / pairs;
  return (both - expected) / ((left + right) / 2 - expected);
}
