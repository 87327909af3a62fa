// Keeps the app's own files, so that it opens without a network. It never keeps an answer of the API: the app does that itself,
// with the age of each answer. The build fills in the two values (vite.config.ts).
const FILES = new Set(__FILES__);
const CACHE = `smp-app-${__VERSION__}`;
const PREFIX = "smp-app-";
const WAIT_MS = 3_000;
const scope = new URL(self.registration.scope);

/** The part of an address behind the scope, without its parameters; undefined for another site's. */
function nameOf(address) {
  const url = new URL(address);
  if (url.origin !== scope.origin || !url.pathname.startsWith(scope.pathname)) return undefined;
  return url.pathname.slice(scope.pathname.length);
}

self.addEventListener("install", (event) => {
  const files = [...FILES].map((file) => new Request(new URL(file, scope), { cache: "no-cache" }));
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(files)));
});

// The version before stays until its last page is closed, so that a page never misses a part of its own version.
self.addEventListener("activate", (event) => {
  const forget = async () => {
    const names = await caches.keys();
    await Promise.all(
      names.filter((name) => name.startsWith(PREFIX) && name !== CACHE).map((name) => caches.delete(name)),
    );
  };
  event.waitUntil(forget());
});

/** The page from the network, so that a new version is seen at once; from here when nothing whole comes, or a proxy's "502". */
async function page(request) {
  let answer;
  try {
    answer = await fetch(request, { signal: AbortSignal.timeout(WAIT_MS) });
    // One that breaks off half way is no page.
    await answer.clone().arrayBuffer();
    if (answer.status < 500) return answer;
  } catch {
    // The kept one is shown.
  }
  return (await caches.match(new URL("./", scope), { cacheName: CACHE })) ?? answer ?? Response.error();
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const name = nameOf(request.url);
  if (request.method !== "GET" || name === undefined) return;
  // A page for another site's frame comes with a policy of its own, which the kept one does not have. The API's reference page is
  // for developers: half a megabyte that no phone should load beforehand.
  const isScreen = /^(?:[a-z][a-z-]{0,39})?$/.test(name) && name !== "docs";
  if (request.mode === "navigate" && isScreen && !new URL(request.url).searchParams.has("embed"))
    event.respondWith(page(request));
  else if (FILES.has(`./${name}`) && name !== "")
    event.respondWith(
      caches.match(request, { cacheName: CACHE, ignoreSearch: true }).then((kept) => kept ?? fetch(request)),
    );
});
