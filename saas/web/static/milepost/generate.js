// An AI operation while it runs: the panel with its progress, the seconds, the way out.
// The form stays an ordinary form; the server's answer replaces it with a fresh one (a new idempotency key).

const isOwn = (event) => event.target.matches?.("form[data-generate]");
const slotOf = (form) => form.parentElement.querySelector("[data-slot]");

function open(form) {
  const slot = slotOf(form);
  slot.replaceChildren(form.parentElement.querySelector("template").content.cloneNode(true));
  htmx.process(slot);
}

document.addEventListener("htmx:beforeRequest", (event) => {
  if (isOwn(event)) open(event.target);
});
// What was wanted before there was a plan begins now: a reload finds no mark any more, so it begins once.
addEventListener("load", () => document.querySelector("form[data-starts]")?.requestSubmit());
document.addEventListener("htmx:afterRequest", (event) => {
  if (isOwn(event) && !event.target.dataset.cancelled) slotOf(event.target)?.replaceChildren();
});
document.addEventListener("htmx:sendError", (event) => {
  if (!isOwn(event)) return;
  slotOf(event.target).replaceChildren(document.getElementById("broken").content.cloneNode(true));
});

// Cancelled: the answer to that brings a fresh form, and nobody waits for the other answer any more.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const cancel = detail.requestConfig.elt;
  if (!cancel.matches("[data-cancel]") || !detail.shouldSwap) return;
  const form = cancel.closest(".generate").querySelector("[data-generate]");
  form.dataset.cancelled = "yes";
  htmx.trigger(form, "htmx:abort");
});

// The stage is polled; say it again only when it changed, and keep it when a poll fails.
document.addEventListener("htmx:beforeSwap", ({ target, detail }) => {
  if (!target.matches?.("[data-stage]")) return;
  const unchanged = detail.serverResponse.trim() === target.innerHTML.trim();
  if (unchanged || detail.xhr.status >= 400) detail.shouldSwap = false;
});

// Seconds since the start, on every panel of the page.
setInterval(() => {
  for (const clock of document.querySelectorAll("[data-elapsed]")) {
    clock.dataset.elapsed = Number(clock.dataset.elapsed) + 1;
    clock.textContent = `${clock.dataset.elapsed} s`;
  }
}, 1000);

// The price on the button follows the chosen number.
document.addEventListener("change", ({ target }) => {
  const price = target.dataset.tokens && target.form?.querySelector("[data-price]");
  if (price) price.textContent = `· ${target.dataset.tokens} tokens`;
});
