// The perceptron explorer: controls and drawing. What is computed stands in perceptron_math.js.
const STATE = ["preset", "standardised", "learning_rate", "start", "step", "hand"], ZEROS = [0, 0, 0];
const RATES = ["0.01", "0.1", "0.25", "0.5", "1", "2"];

// The same shape at each point, as one path: a circle, a square or a cross of radius r.
const SHAPES = { 1: (r) => `m${-r} 0a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`, "-1": (r) => `m${-r} ${-r}h${2 * r}v${2 * r}h${-2 * r}z`, cross: (r) => `m${-r} ${-r}l${2 * r} ${2 * r}m${-2 * r} 0l${2 * r} ${-2 * r}` };
const marks = (c, points, shape) => points.map(([x, y]) => `M${c.X(x).toFixed(1)} ${c.Y(y).toFixed(1)}${shape}`).join("");

// A place on the line that can be dragged and moved with the arrow keys.
function handle(shape, label, { ondrag, onkey }) {
  const node = svg("g", { class: "course-handle", tabindex: 0, role: "slider", "aria-label": label, ...OWN_KEYS }, ...shape);
  let held = null;
  node.addEventListener("pointerdown", (event) => { event.preventDefault(); node.focus(); node.setPointerCapture(event.pointerId); held = ondrag(event, null); });
  node.addEventListener("pointermove", (event) => { if (held) ondrag(event, held); });
  for (const end of ["pointerup", "pointercancel"]) node.addEventListener(end, () => { held = null; });
  node.addEventListener("keydown", (event) => {
    const direction = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1 }[event.key];
    if (!direction) return;
    event.preventDefault();
    event.stopPropagation();
    onkey(direction * (event.shiftKey ? 5 : 1));
  });
  return node;
}

// The plane: two sides, the points, the line before and now, and the line's handles.
const WIDTH = 398, HEIGHT = 350;  // of the frame, in the drawing's units
function planeView(onhand) {
  const c = chart({ label: "points of two kinds and the line that should part them", x: [0, 1], y: [0, 1], width: WIDTH + 62, height: HEIGHT + 50 });
  const frameBox = () => svg("rect", { x: 52, y: 10, width: WIDTH, height: HEIGHT });
  const clip = svg("clipPath", { id: `course-frame-${Math.random().toString(36).slice(2)}` }, frameBox());
  const inside = { "clip-path": `url(#${clip.id})` };
  const back = c.layer(inside), front = c.layer(inside), grips = c.layer();
  const sides = [1, -1].map((side) => ({ side, tint: svg("path", { class: side > 0 ? "course-plus" : "course-minus" }), name: svg("text", { class: "course-side" }, side > 0 ? "o = +1" : "o = \u22121") }));
  const kinds = [1, -1].map((target) => ({ target, all: svg("path", { class: target > 0 ? "course-point-plus" : "course-point-minus" }), wrong: svg("path", { class: `course-wrong ${target > 0 ? "course-point-plus" : "course-point-minus"}` }) }));
  const before = svg("path", { class: "course-line-before" }), line = svg("path", { class: "course-line" });
  const crosses = svg("path", { class: "course-cross" }), example = svg("circle", { class: "course-example" });
  let weights = ZEROS, frame = [[0, 1], [0, 1]], ends = null, radius = 4;

  const arrow = svg("path", { class: "course-arrow" });
  const mover = handle([arrow, svg("circle", { r: 8 })], "move the line: arrow up towards the side o = +1, arrow down away from it", {
    ondrag: (event, held) => { if (held) onhand(movedTo(weights, c.place(event))); return true; },
    onkey: (steps) => onhand(movedBy(weights, frame, steps * 0.02)),
  });
  const turner = () => handle([svg("rect", { x: -7, y: -7, width: 14, height: 14 })], "turn the line: arrow left and right, two degrees a step", {
    ondrag: (event, pivot) => { if (pivot) onhand(turnedTo(weights, frame, pivot, c.place(event))); return pivot ?? middleOf(ends); },
    onkey: (steps) => onhand(turnedBy(weights, frame, middleOf(ends), -2 * steps)),
  });
  const turners = [turner(), turner()];
  turners[1].setAttribute("tabindex", -1);  // one of the two is enough for the keyboard
  turners[1].setAttribute("aria-hidden", true);
  c.node.setAttribute("role", "group");
  c.node.prepend(clip);
  back.append(...sides.map(({ tint }) => tint));
  front.append(...kinds.map((kind) => kind.all), ...kinds.map((kind) => kind.wrong), crosses, example, before, line, ...sides.map(({ name }) => name));
  grips.append(...turners, mover);

  const at = (node, [x, y]) => node.setAttribute("transform", `translate(${c.X(x).toFixed(2)} ${c.Y(y).toFixed(2)})`);
  const see = (node, seen) => { node.style.display = seen ? "" : "none"; };
  const drawLine = (node, ofWeights) => { const found = ofWeights && lineEnds(ofWeights, frame); node.setAttribute("d", found ? c.line(found) : ""); return found; };

  function setPlane(plane) {
    frame = plane.frame;
    c.ranges(...frame, plane.xlabel, plane.ylabel);
    radius = plane.x.length > 10 ? 4 : 9;
    example.setAttribute("r", radius + 8);
    for (const { target, all } of kinds) all.setAttribute("d", marks(c, plane.x.filter((_, n) => plane.targets[n] === target), SHAPES[target](radius)));
  }
  // The weights now and before the last update, which points they answer wrongly, and the example of that update.
  function show(plane, now, old, wrongs, place) {
    weights = now;
    for (const { side, tint, name } of sides) {
      const polygon = sideOf(now, frame, side);
      tint.setAttribute("d", polygon.length ? `${c.line(polygon)}Z` : "");
      see(name, polygon.length);
      if (polygon.length) at(name, namePlace(now, polygon, frame));
    }
    drawLine(before, old);
    ends = drawLine(line, now);
    for (const { target, wrong } of kinds) wrong.setAttribute("d", marks(c, plane.x.filter((_, n) => wrongs[n] && plane.targets[n] === target), SHAPES[target](radius + 3)));
    crosses.setAttribute("d", marks(c, plane.x.filter((_, n) => wrongs[n]), SHAPES.cross(radius)));
    see(example, place != null);
    if (place != null) at(example, plane.x[place]);
    see(grips, ends);
    if (ends) setGrips();
  }
  function setGrips() {
    const [from, to] = ends, along = (share) => from.map((value, axis) => value + share * (to[axis] - value));
    at(mover, along(0.5));
    at(turners[0], along(0.12));
    at(turners[1], along(0.88));
    const tip = uphill(weights, frame, WIDTH, HEIGHT).map((part) => 34 * part), wing = ([x, y], turn) => [x * 0.7 - y * turn, y * 0.7 + x * turn];
    arrow.setAttribute("d", `M0 0L${tip}M${wing(tip, 0.2)}L${tip}L${wing(tip, -0.2)}`);
    for (const node of [mover, ...turners]) node.setAttribute("aria-valuetext", `w0 ${readable(weights[0])}, w1 ${readable(weights[1])}, w2 ${readable(weights[2])}`);
  }
  return { node: c.node, setPlane, show };
}

