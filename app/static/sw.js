// Keeps what the page fetched from its own origin, so that it works without a network afterwards.
// Files whose name or query carries a hash never change: the cache answers. All others are asked
// from the network first. Nothing of another origin is touched.
const PAGE = "lexicell-page-__BUILD__";
const ASSETS = "lexicell-assets";

const isHashed = (url) => /[-.][0-9a-f]{8,}[-._]/.test(url.pathname) || url.searchParams.has("v");
const isAsset = (url) => url.pathname.startsWith(new URL("assets/", self.registration.scope).pathname);
const cacheFor = (url) => caches.open(isAsset(url) ? ASSETS : PAGE);
const isOurs = (url) => url.href.startsWith(self.registration.scope);

self.addEventListener("install", () => self.skipWaiting());

self.addEventListener("activate", (event) => event.waitUntil((async () => {
  for (const name of await caches.keys()) {
    if (name.startsWith("lexicell-page-") && name !== PAGE) await caches.delete(name);
  }
  await self.clients.claim();
})()));

// The page names what it fetched before this worker watched.
self.addEventListener("message", (event) => {
  const urls = Array.isArray(event.data?.keep) ? event.data.keep : [];
  event.waitUntil(Promise.all(urls.map((text) => keep(new URL(text))))
    .then((kept) => event.ports[0]?.postMessage({ kept: kept.every(Boolean) })));
});

async function keep(url) {
  url.hash = "";
  if (!isOurs(url)) return true;
  const cache = await cacheFor(url);
  if (await cache.match(url.href)) return true;
  try {
    const answer = await fetch(url.href);
    if (answer.ok) await cache.put(url.href, answer);
    return answer.ok;
  } catch {
    return false;
  }
}

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || !isOurs(url) || event.request.headers.has("range")) return;
  event.respondWith(isHashed(url) ? cacheFirst(event, url) : networkFirst(event, url));
});

async function cacheFirst(event, url) {
  const cache = await cacheFor(url);
  return (await cache.match(url.href)) ?? fetchAndKeep(event, url, cache);
}

async function networkFirst(event, url) {
  const cache = await cacheFor(url);
  try {
    return await fetchAndKeep(event, url, cache);
  } catch (error) {
    const kept = await cache.match(url.href);
    if (kept) return kept;
    throw error;
  }
}

async function fetchAndKeep(event, url, cache) {
  const answer = await fetch(event.request);
  // Assets of earlier builds stay until the browser clears them: their names carry their hashes.
  if (answer.ok && answer.type === "basic") {
    event.waitUntil(cache.put(url.href, answer.clone()).catch(() => tellNotKept(url)));
  }
  return answer;
}

// The disk is full, or the browser's share of it: the page must not say that it works offline.
async function tellNotKept(url) {
  for (const page of await self.clients.matchAll()) page.postMessage({ notKept: url.href });
}
