// The live trainer: buttons, settings, curves, filters and maps. Python trains and computes; this draws what it sends.
const LAST_DIGIT = 1999, EPOCH = 250;
const NO_ANSWER = "Training needs Python, which has not answered: run the cells down to this one, then press the button again. Until then you see a run that was recorded.";

function render({ model, el }) {
  const isSilent = patience(() => draw());
  let drawn = {};
  const toggle = button("", () => press(model.get("running") ? "stop" : hasRun() ? "go on" : "start"), { class: "course-toggle" });
  const afresh = button("start afresh", () => press("start"));
  const seed = choice("seed", ["0", "1", "2", "3", "4"], (text) => change({ seed: Number(text) }));
  const rate = rangeInput("learning rate", { min: 0, max: RATES.length - 1, step: 1, onchange: (n) => change({ learning_rate: RATES[n] }) });
  const momentum = rangeInput("momentum", { min: 0, max: MOMENTA.length - 1, step: 1, onchange: (n) => change({ momentum: MOMENTA[n] }) });
  const rateText = element("span", { class: "course-setting" }), momentumText = element("span", { class: "course-setting" });
  const field = (text, input, value) => element("label", { class: "course-field" }, element("span", {}, text), input, value);
  const note = element("p", { class: "course-note", role: "alert" }), where = element("p", { class: "course-where" });

  const loss = chart({ label: "training loss over the steps", x: [0, 100], y: [0, 2.5], xlabel: "step", ylabel: "loss", height: 240 });
  const accuracy = chart({ label: "right test digits in per cent over the steps", x: [0, 100], y: [0, 100], xlabel: "step", ylabel: "right in %", height: 240 });
  const lossLine = svg("path", { class: "course-loss" }), accuracyLine = svg("path", { class: "course-accuracy" }), changes = svg("g"), dots = svg("g");
  loss.layer().append(changes, lossLine);
  accuracy.layer().append(accuracyLine, dots);

  const strip = (label, count) => Array.from({ length: count }, (_, n) => pixelCanvas(`${label} ${n + 1}`));
  const before = strip("filter before the training", 6), now = strip("filter now", 6), first = strip("map of C1", 6), third = strip("map of C3", 16);
  const columns = [["before", before], ["now", now], ["map", first]].flatMap(([name, canvases]) => [element("span", { class: "course-row-name" }, name), ...canvases.map(({ node }) => node)]);
  const picker = numberPicker("test digit", LAST_DIGIT, wholeNumber, (digit) => change({ digit }));
  const picked = pixelCanvas("the picked test digit"), said = element("p", { class: "course-words" }), bars = scoreBars("its scores now, in %");
  const faults = element("div", { class: "course-faults" }), faultTitle = element("h4", { class: "course-fault-title" });
  const mistakes = element("div", {}, faultTitle, faults);
  const spoken = spokenLine({ seen: false }), code = codePanel();

  const { change, disconnect } = connect(model, ["seed", "learning_rate", "momentum", "digit", "running", "curve", "shown", "filters", "maps", "mistakes", "faults", "heard"], draw);
  el.append(element("div", { class: "course-explorer course-trainer" },
    element("div", { class: "course-row" }, toggle, afresh, labelled("seed", seed), button("Reset", () => press("reset", model.get("initial")))),
    element("div", { class: "course-row" }, field("learning rate", rate, rateText), field("momentum", momentum, momentumText)),
    note, where,
    element("div", { class: "course-pair" },
      element("figure", { class: "course-panel" }, element("figcaption", {}, "Loss in training (means of 5 steps); dashed: the learning rate and momentum from here on"), loss.node),
      element("figure", { class: "course-panel" }, element("figcaption", {}, "Right ones of 500 test digits"), accuracy.node)),
    element("div", { class: "course-looked" },
      element("div", { class: "course-picked" }, picker.node, picked.node, said),
      element("figure", { class: "course-panel course-maps" },
        element("figcaption", {}, "C1: its six filters before the training and now (blue < 0 < orange), and their maps of this digit (black \u22121, white 1)"),
        element("div", { class: "course-columns" }, ...columns),
        element("figcaption", {}, "C3: its sixteen maps"), element("div", { class: "course-tiles" }, ...third.map(({ node }) => node))),
      bars.node),
    mistakes, spoken.node, code.node));
  draw();

  function hasRun() {
    const curve = model.get("curve");
    return !curve.recorded && curve.step > 0;
  }
  function press(what, values = {}) {
    change({ ...values, pressed: { n: (model.get("pressed").n ?? 0) + 1, what } });
  }

  function draw() {
    const state = Object.fromEntries(["seed", "learning_rate", "momentum", "digit", "running", "curve", "shown", "mistakes"].map((name) => [name, model.get(name)]));
    const silent = isSilent((model.get("pressed").n ?? 0) === model.get("heard") && state.digit === state.shown.digit);
    const warning = silent ? NO_ANSWER : state.curve.problem && `The training has ended: ${state.curve.problem}. Start afresh with a smaller learning rate.`;
    if (note.textContent !== warning) note.textContent = warning;
    const verb = state.running ? "\u25a0 stop" : hasRun() ? "\u25b6 go on" : "\u25b6 start";
    if (toggle.textContent !== verb) toggle.textContent = verb;
    seed.value = String(state.seed);
    rate.value = nearest(RATES, state.learning_rate);
    rate.setAttribute("aria-valuetext", state.learning_rate);
    rateText.textContent = String(state.learning_rate);
    momentum.value = nearest(MOMENTA, state.momentum);
    momentum.setAttribute("aria-valuetext", state.momentum);
    momentumText.textContent = String(state.momentum);
    picker.set(state.digit);
    once("curve", state.curve, drawCurves);
    once("filters", model.get("filters"), drawFilters);
    once("maps", model.get("maps"), drawMaps);
    once("shown", state.shown, drawShown);
    once("mistakes", state.mistakes, drawMistakes);
    where.textContent = `${whereText(state)}${seedText(state)}`;
    spoken.say(`${where.textContent} ${state.mistakes.worst && !state.running ? faultTitle.textContent : ""}`);
    code.set(() => trainerCode(state.curve, state.learning_rate, state.momentum));
  }

  // Only what has changed is drawn again.
  function once(name, value, show) {
    if (drawn[name] === value) return;
    drawn[name] = value;
    show(value);
  }

  function seedText({ seed, curve }) {
    return curve.recorded || !curve.step || seed === curve.seed ? "" : ` Seed ${seed} counts when you start afresh.`;
  }

  function whereText({ running, curve }) {
    const last = curve.loss.at(-1), right = curve.accuracy.at(-1);
    const head = curve.recorded ? "A recorded run, stopped" : running ? "Training" : curve.step ? "Stopped" : "Not started";
    const numbers = [`step ${curve.step}`, `${(curve.step / EPOCH).toFixed(2)} epochs`, `seed ${curve.seed}`];
    if (last !== undefined) numbers.push(`loss ${last.toFixed(3)}`);
    if (right) numbers.push(`${right[1].toFixed(1)} % of 500 test digits right at step ${right[0]}`);
    return `${head}: ${numbers.join(", ")}.`;
  }

  function drawCurves({ loss: values, block, accuracy: measured, settings, step }) {
    const end = Math.max(100, Math.ceil(step / 100) * 100), top = Math.max(2.5, ...values);
    if (drawn.end !== end || drawn.top !== top) {
      Object.assign(drawn, { end, top });
      loss.ranges([0, end], [0, top]);
      accuracy.ranges([0, end], [0, 100]);
    }
    const points = values.map((value, n) => [(n + 1) * block, value]);
    lossLine.setAttribute("d", loss.line(points.length === 1 ? [points[0], points[0]] : points));  // one point is a dot
    accuracyLine.setAttribute("d", accuracy.line(measured));
    dots.replaceChildren(...measured.map(([at, right]) => svg("circle", { cx: accuracy.X(at), cy: accuracy.Y(right), r: measured.length > 60 ? 1.5 : 3, class: "course-dot" })));
    changes.replaceChildren(...settings.slice(1).flatMap(([at, newRate, newMomentum]) => [
      svg("line", { x1: loss.X(at), x2: loss.X(at), y1: loss.Y(0), y2: loss.Y(top), class: "course-change" }),
      svg("text", { x: loss.X(at) + 3, y: loss.Y(top) + 12, class: "course-change-text" }, `${newRate}, ${newMomentum}`)]));
  }
  function drawFilters(view) {
    const bytes = bytesOf(view);
    [...before, ...now].forEach((tile, n) => tile.show(bytes, 5, 5, { from: n * 75, channels: 3 }));
  }
  function drawMaps(view) {
    const bytes = bytesOf(view);
    picked.show(bytes, 28, 28);
    first.forEach((tile, n) => tile.show(bytes, 28, 28, { from: 784 * (n + 1), grey: true }));
    third.forEach((tile, n) => tile.show(bytes, 10, 10, { from: 784 * 7 + 100 * n, grey: true }));
  }
  function drawShown({ digit, truth, scores }) {
    said.textContent = `Test digit ${digit} is a ${truth}.`;
    bars.set(scores);
  }
  function drawMistakes({ right, count, worst }) {
    mistakes.hidden = !worst;
    if (!worst) return;
    const bytes = bytesOf(model.get("faults"));
    faultTitle.textContent = count ? `${right} % of all 2,000 test digits are right, ${count} are wrong. The worst mistakes and their scores:` : "All 2,000 test digits are right.";
    faults.replaceChildren(...worst.map((fault, n) => {
      const tile = pixelCanvas(`test digit ${fault.number}`), node = button("", () => change({ digit: fault.number }), { class: "course-fault", title: `look at test digit ${fault.number}` });
      tile.show(bytes, 28, 28, { from: 784 * n });
      node.append(tile.node, element("span", {}, `a ${fault.truth}: ${fault.of_truth.toFixed(1)} %`), element("span", {}, `taken for ${fault.says}: ${fault.percent.toFixed(1)} %`));
      return node;
    }));
  }

  // Whoever takes the explorer off the page stops its training.
  function leave() {
    if (!model.get("running")) return;
    try {
      press("stop");
    } catch { /* Python has closed it already */ }
  }
  return () => { isSilent(true); leave(); disconnect(); };
}
export default { render };
