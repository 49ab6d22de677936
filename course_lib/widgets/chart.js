// A coordinate system in an SVG and the buttons of a player: pieces that several explorers share, joined behind shared.js.

// svg("circle", { cx: 3, cy: 4, r: 2 }): like element(), for drawings.
export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) if (value != null && value !== false) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

// About `count` round numbers from low to high: ticks(0, 10, 5) -> [0, 2, 4, 6, 8, 10].
export function ticks(low, high, count = 5) {
  const rough = (high - low) / count, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= rough * 0.999) * power;
  const first = Math.ceil(low / step - 1e-9), last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, n) => Number(((first + n) * step).toPrecision(12)));
}

// A number for reading: at most `digits` significant digits, a real minus sign, no trailing zeros.
export function readable(value, digits = 4) {
  if (!Number.isFinite(value)) return String(value);
  const text = value !== 0 && Math.abs(value) < 1e-4 ? value.toExponential(digits - 1) : String(Number(value.toPrecision(digits)));
  return text.replaceAll("-", "\u2212");
}

// Axes with ticks and labels: chart({ label: "for a screen reader", x: [0, 10], y: [-1, 1], xlabel: "x", ylabel: "f(x)" }).
// X and Y map values to the drawing, place(event) maps a pointer back to values, line(points) is a path through points,
// layer() adds a group to draw into, ranges(x, y) draws the axes anew, with other labels if they are given.
export function chart({ label, x, y, xlabel = "", ylabel = "", width = 420, height = 300 }) {
  const left = 52, right = width - 10, top = 10, bottom = height - 40;
  const axes = svg("g", { class: "course-axes" });
  const node = svg("svg", { class: "course-chart", viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label }, axes);
  const X = (value) => left + ((value - x[0]) / (x[1] - x[0])) * (right - left);
  const Y = (value) => bottom - ((value - y[0]) / (y[1] - y[0])) * (bottom - top);
  const line = (points) => points.map(([px, py], n) => `${n ? "L" : "M"}${X(px).toFixed(2)} ${Y(py).toFixed(2)}`).join("");

  function ranges(newX, newY, newXlabel = xlabel, newYlabel = ylabel) {
    [x, y, xlabel, ylabel] = [newX, newY, newXlabel, newYlabel];
    axes.replaceChildren(
      svg("rect", { x: left, y: top, width: right - left, height: bottom - top, class: "course-frame-line" }),
      ...ticks(...x, 6).flatMap((value) => [svg("line", { x1: X(value), x2: X(value), y1: top, y2: bottom, class: value === 0 ? "course-zero" : "course-grid" }),
        svg("text", { x: X(value), y: bottom + 15, "text-anchor": "middle" }, readable(value))]),
      ...ticks(...y, 5).flatMap((value) => [svg("line", { x1: left, x2: right, y1: Y(value), y2: Y(value), class: value === 0 ? "course-zero" : "course-grid" }),
        svg("text", { x: left - 5, y: Y(value) + 4, "text-anchor": "end" }, readable(value))]),
      svg("text", { x: (left + right) / 2, y: height - 6, "text-anchor": "middle" }, xlabel),
      svg("text", { x: 12, y: (top + bottom) / 2, "text-anchor": "middle", transform: `rotate(-90 12 ${(top + bottom) / 2})` }, ylabel));
  }
  function place(event) {
    const box = node.getBoundingClientRect();
    const px = ((event.clientX - box.left) / box.width) * width, py = ((event.clientY - box.top) / box.height) * height;
    return [x[0] + ((px - left) / (right - left)) * (x[1] - x[0]), y[0] + ((bottom - py) / (bottom - top)) * (y[1] - y[0])];
  }
  function layer(attributes = {}) {
    const group = svg("g", attributes);
    node.append(group);
    return group;
  }
  ranges(x, y);
  return { node, X, Y, line, layer, ranges, place };
}

// Milliseconds between two steps of a play: as given, or fewer where it would take more than half a minute, but at least 40;
// where even that is too slow, it takes some steps at once.
const LONGEST_PLAY = 30000, QUICKEST_STEP = 40;
export const pace = (milliseconds, steps) => Math.max(QUICKEST_STEP, Math.min(milliseconds, LONGEST_PLAY / steps));
export const stepsAtOnce = (steps) => Math.ceil((QUICKEST_STEP * steps) / LONGEST_PLAY);

// Buttons and a slider that walk through steps 0 to last: player("step", (step) => change({ step })).
// set(step, last) shows where it stands, in words counted from `counted` on. Play moves on by itself and stops at the end;
// pause() stops it.
export function player(label, onstep, { milliseconds = 700, counted = 0 } = {}) {
  let at = 0, end = 0, timer = null;
  const go = (step) => onstep(Math.max(0, Math.min(end, step)));
  const slider = rangeInput(label, { min: 0, max: 0, step: 1, onchange: (step) => { pause(); go(step); } });
  const hand = (step) => () => { pause(); go(step()); };
  const play = button("\u25b6 play", () => {
    if (timer) { pause(); return; }
    if (at >= end) go(0);
    timer = setInterval(() => { if (at >= end || !node.isConnected) pause(); else go(at + stepsAtOnce(end)); }, pace(milliseconds, end));
    play.textContent = "\u275a\u275a pause";
  });
  const first = button("|\u25c0", hand(() => 0), { "aria-label": `first ${label}` }), last = button("\u25b6|", hand(() => end), { "aria-label": `last ${label}` });
  const back = button("\u25c0", hand(() => at - 1), { "aria-label": `previous ${label}` }), next = button("\u25b6", hand(() => at + 1), { "aria-label": `next ${label}` });
  const text = element("span", { class: "course-step" });
  const node = element("div", { class: "course-row course-player" }, first, back, next, last, play, slider, text);

  function pause() {
    clearInterval(timer);
    timer = null;
    play.textContent = "\u25b6 play";
  }
  function set(step, lastStep) {
    [at, end] = [step, lastStep];
    slider.max = lastStep;
    slider.value = step;
    text.textContent = `${label} ${step + counted} of ${lastStep + counted}`;
  }
  return { node, set, pause };
}
