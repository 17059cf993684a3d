/** Histograms of the lab: each element with data-histogram names the JSON block it is drawn from. */
const charts = new Set();

function draw(place) {
  if (place.dataset.drawn || !window.echarts) return;
  place.dataset.drawn = "yes";
  const data = JSON.parse(document.getElementById(place.dataset.histogram).textContent);
  const chart = window.echarts.init(place, null, { renderer: "canvas" });
  const series = (name, values, colour, decal) => ({
    name,
    type: "bar",
    data: values,
    barGap: "-100%",
    barCategoryGap: "10%",
    itemStyle: { color: colour, opacity: 0.75, decal },
  });
  chart.setOption({
    animation: !window.matchMedia("(prefers-reduced-motion: reduce)").matches,
    // rich text is drawn on the canvas: the page's policy allows no styles inside HTML
    tooltip: { trigger: "axis", renderMode: "richText", axisPointer: { type: "shadow" } },
    legend: { top: 0 },
    grid: { left: 48, right: 16, top: 40, bottom: 44 },
    xAxis: { type: "category", data: data.labels, name: place.dataset.unit, nameLocation: "middle", nameGap: 28 },
    yAxis: { type: "value", name: place.dataset.count, minInterval: 1 },
    series: [
      series(place.dataset.old, data.old, "#8b8b8b", { symbol: "line", rotation: 0.8, color: "rgba(0,0,0,.35)" }),
      series(place.dataset.new, data.new, "#0052d9", undefined),
    ],
  });
  charts.add(chart);
}

const drawAll = () => document.querySelectorAll("[data-histogram]").forEach(draw);

// a result that comes in while the page is open is put in by HTMX
new MutationObserver(drawAll).observe(document.getElementById("content") ?? document.body, { childList: true, subtree: true });
window.addEventListener("resize", () => charts.forEach((chart) => chart.resize()));
window.addEventListener("load", drawAll);
drawAll();