// The three weights: before the update, what it added, and now, where they can be typed.
function weightTable(onhand) {
  const cell = () => element("td");
  let now = ZEROS;
  const rows = [0, 1, 2].map((place) => {
    const number = numberInput({
      "aria-label": `weight w${place}`, parse: parseWeight, limits: "a number, like \u22120.5 or 2e3", written: readable,
      stepped: (value, direction, withShift) => nudged(value, direction * (withShift ? 10 : 1)),
      onvalue: (value) => onhand(now.map((weight, n) => (n === place ? value : weight))),
    });
    const [name, before, plus] = [element("th", { scope: "row" }), cell(), cell()];
    return { node: element("tr", {}, name, before, plus, element("td", {}, number.input)), name, before, plus, number };
  });
  const heads = ["", "before", "+ \u03b7 (t \u2212 o) x", "= w now"].map((text) => element("th", { scope: "col" }, text));
  const node = element("table", { class: "course-weights" }, element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...rows.map((row) => row.node)));
  function set(names, weights, before, plus) {
    now = weights;
    rows.forEach((row, n) => {
      row.name.textContent = names[n];
      row.before.textContent = before ? readable(before[n]) : "";
      row.plus.textContent = plus ? readable(plus[n]) : "";
      row.number.set(weights[n]);
    });
  }
  return { node, set };
}

