// What HTML cannot yet do alone. Every page works without it.

// Dialogs: browsers that lack the `command` attribute.
if (!("command" in HTMLButtonElement.prototype)) {
  document.addEventListener("click", ({ target }) => {
    const button = target.closest("[commandfor]");
    const dialog = button && document.getElementById(button.getAttribute("commandfor"));
    if (dialog) button.getAttribute("command") === "close" ? dialog.close() : dialog.showModal();
  });
}

// A form marked data-once is sent once; coming back to the page makes it usable again.
document.addEventListener("submit", (event) => {
  const { target: form, submitter } = event;
  if (!form.matches("[data-once]")) return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "yes";
  submitter?.setAttribute("aria-busy", "true");
});
addEventListener("pageshow", ({ persisted }) => {
  if (!persisted) return;
  for (const form of document.querySelectorAll("[data-sent]")) {
    delete form.dataset.sent;
    form.querySelector("[aria-busy]")?.removeAttribute("aria-busy");
  }
});

// Sign-up: the time zone of this device, and the currency that is used there.
const zones = document.querySelector("[data-detect]");
const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
if (zones && timeZone) {
  const name = timeZone.replaceAll("_", " ").split("/").reverse().join(", ");
  const here = ({ value, dataset }) => value === name || dataset.also === timeZone;
  const place = [...zones.options].find(here);
  if (place) place.selected = true;
  if (place?.dataset.currency) zones.form.elements.currency.value = place.dataset.currency;
}

// Copying a key or a secret that is shown once.
document.addEventListener("click", async ({ target }) => {
  const button = target.closest("[data-copy]");
  if (!button) return;
  const source = document.querySelector(button.dataset.copy);
  await navigator.clipboard.writeText(source.value ?? source.textContent.trim());
  toast({ text: "Copied.", kind: "success" });
});

// Toasts: from the server as `HX-Trigger: {"toast": {"text": ..., "kind": ...}}`, or from here.
function toast({ text, kind = "info" }) {
  const region = document.getElementById("toasts");
  const item = region.querySelector("template").content.cloneNode(true).firstElementChild;
  item.classList.add(kind);
  item.querySelector("[data-text]").textContent = text;
  region.append(item);
  if (kind !== "danger") setTimeout(() => item.matches(":hover, :focus-within") || item.remove(), 8000);
}
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  toast({ text: "Your device did not confirm it. Try again, or choose another way.", kind: "danger" });
});
document.addEventListener("toast", ({ detail }) => toast(detail));
document.addEventListener("click", ({ target }) => target.closest("[data-close]")?.closest(".toast")?.remove());
document.addEventListener("htmx:sendError", ({ target }) => {
  if (!target.closest("[data-quiet]")) toast({ text: "No connection. Please try again.", kind: "danger" });
});

// A whole page came where a fragment was asked for: the login page after the session ended, or a failure outside our code.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (!/^\s*<!doctype/i.test(detail.serverResponse)) return;
  detail.shouldSwap = false;
  if (detail.isError) toast({ text: "Something broke on our side. Please try again.", kind: "danger" });
  else location.assign(detail.xhr.responseURL);
});

// The copy on this device: the service worker keeps it fresh for whose page this is, and sends what waits in it.
const { holder, organization, currency } = document.body.dataset;
const csrf = () => document.cookie.match(/(?:^|; )(?:__Host-)?csrftoken=([^;]+)/)?.[1];
async function ask(now) {
  const { active } = await navigator.serviceWorker.ready;
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data: waiting }) => resolve(waiting);
    active.postMessage({ holder, token: csrf(), now }, [port2]);
  });
}
if (holder && navigator.serviceWorker) {
  localStorage.setItem("milepost", JSON.stringify({ holder, name: organization, currency }));
  navigator.serviceWorker.register("/service-worker.js").then(() => ask(), () => {});
}

// Logging out empties this device: first send what waits, and ask before losing what cannot be sent.
document.addEventListener("submit", async (event) => {
  const { target: form } = event;
  if (!form.matches("[action='/accounts/logout/']") || !navigator.serviceWorker?.controller) return;
  event.preventDefault();
  const waiting = await Promise.race([ask(true), new Promise((resolve) => setTimeout(resolve, 5000))]);
  if (!waiting || confirm(`Changes made offline that could not be sent: ${waiting}. Log out and lose them?`)) form.submit();
});
