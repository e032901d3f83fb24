// The offline page: shows the copy on this device, takes changes, sends them when it can, and lets people end conflicts.
const cookie = (name) => document.cookie.match(`(?:^|; )(?:__Host-)?${name}=([^;]+)`)?.[1];
const at = (root, name) => root.querySelector(`[data-${name}]`);
const clone = (id) => document.getElementById(id).content.cloneNode(true).firstElementChild;
const theme = cookie("theme");
if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;

const { holder, name, currency } = JSON.parse(localStorage.getItem("milepost") ?? "{}");
const notes = document.getElementById("notes");
const badge = at(document, "state");
const open = new Set([location.pathname.match(/^\/goals\/([0-9a-f-]{36})/)?.[1]]);
const drafts = new Map();
let db, busy, late;

const figures = new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency: currency || "USD" });
const money = (amount) => figures.format(amount);
// Days and times as on the full site: 27 Jul 2027, 17:21.
const MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(" ");
function day(text) {
  const [year, month, number] = text.split("-").map(Number);
  return `${number} ${MONTHS[month - 1]} ${year}`;
}
const clockOf = (time) => new Date(time).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
const today = () => new Date().toLocaleDateString("sv");
const plural = (count) => `${count} ${count === 1 ? "change" : "changes"}`;

// What the badge says: its words and its looks.
const STATES = {
  new: ["Not synced yet", "neutral"],
  offline: ["Offline", "warning"],
  unpaid: ["Sync is off", "danger"],
  login: ["Logged out", "warning"],
  other: ["Not yours", "warning"],
  later: ["Not synced", "warning"],
};
const NOTES = {
  unpaid: ["Sync is off", "You can go on working here. Nothing is lost: what you enter stays on this device and is sent when the payment is made.", "Fix the payment", "/billing"],
  login: ["Log in to sync", "What you changed waits on this device.", "Log in", "/accounts/login/?next=/offline"],
  other: ["Somebody else is logged in", "This copy belongs to another person or organization. It is sent when they are back.", "Open the full site", "/"],
  later: ["The server could not take it now", "What you changed waits on this device and is sent later."],
};

function note(kind, title, text, ways = []) {
  const item = clone("note");
  item.classList.add(kind);
  at(item, "title").textContent = title;
  at(item, "text").textContent = text;
  at(item, "ways").append(...ways);
  notes.append(item);
  return item;
}
// A link where `more` has an address, else a button.
function way(text, more) {
  const kind = more.href ? {} : { type: "button" };
  return Object.assign(document.createElement(more.href ? "a" : "button"), { className: "button small", textContent: text, ...kind, ...more });
}

// What was asked for in vain: the service worker shows this page in the place of any other.
function showAsked({ name: state }) {
  const [, room] = location.pathname.match(/^\/([a-z-]*)/);
  if (state !== "offline" || ["offline", "goals", "quests"].includes(room)) return;
  const asked = room ? room[0].toUpperCase() + room.slice(1).replaceAll("-", " ") : "The dashboard";
  note("info", "You are offline", `${asked} needs a connection; your goals do not. Here you can tick off steps, record money and change goals.`, [way("Try again", { onclick: () => location.reload() })]);
}

function showState({ name: state, at: time, detail }, waiting, conflicts) {
  let [text, kind] = STATES[state] ?? [`All synced, ${clockOf(time)}`, "success"];
  if (state === "synced" && conflicts) [text, kind] = [conflicts === 1 ? "1 conflict to decide" : `${conflicts} conflicts to decide`, "warning"];
  if (state === "synced" && waiting) [text, kind] = ["Not all sent", "warning"];
  if (busy) [text, kind] = ["Syncing", "accent"];
  badge.textContent = waiting ? `${text}. ${plural(waiting)} on this device` : text;
  badge.className = `badge ${kind}`;
  const [title, words, lead, href] = NOTES[state] ?? [];
  if (title) note(state === "unpaid" ? "danger" : "warning", title, state === "later" && detail ? detail : words, lead ? [way(lead, { href })] : []);
}

const LABELS = { target_amount: "Target", current_amount: "Reached", due_on: "By", steps: "Steps done" };
const label = (field) => LABELS[field] ?? field[0].toUpperCase() + field.slice(1).replaceAll("_", " ");
function shown(field, value) {
  if (Array.isArray(value)) return value.flatMap(({ done }, place) => (done ? [place + 1] : [])).join(", ") || "None";
  return field.endsWith("amount") ? money(value) : value ?? "None";
}

