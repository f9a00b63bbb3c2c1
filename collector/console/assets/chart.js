// Makes the server's drawing of a point zoomable: uPlot with the band between lowest and highest, gaps left as gaps.
/* global uPlot */

const box = document.getElementById("chart");
const SCALED = { By: "B", "By/s": "B/s", "bit/s": "bit/s", W: "W" };
const MOST = 800;

const SPANS = [[172800, 86400, "d"], [7200, 3600, "h"], [120, 60, "min"], [0.9995, 1, "s"], [0, 0.001, "ms"]];

function figure(value, unit, sign, places) {
  if (value === null || value === undefined) return "–";
  if (unit === "s") [, value, sign] = SPANS.find(([from]) => Math.abs(value) >= from).map((part, i) => (i === 1 ? value / part : part));
  let prefix = "";
  if (SCALED[unit]) for (const next of ["k", "M", "G", "T"]) if (Math.abs(value) >= 1000) { value /= 1000; prefix = next; }
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  const text = (places === undefined ? Number(value.toFixed(digits)).toString() : value.toFixed(places)).replace("-", "−");
  return SCALED[unit] ? `${text} ${prefix}${SCALED[unit]}` : sign ? `${text} ${sign}` : text;
}

function places(splits, unit) {
  const step = Math.abs(splits[1] - splits[0]);
  return unit === "s" || SCALED[unit] || !(step > 0) ? undefined : Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));
}

function columns(answer) {
  const raw = answer.columns[1] === "value";
  const found = answer.rows.map((row) => ({
    at: Date.parse(row[0]) / 1000, low: row[1], mean: raw ? row[1] : row[2], high: raw ? row[1] : row[3],
  }));
  const steps = found.slice(1).map((row, i) => row.at - found[i].at).sort((a, b) => a - b);
  const gap = Math.max(60, 3 * (steps[steps.length >> 1] || 0));
  const out = [[], [], [], []];
  let last = null;
  for (const row of found) {
    if (last !== null && row.at - last > gap) [last + gap / 3, null, null, null].forEach((v, i) => out[i].push(v));
    [row.at, row.mean, row.low, row.high].forEach((v, i) => out[i].push(v));
    last = row.at;
  }
  return raw ? out.slice(0, 2) : out;
}

async function load(from, to) {
  const url = `/api/v1/points/${box.dataset.point}/history?from=${from.toISOString()}&to=${to.toISOString()}&max_points=${MOST}`;
  const answer = await fetch(url, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`history answered ${answer.status}`);
  return columns(await answer.json());
}

// Which sample the pointer reads: the nearest, but none in a hole or beyond the ends, save close beside a sample.
function said(plot, nearest, at) {
  const [times, values] = plot.data;
  if (values[nearest] === null) return null;
  const before = times[nearest] <= at ? nearest : nearest - 1;
  const between = (values[before] ?? null) !== null && (values[before + 1] ?? null) !== null;
  return between || Math.abs(plot.valToPos(times[nearest], "x") - plot.valToPos(at, "x")) <= 12 ? nearest : null;
}

function options(width, raw, zoomed) {
  const { unit, sign, zone } = box.dataset;
  const states = box.dataset.states ? JSON.parse(box.dataset.states) : null;
  const ink = getComputedStyle(box);
  const colour = (name) => ink.getPropertyValue(name).trim();
  const say = (value) => (states ? states[String(value)] ?? figure(value, unit, sign) : figure(value, unit, sign));
  const axis = { stroke: colour("--soft"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line"), width: 1 } };
  const edge = { width: 0, points: { show: false }, value: (_, v) => (states ? "" : say(v)) };
  const paths = states ? uPlot.paths.stepped({ align: 1 }) : undefined;
  return {
    width, height: 260,
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), zone),
    fmtDate: (template) => uPlot.fmtDate(template.replace("{h}:{mm}{aa}", "{HH}:{mm}").replace("{h}{aa}", "{HH}:00")),
    cursor: {
      drag: { x: true, y: false, setScale: false },
      dataIdx: (plot, _, nearest, at) => said(plot, nearest, at),
    },
    scales: { y: states ? { range: (_, low, high) => [Math.min(0, low) - 0.2, Math.max(1, high) + 0.2] } : {} },
    axes: [
      { ...axis, values: [[86400, "{D} {MMM}", null, null, null, null, null, null, 1], [3600, "{HH}:{mm}", "\n{D} {MMM}", null, "\n{D} {MMM}", null, null, null, 1], [60, "{HH}:{mm}", "\n{D} {MMM}", null, "\n{D} {MMM}", null, null, null, 1], [1, "{HH}:{mm}:{ss}", "\n{D} {MMM}", null, "\n{D} {MMM}", null, null, null, 1]] },
      { ...axis, size: states ? 90 : 74, values: (_, splits) => splits.map((v) => (states ? states[String(v)] ?? "" : figure(v, unit, sign, places(splits, unit)))) },
    ],
    series: [
      { label: "Time", value: "{WWW} {D} {MMM} {HH}:{mm}:{ss}" },
      { label: raw ? "Value" : "Mean", stroke: colour("--accent"), width: 1.8, value: (_, v) => say(v), paths, points: { size: 4 } },
      ...(raw ? [] : [{ label: "Lowest", ...edge }, { label: "Highest", ...edge }]),
    ],
    bands: states || raw ? [] : [{ series: [3, 2], fill: `color-mix(in srgb, ${colour("--accent")} 20%, transparent)` }],
    hooks: { setLegend: [(plot) => plot.root.classList.toggle("hovered", plot.cursor.idxs?.[1] != null)], setSelect: [(plot) => { if (plot.select.width > 4) zoomed(plot.posToVal(plot.select.left, "x"), plot.posToVal(plot.select.left + plot.select.width, "x")); }] },
  };
}

async function start() {
  const whole = [new Date(box.dataset.from), new Date(box.dataset.to)];
  const back = document.getElementById("unzoom");
  let span = whole, plot = null, drawnAt = 0;

  async function draw(from, to) {
    span = [from, to];
    const data = await load(from, to);
    if (!data[0].length) return;
    drawnAt = Date.now();
    plot?.destroy();
    const opts = options(box.clientWidth, data.length === 2, (low, high) => draw(new Date(low * 1000), new Date(high * 1000)).catch(() => {}));
    opts.scales.x = { time: true, range: [from / 1000, to / 1000] };
    box.replaceChildren();
    plot = new uPlot(opts, data, box);
    back.hidden = span === whole || (from >= whole[0] && to >= whole[1] && from <= whole[0]);
  }

  await draw(...whole);
  back.addEventListener("click", () => draw(...whole).catch(() => {}));
  new ResizeObserver(() => { if (plot && plot.width !== box.clientWidth) plot.setSize({ width: box.clientWidth, height: 260 }); }).observe(box);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => draw(...span).catch(() => {}));
  document.addEventListener("firstbell", ({ detail }) => {
    const ours = detail.kind === "reading" && detail.data.values?.some((value) => String(value.point) === box.dataset.point);
    if (!ours || span[1] !== whole[1] || Date.now() - drawnAt < 10000) return;
    const length = whole[1] - whole[0];
    whole[1] = new Date(); whole[0] = new Date(whole[1] - length);
    draw(...whole).catch(() => {});
  });
}

if (box && window.uPlot) start().catch((error) => console.info("The chart stays as the server drew it:", error.message));
