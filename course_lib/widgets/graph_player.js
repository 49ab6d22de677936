// The graph player: controls and drawing. Graph, steps, texts and gradients come from Python; see graph_player.py.
const GRAPH_STATE = ["expression", "values", "mode", "step", "answers", "depth", "visit"], BOX = { width: 72, height: 64 }, EVERYTHING = 1000;
const NO_ANSWER = "Python has not answered. Run the cells down to this one, then type again; until then the graph is the one from before.";

// The graph as an SVG: set(graph) builds it, show(look) lets look decide what of it can be seen.
function graphDrawing() {
  const drawing = svg("svg", { role: "img" });
  const node = element("div", { class: "course-graph", tabindex: "0", role: "group", "aria-label": "graph, scrolls sideways where it is wide", ...OWN_KEYS }, drawing);
  let wires = [], boxes = [];

  function set(graph) {
    drawing.setAttribute("viewBox", `0 0 ${graph.width} ${graph.height}`);
    drawing.style.width = `${graph.width}px`;
    drawing.style.minWidth = `${Math.min(graph.width, Math.max(380, 0.72 * graph.width))}px`;
    node.style.flexBasis = `${Math.min(graph.width, 1000)}px`;  // a wide graph sends the table below
    wires = graph.wires.map((wire) => {
      const [x, y] = wire.label;
      const line = svg("path", { d: wire.path, class: "course-wire" });
      const value = svg("text", { x, y: y - 5, class: "course-value course-on-wire" }, graph.nodes[wire.source].value);
      const gradient = svg("text", { x, y: y + 15, class: "course-gradient course-on-wire" });
      return { wire, line, value, gradient };
    });
    boxes = graph.nodes.map((entry, place) => {
      const [x, y] = graph.boxes[place];
      const frame = svg("rect", { x: x - BOX.width / 2, y: y - BOX.height / 2, width: BOX.width, height: BOX.height, rx: 10, class: `course-box course-${entry.kind}` });
      const operation = entry.kind === "operation";
      const sign = svg("text", { x, y: operation ? y - 3 : y + 5, class: entry.symbol.length > 4 ? "course-sign course-long" : "course-sign" }, entry.symbol);
      const name = svg("text", { x, y: y + 21, class: "course-name" }, operation ? entry.name : "");
      const sum = svg("text", { x: x - BOX.width / 2, y: y + BOX.height / 2 + 16, class: "course-gradient course-sum" });
      return { entry, frame, sign, name, sum };
    });
    drawing.replaceChildren(...wires.flatMap(({ line }) => [line]), ...boxes.flatMap((box) => [box.frame, box.sign, box.name, box.sum]), ...wires.flatMap((wire) => [wire.value, wire.gradient]));
  }
  function show({ label, valueShown, gradientText, sumText, marked, markedWire, backward }) {
    drawing.setAttribute("aria-label", label);
    for (const { wire, line, value, gradient } of wires) {
      value.classList.toggle("course-unseen", !valueShown(wire.source));
      const text = gradientText(wire);
      gradient.textContent = text ? `\u25c2 ${text}` : "";
      line.classList.toggle("course-now", markedWire(wire));
      line.classList.toggle("course-backward", backward && markedWire(wire));
    }
    boxes.forEach(({ frame, sum }, place) => {
      frame.classList.toggle("course-now", marked === place);
      sum.textContent = sumText(place);
    });
    const seen = marked !== null ? boxes[marked].frame : wires.find(({ wire }) => markedWire(wire))?.value;
    if (seen && node.scrollWidth > node.clientWidth) bringIntoSight(seen);
  }
  // Where the graph is wider than its place, what is marked comes to the middle.
  function bringIntoSight(part) {
    const [place, own] = [node, part].map((each) => each.getBoundingClientRect());
    node.scrollLeft += own.left + own.width / 2 - place.left - place.width / 2;
  }
  return { node, set, show };
}

