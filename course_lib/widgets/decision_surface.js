// The decision surface: controls and drawing. What is computed stands in decision_surface_math.js.
const SETTINGS = ["preset", "hidden", "learning_rate", "momentum", "seed"], STATE = [...SETTINGS, "snapshot", "lines", "point"];
const NO_ANSWER = "Python trains the network, and it has not answered. Run the cells down to this one, then choose again.";
const COLUMNS = 110, ROWS = 92, WIDTH = 420, HEIGHT = 350;

function render({ model, el }) {
  const presets = model.get("presets"), rates = model.get("learning_rates");
  const work = { values: null, rgba: null };  // arrays that the next drawing fills again
  let drawnTraining = null;

  const note = element("p", { class: "course-note", role: "alert" });
  const preset = choice("points", Object.keys(presets), (name) => change({ preset: name, ...presets[name].start }));
  const hidden = choice("hidden units", ["1", "2", "3", "4", "5", "6", "7", "8"], (text) => change({ hidden: Number(text) }));
  const rate = choice("learning rate", rates.map(String), (text) => change({ learning_rate: Number(text) }));
  const momentum = choice("momentum", model.get("momenta").map(String), (text) => change({ momentum: Number(text) }));
  const seed = rangeInput("seed of the random start", { min: 0, max: 30, step: 1, onchange: (value) => change({ seed: value }) });
  const seedText = element("span", { class: "course-seed" });
  const lines = tick("lines of the hidden units", (checked) => change({ lines: checked }));
  const map = chart({ label: "the plane: choose a point with the pointer or the arrow keys", x: [0, 1], y: [0, 1], xlabel: "x\u2081", ylabel: "x\u2082", width: WIDTH, height: HEIGHT });
  const curve = chart({ label: "the error after each epoch", x: [0, 1], y: [0, 1], xlabel: "epoch", ylabel: "error E", width: WIDTH, height: HEIGHT });
  const canvas = element("canvas", { width: COLUMNS, height: ROWS, "aria-hidden": "true" });
  const stage = element("div", { class: "course-map" }, canvas, map.node);
  const layers = { edge: map.layer({ class: "course-edge" }), units: map.layer({ class: "course-units" }), points: map.layer({ class: "course-points" }), probe: map.layer({ class: "course-probe" }) };
  const path = curve.layer({ class: "course-curve" }), now = curve.layer({ class: "course-now" });
  const player_ = player("snapshot", (snapshot) => change({ snapshot }), { milliseconds: 150 });
  const progress = spokenLine(), at = spokenLine(), code = codePanel(), isSilent = patience(() => draw());

  const { change, disconnect } = connect(model, [...STATE, "training"], draw);
  Object.entries({ tabindex: "0", ...OWN_KEYS }).forEach(([name, value]) => map.node.setAttribute(name, value));
  map.node.addEventListener("pointerdown", (event) => map.node.setPointerCapture(event.pointerId));
  for (const kind of ["pointerdown", "pointermove"]) map.node.addEventListener(kind, (event) => { if (event.buttons) change({ point: moved(map.place(event), [0, 0], presets[model.get("preset")]) }); });
  map.node.addEventListener("keydown", (event) => {
    const way = { ArrowUp: [0, 1], ArrowDown: [0, -1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key];
    if (!way) return;
    event.preventDefault();
    change({ point: moved(model.get("point"), way.map((part) => part * (event.shiftKey ? 10 : 2)), presets[model.get("preset")]) });
  });
  el.append(element("div", { class: "course-explorer course-surface" },
    element("div", { class: "course-row" }, labelled("points", preset), labelled("hidden units", hidden), labelled("learning rate", rate), labelled("momentum", momentum),
      element("label", { class: "course-field" }, element("span", {}, "seed"), seed, seedText), lines.field, button("Reset", () => { player_.pause(); change(model.get("initial")); })),
    note, player_.node,
    element("div", { class: "course-sides" }, stage, curve.node),
    progress.node, at.node,
    element("p", { class: "course-legend" }, "Blue: output near 0. White: 0.5, with a black line. Orange: near 1. Circles have the target 0, squares the target 1; a cross marks a point on the wrong side. ",
      "A dashed line is where a hidden unit answers 0.5; its number stands on the side where it answers more."),
    code.node));
  draw();

  function draw() {
    const state = Object.fromEntries(STATE.map((name) => [name, model.get(name)])), training = model.get("training");
    drawControls(state);
    const answered = sameSettings(training.settings, state);
    const warning = isSilent(answered) ? NO_ANSWER : "";
    if (note.textContent !== warning) note.textContent = warning;
    if (!answered) {
      player_.pause();
      return;
    }
    state.snapshot = Math.min(state.snapshot, training.kept.length - 1);
    const { x, y, points, labels } = presets[state.preset], weights = training.kept[state.snapshot];
    if (drawnTraining !== training) drawTraining(training, { x, y });
    drawMap(weights, { x, y });
    const right = judged(weights, points, labels);
    drawPoints(points, labels, right);
    drawUnits(state.lines ? weights : { hidden: [] }, { x, y });
    drawProbe(state.point);
    drawNow(training, training.epochs[state.snapshot]);
    player_.set(state.snapshot, training.kept.length - 1);
    progress.say(`${progressText(state, training, right)} ${training.summary}`);
    at.say(pointText(weights, state.point));
    code.set(() => showCode(state, training));
  }

  function drawControls(state) {
    preset.value = state.preset;
    hidden.value = String(state.hidden);
    rate.value = String(state.learning_rate);
    momentum.value = String(state.momentum);
    seed.value = state.seed;
    seedText.textContent = state.seed;
    lines.box.checked = state.lines;
  }

  // What changes only with the training: the axes and the curve.
  function drawTraining(training, box) {
    drawnTraining = training;
    map.ranges(box.x, box.y);
    const percent = (part, whole) => `${(100 * part) / whole}%`;
    Object.assign(canvas.style, { left: percent(map.X(box.x[0]), WIDTH), width: percent(map.X(box.x[1]) - map.X(box.x[0]), WIDTH), top: percent(map.Y(box.y[1]), HEIGHT), height: percent(map.Y(box.y[0]) - map.Y(box.y[1]), HEIGHT) });
    curve.ranges([0, training.epochs.at(-1)], [0, training.highest]);
    path.replaceChildren(svg("path", { d: curve.line(training.error.map((error, epoch) => [epoch, error])) }));
  }

  function drawMap(weights, box) {
    work.values = surface(weights, box, COLUMNS, ROWS, work.values);
    work.rgba = outputColours(work.values, work.rgba);
    canvas.getContext("2d").putImageData(new ImageData(work.rgba, COLUMNS, ROWS), 0, 0);
    layers.edge.replaceChildren(svg("path", { d: boundary(work.values, box, COLUMNS, ROWS).map(map.line).join("") }));
  }

  function drawPoints(points, labels, right) {
    layers.points.replaceChildren(...points.flatMap((point, n) => {
      const [px, py] = [map.X(point[0]), map.Y(point[1])];
      const shape = labels[n] === 1 ? svg("rect", { x: px - 4.5, y: py - 4.5, width: 9, height: 9, class: "course-one" }) : svg("circle", { cx: px, cy: py, r: 5, class: "course-none" });
      return right[n] ? [shape] : [shape, svg("path", { d: `M${px - 8} ${py - 8}l16 16m0 -16l-16 16`, class: "course-wrong" })];
    }));
  }

  function drawUnits(weights, box) {
    layers.units.replaceChildren(...weights.hidden.flatMap((pair, unit) => {
      const found = hiddenLine(pair, weights.hidden_bias[unit], box);
      if (!found) return [];
      const [a, b] = found.label;
      return [svg("path", { d: map.line(found.ends), class: "course-halo" }), svg("path", { d: map.line(found.ends) }), svg("text", { x: map.X(a), y: map.Y(b) + 4, "text-anchor": "middle" }, unit + 1)];
    }));
  }

  function drawProbe([a, b]) {
    const [px, py] = [map.X(a), map.Y(b)];
    layers.probe.replaceChildren(svg("circle", { cx: px, cy: py, r: 8 }), svg("path", { d: `M${px - 12} ${py}h8m8 0h8M${px} ${py - 12}v8m0 8v8` }));
  }

  function drawNow(training, epoch) {
    const [px, py] = [curve.X(epoch), curve.Y(training.error[epoch])];
    now.replaceChildren(svg("line", { x1: px, x2: px, y1: curve.Y(0), y2: curve.Y(training.highest) }), svg("circle", { cx: px, cy: py, r: 5 }));
  }

  return () => { isSilent(true); player_.pause(); disconnect(); };
}
export default { render };
