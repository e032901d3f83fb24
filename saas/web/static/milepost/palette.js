// Search over any page (Ctrl-K or /), and keys: ? lists them, g and a letter opens a page, n a new goal.
// Nothing happens while somebody types in a field, and the keys without Ctrl can be switched off (WCAG 2.1.4).
const PAGES = { d: "/", g: "/goals", q: "/quests", l: "/ledger", s: "/settings" };
const OFF = "keys-off";
const WAIT_MS = 150, CHORD_MS = 1500;
let first = -CHORD_MS, loading;

const on = () => localStorage.getItem(OFF) === null;
const fetched = async (query, options) => {
  const answer = await fetch(`/search?${new URLSearchParams(query)}`, options);
  if (answer.redirected || answer.status >= 500) throw new Error("no search here");
  return answer.text();
};

// The dialogs come at first use, so that no page carries them.
function load() {
  return loading ??= fetched({ part: "palette" }).then((html) => {
    document.body.append(document.createRange().createContextualFragment(html));
    const palette = document.getElementById("palette"), input = palette.querySelector("input");
    let timer, last;
    input.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(async () => {
        last?.abort();
        last = new AbortController();
        try {
          palette.querySelector("[data-hits]").innerHTML =
            await fetched({ part: "hits", q: input.value }, { signal: last.signal });
        } catch { /* a newer search took over, or the form still works */ }
      }, WAIT_MS);
    });
    palette.addEventListener("keydown", (event) => {
      const stops = [input, ...palette.querySelectorAll("[data-hits] a")];
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      stops[(stops.indexOf(document.activeElement) + step + stops.length) % stops.length].focus();
    });
    palette.querySelector("form").addEventListener("submit", (event) => {
      const hit = palette.querySelector("[data-hits] a");
      if (!hit) return;
      event.preventDefault();
      location.assign(hit.href);
    });
    const box = document.querySelector("[data-keys]");
    box.checked = on();
    box.addEventListener("change", () => box.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "1"));
  });
}

async function open(id) {
  try {
    await load();
    document.getElementById(id).showModal();
  } catch {
    loading = undefined;
    location.assign("/search");
  }
}

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-palette]") || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  open("palette");
});

document.addEventListener("keydown", (event) => {
  const { key, ctrlKey, metaKey, altKey, target } = event;
  if (document.querySelector("dialog[open]")) return;
  if ((ctrlKey || metaKey) && !altKey && key.toLowerCase() === "k") {
    event.preventDefault();
    return open("palette");
  }
  if (ctrlKey || metaKey || altKey || !on() || target.closest("input, textarea, select, [contenteditable]")) return;
  const follows = event.timeStamp - first < CHORD_MS && PAGES[key];
  first = key === "g" && !follows ? event.timeStamp : -CHORD_MS;
  if (follows) return location.assign(follows);
  const act = { "/": () => open("palette"), "?": () => open("keys"), n: () => location.assign("/goals/new") }[key];
  if (!act) return;
  event.preventDefault();
  act();
});
