// Charts in the portal's palette. A page loads vendor/echarts/echarts.min.js (deferred), then its own module imports this:
//
//   import { draw } from "/static/portal/charts.js";
//   draw(document.getElementById("effect"), { title: {...}, xAxis: {...}, series: [...] });
//
// The tooltip is drawn, not made of HTML, because HTML with inline styles is what the page's security policy forbids.
// A chart is a picture: give the same numbers in a table beside it, and the element an aria-label.

const css = getComputedStyle(document.documentElement);
const colour = (name) => css.getPropertyValue(`--${name}`).trim();

const theme = () => ({
  color: [colour("accent"), colour("warn"), colour("note"), colour("bad"), colour("good"), colour("ink-soft")],
  textStyle: { fontFamily: css.getPropertyValue("--bs-font-sans-serif"), color: colour("ink") },
  title: { textStyle: { color: colour("ink"), fontWeight: 600 }, subtextStyle: { color: colour("ink-soft") } },
  legend: { textStyle: { color: colour("ink") } },
  categoryAxis: axis(),
  valueAxis: axis(),
  timeAxis: axis(),
});

function axis() {
  return {
    axisLine: { lineStyle: { color: colour("line-strong") } },
    axisLabel: { color: colour("ink-soft") },
    splitLine: { lineStyle: { color: colour("line") } },
  };
}

/** Draw `option` (ECharts') into `element`, which needs a height; follows its width. Returns the ECharts instance. */
export function draw(element, option) {
  const chart = globalThis.echarts.init(element, theme(), { renderer: "svg" });
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  chart.setOption({
    aria: { enabled: true, decal: { show: true } },
    animation: !still,
    ...option,
    tooltip: { confine: true, ...option.tooltip, renderMode: "richText" },
  });
  new ResizeObserver(() => chart.resize()).observe(element);
  return chart;
}
