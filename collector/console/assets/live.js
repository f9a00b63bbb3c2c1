// Keeps a page live: server-sent events say that something changed, the page is asked again, and the blocks that differ
// are exchanged. The server alone knows how a thing is shown. Without this script the page is complete, only still.

const root = document.documentElement;
const pill = document.getElementById("live");
const notice = document.getElementById("notice");
const kinds = (root.dataset.liveOn || "").split(" ").filter(Boolean);
const pause = Number(root.dataset.liveEvery || 2) * 1000;
let offset = Date.parse(root.dataset.now) - Date.now();
let source, heard, lostAt = 0, retry = 2000, timer = 0, lastRefresh = 0, busy = false;

const now = () => Date.now() + offset;

function age(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  for (const [size, unit] of [[86400, "d"], [3600, "h"], [60, "min"]]) if (s >= size) return `${Math.floor(s / size)} ${unit}`;
  return `${s} s`;
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function tick() {
  for (const time of document.querySelectorAll("time[data-age]")) {
    const old = now() - Date.parse(time.dateTime);
    const stale = time.dataset.staleAfter !== undefined && old > Number(time.dataset.staleAfter) * 1000;
    time.classList.toggle("stale", stale);
    setText(time, `${stale ? "stale, " : ""}${age(old)} ago`);
  }
  if (!pill) return;
  if (lostAt) {
    pill.dataset.state = "lost";
    setText(pill, `not live for ${age(Date.now() - lostAt)}`);
    if (notice) notice.hidden = Date.now() - lostAt < 20000;
  } else if (heard) {
    pill.dataset.state = "live";
    setText(pill, `live · ${age(Date.now() - heard)} ago`);
    if (notice) notice.hidden = true;
  }
}

function exchange(old, fresh) {
  const open = new Set([...old.querySelectorAll("details[open] > summary")].map((s) => s.textContent));
  const focused = old.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  const added = document.importNode(fresh, true);
  for (const summary of added.querySelectorAll("details > summary")) if (open.has(summary.textContent)) summary.parentElement.open = true;
  if (added.dataset.flash !== undefined && added.dataset.flash !== old.dataset.flash) added.classList.add("changed");
  old.replaceWith(added);
  if (focused) added.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus();
}

function same(old, fresh) {
  const a = old.cloneNode(true), b = fresh.cloneNode(true);
  for (const side of [a, b]) {
    side.classList.remove("changed");
    if (!side.getAttribute("class")) side.removeAttribute("class");
    for (const details of side.querySelectorAll("details")) details.removeAttribute("open");
    for (const time of side.querySelectorAll("time[data-age]")) { time.textContent = ""; time.classList.remove("stale"); }
  }
  return a.isEqualNode(b);
}

function patch(page) {
  for (const fresh of page.querySelectorAll("[data-live]")) {
    const old = document.querySelector(`[data-live="${CSS.escape(fresh.dataset.live)}"]`);
    if (old && !same(old, fresh)) exchange(old, fresh);
  }
}

async function refresh() {
  if (busy || document.hidden) return;
  busy = true;
  lastRefresh = Date.now();
  try {
    const url = new URL(location.href);
    url.searchParams.set("live", "1");
    url.hash = "";
    const answer = await fetch(url, { headers: { Accept: "text/html" }, redirect: "manual" });
    if (answer.type === "opaqueredirect") return location.reload();
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    offset = Date.parse(page.documentElement.dataset.now) - Date.now();
    patch(page);
    tick();
  } catch { /* out of reach: the event source says so */ } finally { busy = false; }
}

function soon() {
  if (timer) return;
  timer = setTimeout(() => { timer = 0; refresh(); }, Math.max(150, lastRefresh + pause - Date.now()));
}

function hear(event) {
  heard = Date.now();
  document.dispatchEvent(new CustomEvent("firstbell", { detail: { kind: event.type, data: JSON.parse(event.data) } }));
  soon();
}

// A hidden page lets its stream go: a browser opens six connections to a server, and pages left open would use them up.
function connect() {
  if (document.hidden || (source && source.readyState !== EventSource.CLOSED)) return;
  source = new EventSource(root.dataset.liveUrl);
  source.onopen = () => {
    if (lostAt) soon();
    lostAt = 0; retry = 2000; heard = Date.now(); tick();
  };
  source.onerror = () => {
    lostAt ||= Date.now();
    tick();
    if (source.readyState !== EventSource.CLOSED) return;
    source.close();
    setTimeout(connect, retry);
    retry = Math.min(retry * 2, 30000);
  };
  for (const kind of kinds) source.addEventListener(kind, hear);
}

if (root.dataset.liveUrl) {
  connect();
  addEventListener("pagehide", () => source?.close());
  addEventListener("pageshow", (event) => { if (event.persisted) connect(); });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return source?.close();
    connect();
    soon();
  });
  setInterval(() => { if (Date.now() - lastRefresh > 60000) soon(); }, 30000);
}
setInterval(tick, 1000);
tick();
