// The copy of goals, quests and revenue entries on this device, one database a person and organization.
// What is changed here waits in a queue until the server has taken it. Used by the offline page and the service worker.
self.Copy = (() => {
  const BATCH = 100;
  const GONE = { pointer: "#/id", code: "not_found", detail: "It is not there any more." };
  const NAME = "milepost-";
  const done = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const ended = (transaction) => new Promise((resolve, reject) => {
    transaction.oncomplete = resolve;
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });

  async function open(holder) {
    const request = indexedDB.open(NAME + holder, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("records", { keyPath: ["type", "id"] });
      request.result.createObjectStore("queue", { keyPath: "at", autoIncrement: true });
      request.result.createObjectStore("meta");
    };
    const db = await done(request);
    db.onversionchange = () => db.close();
    return db;
  }
  const all = (db, store) => done(db.transaction(store).objectStore(store).getAll());
  const recall = (db, name) => done(db.transaction("meta").objectStore("meta").get(name));
  const remember = (db, name, value) => done(db.transaction("meta", "readwrite").objectStore("meta").put(value, name));

  // Nobody else's copy stays here. Another organization's of the same person goes too, unless changes wait in it.
  async function forgetOthers(holder) {
    const person = holder.split(".")[0];
    for (const { name } of await indexedDB.databases()) {
      if (!name.startsWith(NAME) || name === NAME + holder) continue;
      if (name.startsWith(NAME + person)) {
        const db = await open(name.slice(NAME.length));
        const waiting = await all(db, "queue");
        db.close();
        if (waiting.length) continue;
      }
      indexedDB.deleteDatabase(name);
    }
  }

  // Put a change in the queue. It joins the one that waits for the same record, unless that may be on its way.
  async function change(db, { type, id, data, deleted }) {
    const transaction = db.transaction(["records", "queue"], "readwrite");
    const queue = transaction.objectStore("queue");
    const record = await done(transaction.objectStore("records").get([type, id]));
    const last = (await done(queue.getAll())).filter((each) => each.type === type && each.id === id).pop();
    if (last && (!last.sent || last.errors)) {
      if (deleted && last.base_version === 0) queue.delete(last.at);
      else {
        const { at, client_change_id, base_version } = last;
        const merged = deleted ? { deleted } : { data: { ...last.data, ...data } };
        queue.put({ at, client_change_id, type, id, base_version, ...merged });
      }
    } else {
      const base_version = record?.version ?? 0;
      queue.put({ client_change_id: crypto.randomUUID(), type, id, base_version, ...(deleted ? { deleted } : { data }) });
    }
    await ended(transaction);
  }
  const discard = (db, at) => done(db.transaction("queue", "readwrite").objectStore("queue").delete(at));

  const cents = (amount) => Math.round(Number(amount) * 100);
  const money = (amount) => (amount / 100).toFixed(2);

  // A record as it is with a waiting change in it.
  function changed(record, { type, id, data, deleted }) {
    if (deleted) return { ...record, type, id, deleted: true };
    const old = record?.data ?? { id, status: "active", current_amount: "0.00", note: "" };
    const steps = data.steps ? old.steps?.map((step, place) => ({ ...step, ...data.steps[place] })) : old.steps;
    return { version: 0, ...record, type, id, deleted: false, data: { ...old, ...data, steps } };
  }

  // Everything as the person sees it: the copy with what waits.
  async function view(db) {
    const [records, queue, state, conflicts] = await Promise.all([
      all(db, "records"), all(db, "queue"), recall(db, "state"), recall(db, "conflicts"),
    ]);
    const seen = new Map(records.map((record) => [`${record.type} ${record.id}`, record]));
    const worth = (entry) => (entry && !entry.deleted ? cents(entry.data.amount) : 0);
    for (const waiting of queue) {
      const key = `${waiting.type} ${waiting.id}`;
      const before = seen.get(key);
      const after = { ...changed(before, waiting), waiting: true, errors: waiting.errors, at: waiting.at };
      seen.set(key, after);
      if (waiting.type !== "revenue_entry") continue;
      const goalKey = `goal ${(after.data ?? before?.data)?.goal}`;
      const goal = seen.get(goalKey);
      if (!goal) continue;
      const current_amount = money(cents(goal.data.current_amount) + worth(after) - worth(before));
      seen.set(goalKey, { ...goal, data: { ...goal.data, current_amount } });
    }
    const of = (type) => [...seen.values()].filter((each) => each.type === type && each.data);
    return {
      goals: of("goal"), quests: of("quest"), entries: of("revenue_entry"), conflicts: conflicts ?? [],
      state: state ?? { name: "new" }, waiting: queue.length, refused: queue.filter((each) => each.errors),
    };
  }

  async function ask(path, { token, body } = {}) {
    const headers = body ? { "Content-Type": "application/json", "X-CSRFToken": token } : {};
    const answer = await fetch(`/api/v1/${path}`, { method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body) });
    const content = await answer.json();
    if (!answer.ok) throw Object.assign(new Error(content.detail), { status: answer.status, code: content.code });
    return content;
  }

  // What can go now: of each record its oldest change, and nothing behind one that was refused.
  function sendable(queue) {
    const records = new Set();
    const oldest = queue.filter(({ type, id }) => !records.has(type + id) && records.add(type + id));
    return oldest.filter(({ errors }) => !errors).slice(0, BATCH);
  }

  async function push(db, holder, token) {
    for (;;) {
      const batch = sendable(await all(db, "queue"));
      if (!batch.length) return;
      const marking = db.transaction("queue", "readwrite");
      for (const each of batch) marking.objectStore("queue").put({ ...each, sent: true });
      await ended(marking);
      const changes = batch.map(({ at, sent, errors, ...sending }) => sending);
      const { results } = await ask("sync", { token, body: { holder, changes } });
      await settle(db, batch, results);
    }
  }

  async function settle(db, batch, results) {
    const transaction = db.transaction(["records", "queue"], "readwrite");
    const [records, queue] = ["records", "queue"].map((name) => transaction.objectStore(name));
    for (const [place, result] of results.entries()) {
      const sent = batch[place];
      if (result.status === "invalid" || result.status === "not_found") {
        queue.put({ ...sent, errors: result.errors ?? [GONE] });
        continue;
      }
      queue.delete(sent.at);
      if (result.status !== "applied") continue;
      const { version } = result;
      const record = await done(records.get([sent.type, sent.id]));
      records.put({ ...changed(record, sent), version });
      for (const later of await done(queue.getAll())) {
        if (later.type === sent.type && later.id === sent.id) queue.put({ ...later, base_version: version });
      }
    }
    await ended(transaction);
  }

  // Fetch what changed since the cursor, or everything: then the old copy goes with the first page of the new one.
  async function pull(db, holder, afresh) {
    for (let more = true; more; afresh = false) {
      const cursor = afresh ? undefined : await recall(db, "cursor");
      const page = await ask(`sync?${new URLSearchParams({ holder, ...(cursor && { cursor }) })}`);
      const transaction = db.transaction(["records", "meta"], "readwrite");
      const records = transaction.objectStore("records");
      if (!cursor) records.clear();
      for (const change of page.changes) change.data ? records.put(change) : records.delete([change.type, change.id]);
      transaction.objectStore("meta").put(page.next_cursor, "cursor");
      await ended(transaction);
      more = page.has_more;
    }
  }

  const STATES = { 401: "login", 402: "unpaid", 403: "login", 409: "other" };

  // Send what waits, then fetch what changed. One tab or worker at a time; the outcome is remembered and returned.
  function sync(db, holder, token) {
    return navigator.locks.request(NAME + holder, async () => {
      let state = { name: "synced", at: Date.now() };
      try {
        if (!navigator.onLine) throw new Error("offline");
        await push(db, holder, token);
        await pull(db, holder).catch((error) => {
          if (error.status !== 422) throw error;
          return pull(db, holder, true);
        });
        await remember(db, "conflicts", (await ask("sync/conflicts?status=open&limit=100")).data);
      } catch (error) {
        const name = STATES[error.status] ?? (error.status ? "later" : "offline");
        state = { ...(await recall(db, "state")), name, detail: error.status ? error.message : "" };
      }
      await remember(db, "state", state);
      return state;
    });
  }

  const resolve = (conflict, keep, token) => ask(`sync/conflicts/${conflict}/resolve`, { token, body: { keep } });

  return { open, view, change, discard, sync, resolve, forgetOthers };
})();
