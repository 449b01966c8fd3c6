// Serves a folder on 127.0.0.1 as any static host would: no special headers, the right media types.
// (The benchmark alone asks for headers: its peer needs a cross-origin isolated page.)
// node setup/serve.mjs FOLDER [PORT] [/sub/path/]
import { createServer } from 'node:http';
import { createReadStream, statSync } from 'node:fs';
import { extname, join, normalize, resolve } from 'node:path';

const TYPES = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.mjs': 'text/javascript', '.wasm': 'application/wasm',
  '.css': 'text/css', '.json': 'application/json', '.svg': 'image/svg+xml', '.png': 'image/png',
};

export function serve(folder, port = 0, base = '/', headers = {}) {
  const root = resolve(folder);
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://local').pathname);
    const below = path.startsWith(base) ? normalize('/' + path.slice(base.length)) : null;
    const file = below === null ? null : join(root, below.endsWith('/') ? below + 'index.html' : below);
    let size;
    try {
      const found = statSync(file);
      if (!found.isFile()) throw new Error('not a file');
      size = found.size;
    } catch {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('not found\n');
      return;
    }
    response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream', 'content-length': size, 'cache-control': 'no-cache', ...headers });
    if (request.method === 'HEAD') response.end();
    else createReadStream(file).pipe(response);
  });
  return new Promise((done) => server.listen(port, '127.0.0.1', () => {
    done({ url: `http://127.0.0.1:${server.address().port}${base}`, close: () => new Promise((end) => { server.closeAllConnections(); server.close(end); }) });
  }));
}

if (import.meta.filename === process.argv[1]) {
  const [folder = 'dist', port = '8080', base = '/'] = process.argv.slice(2);
  serve(folder, Number(port), base).then(
    ({ url }) => console.log(`\nLexicell: ${url}\n(Ctrl-C stops it)`),
    (error) => {
      console.error(error.code === 'EADDRINUSE' ? `port ${port} is taken: PORT=8081 make serve` : error.message);
      process.exit(1);
    },
  );
}