function showConflict({ id, type, yours, now }) {
  const decide = (keep) => async ({ target }) => {
    target.setAttribute("aria-busy", "true");
    try {
      await Copy.resolve(id, keep, cookie("csrftoken"));
    } finally {
      await sync();
    }
  };
  const about = now?.title ?? (type === "revenue_entry" ? "Money received" : "A goal");
  const words = "It was changed here and somewhere else. Both are kept until you choose.";
  const ways = navigator.onLine ? [way("Keep mine", { onclick: decide("mine") }), way("Keep the server’s", { onclick: decide("theirs") })] : [];
  const item = note("warning", `Conflict: ${about}`, ways.length ? words : `${words} You can choose when you are online.`, ways);
  const rows = yours ? Object.entries(yours).map(([field, mine]) => [label(field), shown(field, mine), now ? shown(field, now[field]) : "Removed"]) : [["", "Remove it", "Keep it"]];
  item.querySelector(".table-wrap").hidden = false;
  for (const cells of rows) {
    const row = item.querySelector("tbody").insertRow();
    for (const text of cells) row.insertCell().textContent = text;
  }
}

function showRefused({ at: place, errors, data }) {
  const words = errors.map(({ pointer, detail }) => {
    const field = pointer.replace("#/data/", "");
    return (LABELS[field] ? `${LABELS[field]}: ` : "") + detail;
  });
  const onclick = () => Copy.discard(db, place).then(show);
  note("danger", `Not accepted: ${data?.title ?? "a change"}`, `${words.join(" ")} Change it again, or discard it.`, [way("Discard the change", { onclick })]);
}

// One goal with its quests and its money. What people do in it becomes a change.
function goalItem(goal, quests, entries) {
  const { id, data } = goal;
  const item = clone("goal");
  const percent = Math.max(0, Math.min(100, Math.floor((100 * data.current_amount) / data.target_amount)));
  at(item, "title").textContent = data.title;
  const overdue = data.due_on && data.due_on < today() && Number(data.current_amount) < Number(data.target_amount);
  at(item, "amounts").textContent = `${money(data.current_amount)} of ${money(data.target_amount)}${data.due_on ? ` by ${day(data.due_on)}` : ""}${overdue ? ", overdue" : ""}`;
  at(item, "percent").textContent = `${percent} %`;
  at(item, "waiting").hidden = !goal.waiting;
  const bar = item.querySelector("progress");
  bar.value = percent;
  bar.setAttribute("aria-label", `Progress of ${data.title}`);
  const details = item.querySelector("details");
  details.firstElementChild.setAttribute("aria-label", `Open ${data.title}`);
  stayOpen(details, id);
  for (const each of item.querySelectorAll("[data-form]")) stayOpen(each.parentElement, `${id} ${each.dataset.form}`);
  at(item, "quests").append(...quests.map(questItem));
  if (!quests.length) at(item, "quests").append("None yet. AI makes them on the full site.");
  at(item, "entries").append(...entries.map(entryItem));
  goalForm(item.querySelector("[data-form=goal]"), goal);
  recordForm(item.querySelector("[data-form=entry]"), id);
  at(item, "archive").addEventListener("click", () => change({ type: "goal", id, deleted: true }));
  return item;
}

// What is open stays open when everything is shown anew, until its form is sent.
function stayOpen(details, key) {
  details.dataset.key = key;
  details.open = open.has(key);
}
function noteOpen() {
  for (const { dataset, open: isOpen } of document.querySelectorAll("#goals [data-key]")) isOpen ? open.add(dataset.key) : open.delete(dataset.key);
}

function questItem({ id, data }) {
  const item = clone("quest");
  at(item, "title").textContent = data.title;
  for (const [place, step] of data.steps.entries()) {
    const line = clone("step");
    const box = line.querySelector("input");
    box.checked = step.done;
    at(line, "step").textContent = `${step.title}, ${Number(step.amount) ? `${money(step.amount)} ` : ""}by ${day(step.due_on)}`;
    box.addEventListener("change", () => {
      const steps = data.steps.map(({ id, done }, each) => ({ id, done: each === place ? box.checked : done }));
      change({ type: "quest", id, data: { steps } });
    });
    at(item, "steps").append(line);
  }
  return item;
}

function entryItem(entry) {
  const item = clone("entry");
  at(item, "amount").textContent = money(entry.data.amount);
  at(item, "note").textContent = [day(entry.data.received_on), entry.data.note].filter(Boolean).join(" · ");
  at(item, "waiting").hidden = !entry.waiting;
  at(item, "change").setAttribute("aria-label", `Edit ${money(entry.data.amount)} of ${day(entry.data.received_on)}`);
  at(item, "remove").addEventListener("click", () => change({ type: "revenue_entry", id: entry.id, deleted: true }));
  const details = item.querySelector("details");
  details.addEventListener("toggle", () => entryForm(item.querySelector("form"), entry), { once: true });
  stayOpen(details, entry.id);
  return item;
}

