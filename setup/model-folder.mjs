// Prints a folder with the default model as published (single precision), put together from the
// downloads that `make assets` keeps; prints nothing where they are not there.
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, join } from 'node:path';

const cache = process.env.LEXICELL_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'lexicell');
const manifest = JSON.parse(readFileSync(join(import.meta.dirname, '../assets/manifest.json'), 'utf8'));
const model = manifest.models.find((model) => model.default);
const parts = model.files.map(({ path, alternatives }) => {
  const sha256 = alternatives.map((alternative) => alternative.sha256).find(Boolean);
  return { path, source: join(cache, 'files', sha256.slice(0, 16), basename(path)) };
});
if (parts.every(({ source }) => existsSync(source))) {
  const folder = join(cache, 'model-folder');
  rmSync(folder, { recursive: true, force: true });
  for (const { path, source } of parts) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    symlinkSync(source, join(folder, path));
  }
  console.log(folder);
}
