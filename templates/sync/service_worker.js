// Milepost without a network: its static files and the offline page, nothing of any person's.
importScripts("{{ copy }}");
const CACHE = "milepost-{{ version }}";
const SHELL = {{ shell|safe }};

addEventListener("install", (event) => {
  const fresh = SHELL.map((path) => new Request(path, { cache: "reload", credentials: "omit" }));
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(fresh)).then(() => skipWaiting()));
});

addEventListener("activate", (event) => {
  const forget = (names) => Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)));
  event.waitUntil(caches.keys().then(forget));
});

addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  if (request.mode === "navigate") event.respondWith(fetch(request).catch(() => caches.match("{{ page }}")));
  else if (SHELL.includes(new URL(request.url).pathname)) {
    event.respondWith(caches.match(request.url).then((kept) => kept ?? fetch(request)));
  }
});

// A page tells whose it is: keep that copy fresh and nobody else's. The answer is how many changes still wait.
const REST = 30_000;
addEventListener("message", (event) => {
  const { holder, token, now } = event.data;
  event.waitUntil((async () => {
    await Copy.forgetOthers(holder);
    const db = await Copy.open(holder);
    const { state, waiting } = await Copy.view(db);
    if (now || waiting || !(Date.now() - state.at < REST)) await Copy.sync(db, holder, token);
    event.ports[0]?.postMessage((await Copy.view(db)).waiting);
    db.close();
  })());
});