// What is typed stays typed when everything is shown anew, until its form is sent; other fields show what is there now.
function form(element, fields, values, submit) {
  const { key } = element.parentElement.dataset;
  element.replaceChildren(document.getElementById(fields).content.cloneNode(true));
  for (const [field, value] of Object.entries({ ...values, ...drafts.get(key) })) element.elements[field].value = value ?? "";
  element.addEventListener("input", ({ target: { name, value } }) => drafts.set(key, { ...drafts.get(key), [name]: value }));
  element.addEventListener("submit", (event) => {
    event.preventDefault();
    const data = Object.fromEntries(new FormData(element));
    document.activeElement.blur();
    drafts.delete(key);
    if (key) element.parentElement.open = false;
    submit(data);
  });
}
// What somebody entered that is not there yet; nothing and an empty text are the same, whatever ends a line.
const plain = (value) => (value ?? "").replaceAll("\r\n", "\n");
function changedFields(entered, data = {}) {
  const changed = Object.entries(entered).filter(([field, value]) => plain(value) !== plain(data[field]));
  return changed.length ? Object.fromEntries(changed) : null;
}
function goalForm(element, goal) {
  const { title = "", target_amount = "", due_on = "", description = "" } = goal?.data ?? {};
  form(element, "goal-fields", { title, target_amount, due_on, description }, (entered) => {
    const data = changedFields({ ...entered, due_on: entered.due_on || null }, goal?.data);
    if (data) change({ type: "goal", id: goal?.id ?? crypto.randomUUID(), data });
    if (!goal) element.reset();
  });
}
function recordForm(element, goal) {
  form(element, "entry-fields", { received_on: today() }, (entered) => {
    change({ type: "revenue_entry", id: crypto.randomUUID(), data: { goal, ...entered } });
  });
}
function entryForm(element, { id, data: { amount, received_on, note } }) {
  form(element, "entry-fields", { amount, received_on, note }, (entered) => {
    const data = changedFields(entered, { amount, received_on, note });
    if (data) change({ type: "revenue_entry", id, data });
  });
}

async function show() {
  const { goals, quests, entries, conflicts, state, waiting, refused } = await Copy.view(db);
  late = Boolean(document.querySelector("#goals form:focus-within"));
  if (late) return;
  noteOpen();
  const newest = (one, other) => (one.id < other.id ? 1 : -1);
  const latest = (one, other) => other.data.received_on.localeCompare(one.data.received_on) || newest(one, other);
  const items = goals.filter((goal) => !goal.deleted).sort(newest).map((goal) => goalItem(
    goal,
    quests.filter(({ data }) => data.goal === goal.id).sort(newest),
    entries.filter((entry) => !entry.deleted && entry.data.goal === goal.id).sort(latest),
  ));
  notes.replaceChildren();
  showAsked(state);
  showState(state, waiting, conflicts.length);
  conflicts.forEach(showConflict);
  refused.forEach(showRefused);
  document.getElementById("goals").replaceChildren(...items);
  document.getElementById("none").hidden = items.length > 0;
}
document.addEventListener("focusout", () => setTimeout(() => late && show()));

async function change(wanted) {
  await Copy.change(db, wanted);
  await show();
  await sync();
}

async function sync() {
  if (busy) return void (busy = "again");
  busy = "yes";
  await show();
  await Copy.sync(db, holder, cookie("csrftoken"));
  const again = busy === "again";
  busy = "";
  await show();
  if (again) await sync();
}

// Where the browser offers to install the site as an app, a button here does.
addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  const button = at(document, "install");
  button.hidden = false;
  button.onclick = () => event.prompt().then(() => (button.hidden = true));
});

if (holder) {
  db = await Copy.open(holder);
  at(document, "organization").textContent = name;
  document.getElementById("app").hidden = false;
  goalForm(document.querySelector("#app > section:last-child form"));
  at(document, "sync").addEventListener("click", sync);
  addEventListener("online", sync);
  addEventListener("offline", sync);
  setInterval(sync, 60_000);
  await sync();
} else {
  badge.textContent = "Nothing here";
  note("info", "Nothing is kept on this device", "Log in once with a connection. From then on your goals open without one.", [way("Log in", { href: "/accounts/login/?next=/offline" })]);
}
