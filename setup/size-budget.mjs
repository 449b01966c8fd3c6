// Prints what the page weighs and fails above the budget, or if a module has a relaxed-SIMD opcode:
// Safari refuses such a module whole.
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const BUDGET = 3_000_000; // bytes of all wasm, gzipped
const folder = process.argv[2] ?? 'dist';
let total = 0;
for (const name of readdirSync(folder).filter((name) => /\.(wasm|js|css|html)$/.test(name))) {
  const bytes = readFileSync(join(folder, name));
  const packed = gzipSync(bytes, { level: 9 }).length;
  console.log(`${name.padEnd(44)} ${String(bytes.length).padStart(9)} bytes ${String(packed).padStart(9)} gzipped`);
  if (!name.endsWith('.wasm')) continue;
  total += packed;
  refuseRelaxedSimd(join(folder, name));
}
console.log(`all wasm, gzipped: ${total} bytes of ${BUDGET}`);
if (total > BUDGET) {
  console.error('over the budget');
  process.exit(1);
}

// Reads the module with every feature that we use, and not with that one.
function refuseRelaxedSimd(file) {
  const features = ['simd', 'bulk-memory', 'nontrapping-float-to-int', 'sign-ext', 'mutable-globals', 'reference-types', 'multivalue'];
  const flags = ['--mvp-features', ...features.map((feature) => `--enable-${feature}`)];
  const { status, stderr, error } = spawnSync('wasm-opt', [file, ...flags, '-o', '/dev/null'], { encoding: 'utf8' });
  if (status === 0) return;
  console.error(`${file}: uses an opcode beyond ${features.join(', ')} (relaxed SIMD?)\n${error ?? stderr.slice(0, 2000)}`);
  process.exit(1);
}