function render({ model, el }) {
  const planes = model.get("planes"), limits = model.get("limits");
  let shownPlane = null, trace = null, traced = null, drawn = null;

  const preset = choice("points", model.get("presets"), (name) => restart({ preset: name, start: ZEROS }));
  const standardised = tick("standardised", (checked) => restart({ standardised: checked, start: ZEROS }));
  const rate = choice("learning rate", RATES, (text) => change({ learning_rate: Number(text) }));
  const steps = player("update", (step) => change({ step, hand: null }), { milliseconds: 400 });
  const view = planeView((hand) => change({ hand })), table = weightTable((hand) => change({ hand }));
  const teach = button("teach from here", () => restart({ start: model.get("hand") }));
  const zeros = button("start at zero weights", () => restart({ start: ZEROS }));
  const bring = button("bring the line in", () => change({ hand: throughMiddle(...drawn) }));
  const title = element("p", { class: "course-title" }), sums = element("p", { class: "course-sums" }), spoken = spokenLine(), code = codePanel();

  const { change, disconnect } = connect(model, STATE, draw);
  el.append(element("div", { class: "course-explorer course-perceptron" },
    element("div", { class: "course-row" }, labelled("points", preset), standardised.field, labelled("learning rate \u03b7", rate), button("Reset", () => restart(model.get("initial")))),
    steps.node,
    element("div", { class: "course-sides" }, view.node, element("div", { class: "course-panel" }, title, sums, table.node, element("div", { class: "course-row" }, teach, zeros, bring))),
    spoken.node, code.node));
  draw();

  // Other points or other start weights: the updates begin anew, and do not play on from where they were.
  function restart(values) {
    steps.pause();
    change({ step: 0, hand: null, ...values });
  }

  function draw() {
    const state = Object.fromEntries(STATE.map((name) => [name, model.get(name)]));
    const plane = planes.find(({ of: [preset, standardised] }) => preset === state.preset && standardised === state.standardised);
    drawControls(state);
    if (plane !== shownPlane) view.setPlane(plane);
    shownPlane = plane;
    drawState(state, plane, traceOf(state, plane));
  }

  // What the rule does with these points from this start on: computed anew only where one of them has changed.
  function traceOf({ learning_rate: rate, start }, plane) {
    const of = JSON.stringify([plane.of, rate, start]);
    if (of !== traced) trace = taught(plane, rate, start, limits);
    traced = of;
    return trace;
  }

  function drawControls(state) {
    preset.value = state.preset;
    const gate = !state.preset.includes("/");
    standardised.field.hidden = gate;
    standardised.box.checked = state.standardised;
    const text = String(state.learning_rate);
    if (![...rate.options].some((option) => option.value === text)) rate.append(element("option", { value: text }, text));
    rate.value = text;
    allow(teach, state.hand);
    allow(zeros, state.start.some(Boolean));
  }

  function drawState(state, plane, trace) {
    const last = trace.examples.length, step = Math.min(state.step, last), now = state.hand ?? trace.weights[step];
    const old = !state.hand && step ? trace.weights[step - 1] : null, place = old && trace.examples[step - 1];
    const wrongs = wrongOnes(now, plane.x, plane.targets), count = wrongs.filter(Boolean).length;
    steps.set(step, last);
    view.show(plane, now, old, wrongs, place);
    const [first, second] = [plane.xlabel, plane.ylabel].map((text) => text.split(/:| in /)[0]);
    const plus = old && correction(state.learning_rate, plane.targets[place], output(old, plane.x[place]), plane.x[place]);
    table.set(["w0 bias", ...(first === "x1" ? ["w1", "w2"] : [`w1 ${first}`, `w2 ${second}`])], now, old, plus);
    drawWords(state, plane, trace, { old, place, step });
    const after = state.hand ? "With weights set by hand" : step ? `After update ${step}` : "Before the first update";
    const unseen = lineEnds(now, plane.frame) ? "" : now[1] || now[2] ? " The line is not in the picture: all of it lies on one side." : " There is no line: with w1 = w2 = 0 every point gets the same answer.";
    allow(bring, unseen);
    drawn = [now, plane.frame];
    const standing = `${after}, ${count} of ${plane.x.length} points ${count === 1 ? "is" : "are"} on the wrong side${count ? " (crosses)" : ""}.${unseen}`;
    spoken.say(!state.hand && step === last ? `${standing} ${trace.note}` : standing);
    code.set(() => showCode({ ...state, step, limits }));
  }

  function drawWords(state, plane, trace, { old, place, step }) {
    if (!old) {
      title.textContent = state.hand ? "Weights set by hand" : "The start weights";
      sums.textContent = state.hand ? "Press \u201cteach from here\u201d to let the rule go on from these weights, or move through the updates to go back to it." : "No update yet. The button \u25b6 makes the first one.";
      return;
    }
    const point = plane.x[place], target = plane.targets[place], out = output(old, point), sign = (value) => (value > 0 ? `+${value}` : readable(value));
    title.textContent = `Update ${step}, in epoch ${trace.epochs[step - 1]}: example ${place}, ${plane.names[target > 0 ? 0 : 1]}`;
    const terms = [1, ...point].map((x, n) => `(${readable(old[n], 3)})(${readable(x, 3)})`).join(" + ");
    sums.textContent = `w\u00b7x = ${terms} = ${readable(net(old, point), 3)}, so o = ${sign(out)}. But t = ${sign(target)}: t\u00a0\u2212\u00a0o\u00a0=\u00a0${sign(target - out)}, times \u03b7 = ${readable(state.learning_rate)}, times x = (1, ${readable(point[0], 3)}, ${readable(point[1], 3)}).`;
  }

  return () => { steps.pause(); disconnect(); };
}
export default { render };