// Name, value, gradient and finite difference of every node, as far as the step has come.
function gradientTable() {
  const body = element("tbody");
  const head = ["node", "value", "gradient", "finite difference", ""].map((text) => element("th", { scope: "col" }, text));
  const node = element("table", { class: "course-table" }, element("caption", {}, "How fast the output moves when only this number moves"), element("thead", {}, element("tr", {}, ...head)), body);
  let rows = [];
  function set(graph) {
    rows = graph.nodes.filter((entry) => entry.kind !== "constant").map((entry) => ({ entry, cells: [element("th", { scope: "row" }, entry.name), ...Array.from({ length: 4 }, () => element("td"))] }));
    body.replaceChildren(...rows.map(({ cells }) => element("tr", {}, ...cells)));
  }
  function show(step) {
    for (const { entry, cells } of rows) {
      const known = step >= entry.gradient_at;
      const texts = [step >= entry.value_at ? entry.value : "", known ? entry.gradient : "", known ? entry.difference : "", known ? { true: "\u2713 agree", false: "\u2260 a kink?", null: "" }[entry.agrees] : ""];
      texts.forEach((text, column) => { cells[column + 1].textContent = text; });
    }
  }
  return { node, set, show };
}

// One text field for each blank, with its verdict; onfocus(place) says which one the learner is at.
function answerSheet(onanswer, onfocus) {
  const list = element("div", { class: "course-sheet" });
  let rows = [], built = null;
  function set(blanks, answers) {
    const key = JSON.stringify(blanks.map((blank) => blank.label));
    if (key !== built) {
      built = key;
      rows = blanks.map((blank, place) => {
        const input = element("input", { type: "text", autocomplete: "off", "aria-label": blank.label, ...OWN_KEYS, oninput: () => onanswer(place, input.value), onfocus: () => onfocus(place), onblur: () => onfocus(null) });
        const verdict = element("span", { class: "course-verdict", role: "status" });
        return { input, verdict, row: [element("span", { class: "course-formula" }, `${blank.label} =`), input, verdict] };
      });
      list.replaceChildren(...rows.flatMap(({ row }) => row));
    }
    rows.forEach(({ input, verdict }, place) => {
      const text = answers[place] ?? "";
      if (input.value !== text) input.value = text;
      const { state, message } = judge(text, blanks[place]);
      const said = state === "empty" ? "" : `${state === "right" ? "\u2713" : "\u2717"} ${message}`;
      if (verdict.textContent !== said) verdict.textContent = said;
      verdict.dataset.state = state;
    });
  }
  return { node: list, set };
}

// The order race: for each method a row of circles, one for each value, with its gradient so far and its visits.
function raceTrack() {
  const node = element("div", { class: "course-race" });
  let cards = [], built = null;
  function build(race) {
    const size = race.names.length, width = 76 * size;
    node.style.setProperty("--least", `${Math.max(240, width)}px`);
    cards = race.methods.map((method) => {
      const circles = race.names.map((name, place) => {
        const x = 38 + 76 * place;
        const arcs = place ? [svg("path", { d: `M${x - 54} 40Q${x - 38} 22 ${x - 22} 40`, class: "course-wire" }), svg("path", { d: `M${x - 54} 48Q${x - 38} 66 ${x - 22} 48`, class: "course-wire" })] : [];
        const circle = svg("circle", { cx: x, cy: 44, r: 20, class: "course-box course-input" });
        const gradient = svg("text", { x, y: 86, class: "course-gradient" }), visits = svg("text", { x, y: 15, class: "course-name" });
        return { circle, gradient, visits, parts: [...arcs, circle, svg("text", { x, y: 49, class: "course-sign" }, name), gradient, visits] };
      });
      const drawing = svg("svg", { viewBox: `0 0 ${width} 96`, style: `max-width: ${width}px`, role: "img" }, ...circles.flatMap(({ parts }) => parts));
      const result = element("p", { class: "course-result" });
      return { method, circles, drawing, result, card: element("section", { class: "course-card", "aria-label": method.title }, element("p", { class: "course-title" }, method.title), drawing, result) };
    });
    node.replaceChildren(...cards.map(({ card }) => card));
  }
  function show(race, visit) {
    if (built !== race) { built = race; build(race); }
    return cards.flatMap(({ method, circles, drawing, result }) => {
      const now = standing(method, visit, race.names.length);
      circles.forEach(({ circle, gradient, visits }, place) => {
        circle.classList.toggle("course-now", now.at === place && !now.finished);
        gradient.textContent = `\u25c2 ${now.gradients[place]}`;
        visits.textContent = now.counts[place] ? `${now.counts[place]}\u00d7` : "";
      });
      const end = `${method.right ? "\u2713 right" : "\u2717 wrong"}, gradient of a: ${now.gradients[0]}`;
      result.textContent = `${now.made} visit${now.made === 1 ? "" : "s"}${now.finished ? `, done: ${end}` : ""}`;
      result.dataset.state = now.finished ? (method.right ? "right" : "wrong") : "running";
      drawing.setAttribute("aria-label", `${method.title}: ${result.textContent}`);
      return now.finished ? [`${method.title} says ${now.gradients[0]}, ${method.right ? "right" : "wrong"}`] : [];
    });
  }
  return { node, show };
}

