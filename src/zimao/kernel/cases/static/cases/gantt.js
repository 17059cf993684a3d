// Planned and actual, part by part. The table below the drawing says the same.

const DAY = 86_400_000;
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim() || "#4f5c62";
const COLOURS = {
  planned: colour("line"),
  done: colour("good"),
  running: colour("accent"),
  late: colour("bad"),
  forecast: colour("surface"),
};
const SIGNS = { done: "✓", running: "▶", late: "!", forecast: "", planned: "" };
const FONT = '"Noto Sans SC", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Serif CJK SC", sans-serif';
const start = (day) => Date.parse(`${day}T00:00:00Z`);
const end = (day) => start(day) + DAY;

/** Two narrow bars a row: planned above, actual below; a forecast is an outline, so that nothing hangs on colour. */
function bar(narrow, api) {
  const planned = api.value(3) === 0;
  // on a phone the name of the row stands above its bars
  const [top, share] = narrow ? (planned ? [-0.12, 0.2] : [0.12, 0.32]) : planned ? [-0.38, 0.28] : [-0.02, 0.4];
  const from = api.coord([api.value(1), api.value(0)]);
  const to = api.coord([api.value(2), api.value(0)]);
  const height = api.size([0, 1])[1];
  const shape = {
    x: from[0],
    y: from[1] + top * height,
    width: Math.max(to[0] - from[0], 2),
    height: share * height,
    r: 2,
  };
  const kind = Object.keys(COLOURS)[api.value(4)];
  const style = { fill: COLOURS[kind], stroke: kind === "forecast" ? colour("ink-soft") : undefined, lineDash: kind === "forecast" ? [4, 3] : undefined };
  const label = { text: SIGNS[kind], fill: "#fff", font: `bold 12px ${FONT}` };
  return {
    type: "rect",
    shape,
    style,
    textContent: SIGNS[kind] && shape.width > 12 ? { type: "text", style: label } : undefined,
    textConfig: { position: "inside" },
  };
}

function data(chart) {
  const kinds = Object.keys(COLOURS);
  // forecasts first: what has happened is drawn over them
  const sorted = [...chart.bars].sort((one, other) => (other.kind === "forecast") - (one.kind === "forecast"));
  return sorted.map((one) => ({
    name: one.name,
    days: `${one.first} – ${one.last}`,
    kind: chart.words[one.kind],
    value: [one.row, start(one.first), end(one.last), one.lane === "planned" ? 0 : 1, kinds.indexOf(one.kind)],
  }));
}

function lines(chart) {
  const found = [
    { xAxis: end(chart.target), name: chart.words.target, colour: colour("accent"), type: "solid" },
    { xAxis: end(chart.statutory), name: chart.words.statutory, colour: colour("bad"), type: "dashed" },
  ];
  const today = start(chart.today) + DAY / 2;
  if (today <= end(chart.last)) found.push({ xAxis: today, name: chart.words.today, colour: colour("ink-soft"), type: "dotted" });
  const middle = (start(chart.first) + end(chart.last)) / 2;
  return found.map((one, index) => ({
    xAxis: one.xAxis,
    lineStyle: { color: one.colour, type: one.type, width: 2 },
    label: {
      formatter: one.name,
      color: one.colour,
      position: "start",
      align: one.xAxis > middle ? "right" : "left",
      distance: 4 + 17 * index,
      fontFamily: FONT,
    },
  }));
}

function option(chart, narrow) {
  const names = chart.rows.map((row) => row.name);
  return {
    animation: false,
    textStyle: { fontFamily: FONT },
    grid: { left: narrow ? 8 : 200, right: 24, top: 68, bottom: 28 },
    tooltip: { renderMode: "richText", formatter: ({ data: one }) => (one?.kind ? `${one.name}\n${one.kind}\n${one.days}` : "") },
    xAxis: {
      type: "time",
      min: start(chart.first),
      max: end(chart.last),
      splitLine: { show: false },
      axisLabel: { formatter: (value) => new Date(value).toISOString().slice(5, 10), hideOverlap: true, color: colour("ink-soft") },
    },
    yAxis: {
      type: "category",
      inverse: true,
      data: names,
      axisTick: { show: false },
      axisLabel: narrow
        ? { inside: true, align: "left", verticalAlign: "bottom", padding: [0, 0, 13, 0], fontSize: 11, color: colour("ink") }
        : { width: 185, overflow: "break", color: colour("ink") },
      z: 5,
    },
    series: [
      {
        type: "custom",
        renderItem: (params, api) => bar(narrow, api),
        encode: { x: [1, 2], y: 0 },
        data: data(chart),
        markArea: {
          silent: true,
          itemStyle: { color: colour("line-strong"), opacity: 0.14 },
          data: chart.free.map((day) => [{ xAxis: start(day) }, { xAxis: end(day) }]),
        },
        markLine: { silent: true, symbol: "none", data: lines(chart) },
      },
    ],
  };
}

function draw(place) {
  const chart = JSON.parse(document.getElementById(place.dataset.gantt).textContent);
  if (!chart.rows?.length) return;
  place.hidden = false;
  const narrow = () => place.clientWidth < 600;
  place.style.height = `${96 + chart.rows.length * (narrow() ? 62 : 44)}px`;
  const shown = window.echarts.init(place, null, { renderer: "svg" });
  shown.setOption(option(chart, narrow()));
  new ResizeObserver(() => {
    shown.resize();
    shown.setOption(option(chart, narrow()), true);
  }).observe(place);
}

for (const place of document.querySelectorAll("[data-gantt]")) {
  try {
    draw(place);
  } catch (error) {
    console.error(error);
    place.hidden = true;
    const table = place.parentElement.querySelector("details");
    if (table) table.open = true;
  }
}
