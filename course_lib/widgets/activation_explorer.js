// The activation explorer: controls and drawing. What is computed stands in activations.js, what Python computed in `table`.
const STATE = ["view", "activation", "x", "negative_slope", "alpha", "lines", "scale", "shift"];

function numberField(label, limit, onvalue) {
  return numberInput({
    size: 6, "aria-label": label, parse: (text) => parseDecimal(text, limit), limits: `a number from \u2212${limit} to ${limit}`,
    written: (value) => readable(value, 6), onvalue,
  });
}

// The number as readable() has it; with more digits where those would make a whole number of one that only comes close.
function exactly(value) {
  for (let digits = 4; digits < 17; digits++) {
    const text = readable(value, digits);
    if (Number.isInteger(value) || text !== readable(Math.round(value))) return text;
  }
  return readable(value);
}

// A slider over a list of values, with the value written beside it.
function listSlider(label, values, onvalue) {
  const input = rangeInput(label, { min: 0, max: values.length - 1, step: 1, onchange: (n) => onvalue(values[n]) });
  const text = element("span", { class: "course-value" });
  const set = (value) => {
    input.value = values.indexOf(value);
    input.setAttribute("aria-valuetext", String(value));
    text.textContent = readable(value);
  };
  return { node: element("label", { class: "course-field" }, element("span", {}, label), input, text), set };
}

function slider(label, range, onvalue) {
  const input = rangeInput(label, { ...range, onchange: onvalue }), text = element("span", { class: "course-value" });
  const set = (value) => { input.value = value; text.textContent = readable(value); };
  return { node: element("label", { class: "course-field" }, element("span", {}, label), input, text), input, set };
}

// A curve with a point on it that follows the pointer; flat stretches are shaded and named.
function curveChart(label, place, reach, onmove) {
  const drawing = chart({ label, x: [-reach, reach], y: [0, 1], xlabel: "x, what arrives at the unit", ylabel: label, width: 420, height: 270 });
  const shade = drawing.layer(), curve = svg("path", { class: `course-curve course-curve-${place}` });
  const upright = svg("line", { class: "course-upright" }), point = svg("circle", { r: 7, class: "course-point" });
  drawing.layer().append(curve, upright, point);
  const move = (event) => { const [x] = drawing.place(event); onmove(x); };
  drawing.node.addEventListener("pointerdown", (event) => { event.preventDefault(); drawing.node.setPointerCapture(event.pointerId); move(event); });
  drawing.node.addEventListener("pointermove", (event) => { if (event.buttons) move(event); });

  function show(points, range, stretches, flat) {
    drawing.ranges([-reach, reach], range);
    curve.setAttribute("d", drawing.line(points));
    shade.replaceChildren(...stretches.flatMap(([from, to]) => {
      const left = drawing.X(from), width = Math.max(1, drawing.X(to) - left);
      const text = svg("text", { x: left + width / 2, y: 124, "text-anchor": "middle" }, `slope < ${flat}`);
      return [svg("rect", { x: left, y: 10, width, height: 220, class: "course-flat" }), ...(width > 60 ? [text] : [])];
    }));
  }
  function mark(x, y) {
    for (const [name, value] of Object.entries({ cx: drawing.X(x), cy: drawing.Y(y) })) point.setAttribute(name, value);
    for (const [name, value] of Object.entries({ x1: drawing.X(x), x2: drawing.X(x), y1: 10, y2: 230 })) upright.setAttribute(name, value);
  }
  return { node: drawing.node, show, mark };
}

// Bars for the outputs of a layer, and a line at their mean.
function histogram() {
  const drawing = chart({ label: "histogram of the layer's outputs", x: [0, 1], y: [0, 100], xlabel: "output of a unit", ylabel: "share of outputs in %", width: 420, height: 270 });
  const bars = drawing.layer(), mean = svg("line", { class: "course-mean" }), text = svg("text", { y: 24 }, "mean");
  drawing.layer().append(mean, text);
  let range = "";

  function show(setting) {
    const { low, high, shares } = setting, width = (high - low) / shares.length;
    if (range !== `${low} ${high}`) drawing.ranges([low, high], [0, 100]);
    range = `${low} ${high}`;
    bars.replaceChildren(...shares.flatMap((share, n) => (share ? [svg("rect", { class: "course-bar", x: drawing.X(low + n * width), y: drawing.Y(share),
      width: drawing.X(low + width) - drawing.X(low) - 1, height: drawing.Y(0) - drawing.Y(share) })] : [])));
    const at = drawing.X(setting.mean), right = at > 350;
    for (const [name, value] of Object.entries({ x1: at, x2: at, y1: 10, y2: 230 })) mean.setAttribute(name, value);
    text.setAttribute("x", right ? at - 5 : at + 5);
    text.setAttribute("text-anchor", right ? "end" : "start");
  }
  return { node: drawing.node, show };
}

// A row for each reading: [what, value].
function readings(caption, names) {
  const cells = names.map(() => element("td"));
  const node = element("table", { class: "course-readings" }, element("caption", {}, caption),
    element("tbody", {}, ...names.map((name, n) => element("tr", {}, element("th", { scope: "row" }, name), cells[n]))));
  return { node, set: (values) => values.forEach((value, n) => { cells[n].textContent = value; }) };
}