function render({ model, el }) {
  const isSilent = patience(() => draw());
  let drawn = null, focused = null, fields = [];
  const mode = choice("mode", ["play", "fill in", "order race"], (name) => change({ mode: name }));
  const typed = element("input", { type: "text", class: "course-expression", spellcheck: "false", autocomplete: "off", maxlength: 200, "aria-label": "expression", ...OWN_KEYS, oninput: () => expressionTyped(typed.value) });
  const examples = choice("example", ["choose \u2026", ...model.get("examples")], (text) => { if (text !== "choose \u2026") expressionTyped(text); examples.selectedIndex = 0; });
  const numbers = element("div", { class: "course-row", role: "group", "aria-label": "inputs" });
  const problem = element("div", { class: "course-note", role: "status" });
  const note = element("p", { class: "course-note", role: "status" });
  const drawing = graphDrawing(), table = gradientTable(), track = raceTrack(), spoken = spokenLine(), code = codePanel();
  const sheet = answerSheet((place, text) => change({ answers: { ...model.get("answers"), [place]: text } }), (place) => { focused = place; draw(); });
  const steps = player("step", (step) => change({ step })), visits = player("visit", (visit) => change({ visit }));
  const lines = element("div", { class: "course-lines" });
  const depth = rangeInput("doublings", { min: 1, max: model.get("races").length, step: 1, onchange: (value) => change({ depth: value, visit: 0 }) });
  const depthText = element("span", { class: "course-formula" });

  const { change, disconnect } = connect(model, [...GRAPH_STATE, "answer"], draw);
  const expressionRow = element("div", { class: "course-row" }, labelled("expression", typed), labelled("example", examples));
  const depthRow = element("div", { class: "course-row" }, labelled("doublings", depth), depthText);
  el.append(element("div", { class: "course-explorer course-graph-player" },
    element("div", { class: "course-row" }, labelled("mode", mode), button("Reset", () => { steps.pause(); visits.pause(); change(model.get("initial")); })),
    expressionRow, numbers, depthRow, problem, note,
    element("div", { class: "course-stage" }, drawing.node, table.node), track.node, steps.node, visits.node, lines, spoken.node, sheet.node, code.node));
  draw();

  function expressionTyped(text) {
    if (typed.value !== text) typed.value = text;
    change({ expression: text, step: EVERYTHING, answers: {} });
  }

  function draw() {
    const state = Object.fromEntries(GRAPH_STATE.map((name) => [name, model.get(name)])), answer = model.get("answer");
    const racing = state.mode === "order race", filling = state.mode === "fill in";
    mode.value = state.mode;
    for (const part of [expressionRow, numbers, problem, drawing.node]) part.hidden = racing;
    for (const part of [depthRow, track.node, visits.node]) part.hidden = !racing;
    for (const part of [steps.node, lines]) part.hidden = state.mode !== "play";
    sheet.node.hidden = !filling;
    table.node.hidden = racing;
    if (racing) { drawRace(state); return; }
    drawGraph(answer);
    if (filling) drawBlanks(state, answer.graph);
    else drawStep(Math.min(state.step, answer.graph.steps.length - 1), answer.graph);
    drawInputs(state, answer);
    code.set(() => answer.graph.code);
  }

  function drawGraph(answer) {
    if (drawn === answer.graph) return;
    drawn = answer.graph;
    drawing.set(answer.graph);
    table.set(answer.graph);
  }

  // The drawing holds what Python answered last; while that is not about what is typed now, it is pale.
  function drawInputs(state, answer) {
    if (typed !== document.activeElement) typed.value = state.expression;
    const answered = answer.expression === state.expression && JSON.stringify(answer.values) === JSON.stringify(state.values);
    drawing.node.classList.toggle("course-stale", !answered || answer.problem !== null);
    const warning = isSilent(answered) ? NO_ANSWER : "";
    if (note.textContent !== warning) note.textContent = warning;
    typed.setAttribute("aria-invalid", answered && answer.problem !== null);
    if (answered) {
      const text = answer.problem?.text ?? "";
      if (problem.dataset.text !== text + (answer.problem?.marked ?? "")) {
        problem.dataset.text = text + (answer.problem?.marked ?? "");
        problem.replaceChildren(...(text ? [element("p", {}, text), element("pre", {}, answer.problem.marked.join("\n"))] : []));
      }
    }
    const names = answer.graph.inputs.map(([name]) => name).join();
    if (numbers.dataset.names !== names) {
      numbers.dataset.names = names;
      fields = answer.graph.inputs.map(([name]) => valueField(name));
      numbers.replaceChildren(...fields.map(({ input }, place) => labelled(`${answer.graph.inputs[place][0]} =`, input)));
    }
    answer.graph.inputs.forEach(([name, value], place) => fields[place].set(state.values[name] ?? value));
  }

  function valueField(name) {
    return numberInput({
      class: "course-input-number", inputmode: "text", "aria-label": `value of ${name}`,
      parse: typedNumber, limits: "a number or a fraction, like 2/3", written: String,
      onvalue: (value) => change({ values: { ...model.get("values"), [name]: value } }),
    });
  }

  function drawStep(step, graph) {
    const { direction, node, said, lines: formulas } = graph.steps[step], backward = direction === "backward";
    drawing.show({
      label: `${graph.expression}, ${said}`,
      valueShown: (place) => step >= graph.nodes[place].value_at,
      gradientText: (wire) => (wire.gradient !== "" && step >= wire.gradient_at ? wire.gradient : ""),
      sumText: (place) => (graph.nodes[place].sum && step >= graph.nodes[place].gradient_at ? graph.nodes[place].sum : ""),
      marked: node, backward,
      markedWire: (wire) => node !== null && (direction === "start" ? wire.target === null : wire.target === node),
    });
    steps.set(step, graph.steps.length - 1);
    lines.replaceChildren(...formulas.map(([local, product]) => element("p", {}, element("span", { class: "course-formula course-product" }, product), element("span", { class: "course-formula" }, local))));
    table.show(step);
    spoken.say(said);
  }

  function drawBlanks(state, graph) {
    const verdicts = graph.blanks.map((blank, place) => judge(state.answers[place] ?? "", blank).state);
    const blankOf = (wire) => graph.blanks.findIndex((blank) => blank.wire && blank.wire[0] === wire.target && blank.wire[1] === wire.place);
    const at = focused === null ? null : graph.blanks[focused];
    drawing.show({
      label: `${graph.expression}, gradients to fill in`,
      valueShown: () => true,
      gradientText: (wire) => (wire.gradient === "" ? "" : wire.target === null || verdicts[blankOf(wire)] === "right" ? wire.gradient : "?"),
      sumText: (place) => { const sum = graph.blanks.findIndex((blank) => blank.node === place); return sum < 0 ? "" : verdicts[sum] === "right" ? graph.nodes[place].sum : "sum ?"; },
      marked: at?.node ?? null, backward: true,
      markedWire: (wire) => at != null && (at.wire ? at.wire[0] === wire.target && at.wire[1] === wire.place : wire.source === at.node),
    });
    sheet.set(graph.blanks, state.answers);
    const right = verdicts.filter((verdict) => verdict === "right").length;
    table.node.hidden = right < verdicts.length;  // it holds the answers
    table.show(EVERYTHING);
    spoken.say(right === verdicts.length ? `All ${right} gradients are right.` : `${right} of ${verdicts.length} gradients are right.`);
  }

  function drawRace(state) {
    const race = model.get("races")[state.depth - 1], last = Math.max(...race.methods.map((method) => method.visits.length));
    const visit = Math.min(state.visit, last);
    depth.value = state.depth;
    depthText.textContent = race.steps;
    visits.set(visit, last);
    const done = track.show(race, visit), many = `${visit} visit${visit === 1 ? "" : "s"}`;
    spoken.say(done.length ? `After ${many}: ${done.join("; ")}.` : `After ${many} no method is done.`);
    code.set(() => race.code);
  }

  return () => { isSilent(true); steps.pause(); visits.pause(); disconnect(); };
}
export default { render };
