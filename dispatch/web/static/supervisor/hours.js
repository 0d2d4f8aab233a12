// Reports hour by hour, today as bars, yesterday as a line behind them.
export async function hours(main) {
  const element = main.querySelector("[data-hours]");
  const charts = await import(main.dataset.charts);
  const chart = charts.init(element, null, { renderer: "canvas" });
  const draw = () => {
    const style = getComputedStyle(document.body);
    const colour = (name) => style.getPropertyValue(name).trim();
    const size = parseFloat(style.fontSize) * 0.8;
    const found = JSON.parse(element.dataset.hours);
    const [today, yesterday] = JSON.parse(element.dataset.words);
    const hour = Number(element.dataset.hour);
    chart.setOption({
      animation: false,
      textStyle: { fontFamily: style.fontFamily, fontSize: size },
      grid: { left: size * 2.6, right: size * 0.6, top: size * 0.8, bottom: size * 1.8 },
      xAxis: { type: "category", data: found.map((_, index) => index), axisTick: { show: false }, axisLine: { lineStyle: { color: colour("--line-strong") } }, axisLabel: { color: colour("--quiet"), fontSize: size, interval: 2 } },
      yAxis: { type: "value", minInterval: 1, splitNumber: 3, splitLine: { lineStyle: { color: colour("--line") } }, axisLabel: { color: colour("--quiet"), fontSize: size } },
      series: [
        { name: today, type: "bar", barWidth: "62%", data: found.map(([now], index) => (index > hour ? null : now)), itemStyle: { color: colour("--accent") } },
        { name: yesterday, type: "line", step: "middle", symbol: "none", data: found.map(([, then]) => then), lineStyle: { color: colour("--soon"), width: size / 7 } },
      ],
    });
  };
  draw();
  main.addEventListener("fresh", draw);
  new ResizeObserver(() => { chart.resize(); draw(); }).observe(element);
}
