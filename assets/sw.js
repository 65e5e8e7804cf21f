// What the browser runs beside the pages: when the server does not answer, it shows offline.html instead of a page.
// It keeps that page and its parts, and nothing else: no data, no answer of the API, no page of anybody.
const SHELL = "lightbulb-offline";
const PAGE = "/offline.html";
const FILES = [PAGE, "/offline_theme.css", "/offline.css", "/offline.js", "/favicon.svg"];
// Pages that are not ours to explain: the public's have readers without a board.
const OTHERS = ["/api", "/status/", "/badge/", "/push/"];
const AWAY = [502, 503, 504]; // what a proxy says while nobody is behind it
const PATIENCE_MS = 20_000;

let isFresh = false; // once in the life of this worker the files are asked for again: an update may have changed them

async function keep() {
  const cache = await caches.open(SHELL);
  await cache.addAll(FILES.map((file) => new Request(file, { cache: "no-cache", credentials: "omit" })));
}

async function refresh() {
  if (isFresh) return;
  isFresh = true;
  try {
    await keep();
  } catch {
    isFresh = false;
  }
}

async function offlinePage() {
  return (await caches.open(SHELL)).match(PAGE);
}

function patience() {
  return new Promise((_, refuse) => setTimeout(() => refuse(new Error("no answer")), PATIENCE_MS));
}

/** Always the server's own page, as long as it has one: no page is ever older than the program. */
async function page(event) {
  let answer;
  try {
    const asked = (async () => (await event.preloadResponse) ?? fetch(event.request))();
    answer = await Promise.race([asked, patience()]);
    if (!AWAY.includes(answer.status)) {
      event.waitUntil(refresh());
      return answer;
    }
  } catch {
    // No answer at all.
  }
  return (await offlinePage()) ?? answer ?? Response.error();
}

/** The offline page's own parts: from the server, else as they were kept. */
async function part(request) {
  try {
    const answer = await fetch(request);
    if (answer.ok) return answer;
  } catch {
    // No answer at all.
  }
  return (await (await caches.open(SHELL)).match(request, { ignoreSearch: true })) ?? Response.error();
}

self.addEventListener("install", (event) => event.waitUntil(keep().then(() => self.skipWaiting())));

self.addEventListener("activate", (event) => {
  const begin = async () => {
    const names = await caches.keys();
    await Promise.all(names.filter((name) => name !== SHELL).map((name) => caches.delete(name)));
    await self.registration.navigationPreload?.enable();
    await self.clients.claim();
  };
  event.waitUntil(begin());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (request.mode === "navigate") {
    if (!OTHERS.some((path) => pathname === path || pathname.startsWith(path.endsWith("/") ? path : `${path}/`))) {
      event.respondWith(page(event));
    }
  } else if (FILES.includes(pathname) && pathname !== "/favicon.svg") {
    event.respondWith(part(request));
  }
});