function render({ model, el }) {
  const { units, digits, scales, shifts } = model.get("table"), flat = model.get("flat"), reach = model.get("reach");
  const moveTo = (x) => change({ x: Math.max(-reach, Math.min(reach, Math.round(x * 20) / 20)) });
  let drawn = "";

  const view = choice("view", ["one unit", "a layer"], (name) => change({ view: name }));
  const activation = choice("activation", model.get("names"), (name) => change({ activation: name }));
  const x = slider("x", { min: -reach, max: reach, step: 0.05 }, (value) => change({ x: value }));
  const typed = numberField("x, typed", reach, (value) => change({ x: value }));
  const slope = slider("slope below 0", { min: 0, max: 0.5, step: 0.01 }, (value) => change({ negative_slope: value }));
  const alpha = slider("alpha", { min: 0.1, max: 3, step: 0.1 }, (value) => change({ alpha: value }));
  const lineFields = ["w1", "b1", "w2", "b2"].map((name, n) => numberField(name, 100, (value) => change({ lines: model.get("lines").map((old, m) => (m === n ? value : old)) })));
  const lineRow = element("span", { class: "course-field", role: "group", "aria-label": "maxout's two lines" }, "max(", lineFields[0].input, "x +", lineFields[1].input, ",", lineFields[2].input, "x +", lineFields[3].input, ")");
  const scale = listSlider("weight scale", scales, (value) => change({ scale: value }));
  const shift = listSlider("bias shift", shifts, (value) => change({ shift: value }));
  const follow = (value) => { x.input.focus(); moveTo(value); };
  const valueChart = curveChart("value", "value", reach, follow), slopeChart = curveChart("slope", "slope", reach, follow);
  const bars = histogram();
  const ladder = readings("at this point", ["value", "slope", "gradient of 1 behind 1 unit", "behind 5 such units", "behind 10 such units"]);
  const numbers = readings(`${units} units, ${digits} real digits`, ["mean output", "slope below 0.01", "below 0.01 for every digit"]);
  const dots = Array.from({ length: units }, () => element("span", { class: "course-dot" }));
  const spoken = spokenLine(), code = codePanel();
  const unitRow = element("div", { class: "course-row" }, x.node, labelled("or type x", typed.input), slope.node, alpha.node, lineRow);
  const layerRow = element("div", { class: "course-row" }, scale.node, shift.node);
  const unitView = element("div", { class: "course-panels" }, valueChart.node, slopeChart.node, ladder.node);
  const layerView = element("div", { class: "course-panels" }, bars.node, element("div", {}, numbers.node,
    element("div", { class: "course-dots", "aria-hidden": "true" }, ...dots),
    element("p", { class: "course-key", "aria-hidden": "true" }, "\u25a0 steeper for some digit   \u2715 below 0.01 for every digit")));

  const { change, disconnect } = connect(model, STATE, draw);
  el.append(element("div", { class: "course-explorer course-activations" },
    element("div", { class: "course-row" }, labelled("view", view), labelled("activation", activation), button("Reset", () => change(model.get("initial")))),
    unitRow, layerRow, unitView, layerView, spoken.node, code.node));
  draw();

  function draw() {
    const state = Object.fromEntries(STATE.map((name) => [name, model.get(name)])), one = state.view === "one unit";
    if (one) drawUnit(state);
    else drawLayer(state);
    view.value = state.view;
    activation.value = state.activation;
    unitRow.hidden = unitView.hidden = !one;
    layerRow.hidden = layerView.hidden = one;
    code.set(() => showCode(state));
  }

  // The curves are drawn anew only when they change; a moved point is two attributes.
  function drawUnit(state) {
    const name = state.activation, key = JSON.stringify([name, state.negative_slope, state.alpha, state.lines]);
    if (drawn !== key) {
      const points = samples(name, state, reach), stretches = flatStretches(points, flat);
      valueChart.show(points.map(([at, value]) => [at, value]), rangeOf(points.map((point) => point[1]), 0, 1), stretches, flat);
      slopeChart.show(points.map(([at, , rise]) => [at, rise]), rangeOf(points.map((point) => point[2]), 0, 1), stretches, flat);
      drawn = key;
    }
    const value = valueAt(name, state.x, state), rise = slopeAt(name, state.x, state);
    valueChart.mark(state.x, value);
    slopeChart.mark(state.x, rise);
    x.set(state.x);
    typed.set(state.x);
    slope.set(state.negative_slope);
    alpha.set(state.alpha);
    lineFields.forEach((field, n) => field.set(state.lines[n]));
    slope.node.hidden = name !== "leaky ReLU";
    alpha.node.hidden = name !== "ELU";
    lineRow.hidden = name !== "maxout";
    ladder.set([value, rise, left(rise, 1), left(rise, 5), left(rise, 10)].map(exactly));
    spoken.say(`${name} at x = ${readable(state.x)}: value ${exactly(value)}, slope ${readable(rise)}. ${flatText(rise, flat).replaceAll("-", "\u2212")} Of a gradient of 1, ${readable(left(rise, 5))} is left behind five such units.`);
  }

  function drawLayer(state) {
    const setting = settingOf(model.get("table"), state);
    bars.show(setting);
    scale.set(state.scale);
    shift.set(state.shift);
    numbers.set([readable(setting.mean), `${readable(setting.flat)} % of the outputs`, `${setting.dead} of ${units} units`]);
    dots.forEach((dot, n) => { dot.textContent = n < setting.dead ? "\u2715" : "\u25a0"; });
    spoken.say(`${state.activation}, weight scale ${readable(state.scale)}, bias shift ${readable(state.shift)}. ${layerText(setting, units, flat)}`);
  }

  return () => disconnect();
}
export default { render };
