// Keeps a page live: server-sent events say that something changed, the page is asked again, and the blocks that differ
// are exchanged. The server alone knows how a thing is shown. Without this script the page is complete, only still.

const root = document.documentElement;
const pill = document.getElementById("live");
const notice = document.getElementById("notice");
const kinds = (root.dataset.liveOn || "").split(" ").filter(Boolean);
const pause = Number(root.dataset.liveEvery || 2) * 1000;
let last = root.dataset.liveAfter; // the newest event that what is shown knows of
let offset = Date.parse(root.dataset.now) - Date.now();
let source, heard, lostAt = 0, retry = 2000, timer = 0, lastRefresh = 0, busy = false, again = false;

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

// What a person has ticked, chosen or written, and what has the focus, goes over into the block that takes its place.
function carry(old, added) {
  const open = new Set([...old.querySelectorAll("details[open] > summary")].map((s) => s.textContent));
  for (const summary of added.querySelectorAll("details > summary")) if (open.has(summary.textContent)) summary.parentElement.open = true;
  for (const field of old.querySelectorAll("input[name]:not([type=hidden]), select[name], textarea[name]")) {
    const ticks = field.type === "checkbox" || field.type === "radio";
    const twin = [...added.querySelectorAll(`[name="${CSS.escape(field.name)}"]`)].find((one) => !ticks || one.value === field.value);
    if (twin && ticks) twin.checked = field.checked;
    else if (twin) twin.value = field.value;
  }
  if (!old.contains(document.activeElement)) return null;
  const { tagName, name, value } = document.activeElement, href = document.activeElement.getAttribute("href");
  return [...added.querySelectorAll(tagName)].find((one) => one.getAttribute("href") === href && one.name === name && one.value === value);
}

function exchange(old, fresh) {
  const added = document.importNode(fresh, true);
  const focused = carry(old, added);
  if (added.dataset.flash !== undefined && added.dataset.flash !== old.dataset.flash) added.classList.add("changed");
  old.replaceWith(added);
  focused?.focus();
}

// The blocks and lists that stand in a list: new ones are put in, those that are gone taken out, all in the server's order.
const key = (block) => block.dataset.live ?? (block.dataset.liveList && `list ${block.dataset.liveList}`);
const blocks = (list) => [...list.children].filter(key);

function arrange(old, fresh) {
  const names = new Set(blocks(fresh).map(key)), focused = document.activeElement;
  for (const block of blocks(old)) if (!names.has(key(block))) block.remove();
  let before = null;
  for (const block of blocks(fresh)) {
    const here = blocks(old), follows = here[here.indexOf(before) + 1];
    let mine = here.find((one) => key(one) === key(block));
    if (!mine) {
      mine = document.importNode(block, true);
      mine.classList.add("changed");
    }
    if (mine !== follows) before ? before.after(mine) : old.insertBefore(mine, follows || null);
    before = mine;
  }
  if (focused !== document.activeElement && focused?.isConnected) focused.focus();
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
  for (const fresh of page.querySelectorAll("[data-live-list]")) {
    const old = document.querySelector(`[data-live-list="${CSS.escape(fresh.dataset.liveList)}"]`);
    if (old) arrange(old, fresh);
  }
  for (const fresh of page.querySelectorAll("[data-live]")) {
    const old = document.querySelector(`[data-live="${CSS.escape(fresh.dataset.live)}"]`);
    if (old && !same(old, fresh)) exchange(old, fresh);
  }
}

async function refresh() {
  if (document.hidden) return;
  if (busy) { again = true; return; }
  busy = true;
  lastRefresh = Date.now();
  try {
    const url = new URL(location.href);
    url.searchParams.set("live", "1");
    url.hash = "";
    const answer = await fetch(url, { headers: { Accept: "text/html" }, redirect: "manual" });
    if (answer.type === "opaqueredirect") return location.reload();
    if (!answer.ok) { again = answer.status > 404; return; }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    offset = Date.parse(page.documentElement.dataset.now) - Date.now();
    patch(page);
    tick();
  } catch { /* out of reach: the event source says so */ } finally {
    busy = false;
    if (again) soon();
    again = false;
  }
}

function soon() {
  if (timer) return;
  timer = setTimeout(() => { timer = 0; refresh(); }, Math.max(150, lastRefresh + pause - Date.now()));
}

function hear(event) {
  heard = Date.now();
  last = event.lastEventId || last;
  document.dispatchEvent(new CustomEvent("firstbell", { detail: { kind: event.type, data: JSON.parse(event.data) } }));
  soon();
}

// A hidden page lets its stream go: a browser opens six connections to a server, and pages left open would use them up.
function connect() {
  if (document.hidden || (source && source.readyState !== EventSource.CLOSED)) return;
  const url = new URL(root.dataset.liveUrl, location.href);
  if (last) url.searchParams.set("after", last);
  source = new EventSource(url);
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
