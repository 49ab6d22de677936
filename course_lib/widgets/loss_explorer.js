// The loss explorer draws what loss_math.js computes and what Python has trained; it computes nothing itself.
const STATE = ["view", "target", "net", "axis", "printed", "start", "rate", "step", "strength"];
const NAMES = { squared: "squared error", cross: "cross-entropy", printed: "as printed, with the wrong sign" };
const short = (value) => (value === null ? "\u2013" : readable(value, 4));

function render({ model, el }) {
  let drawn = null;  // which curves the charts of the comparison show
  const view = choice("view", ["compare", "descend", "penalty"], (name) => { steps.pause(); change({ view: name }); });
  const target = choice("target", ["0", "1"], (text) => change({ target: Number(text) }));
  const axis = choice("horizontal axis", ["net input", "output"], (name) => change({ axis: name }));
  const printed = tick("with the sign as printed", (checked) => change({ printed: checked }));
  const targetField = labelled("target", target), axisField = labelled("over the", axis);
  const { change, disconnect } = connect(model, [...STATE, "penalty"], draw);

  // compare
  const net = typedNumber("net input", (value) => change({ net: value }));
  const netSlider = rangeInput("net input, by slider", { min: -NET_LIMIT, max: NET_LIMIT, step: 0.1, onchange: (value) => change({ net: value }) });
  const values = unitChart("loss of the unit", [0, 10], "loss"), gradients = unitChart("gradient at the net input", [-1.1, 1.1], "gradient at the net input");
  const factors = factorTable();
  const compare = element("div", {}, element("div", { class: "course-row" }, labelled("net input", net.input), netSlider),
    element("div", { class: "course-pair" }, panel("What the error costs", values.node), panel("What the net input is told", gradients.node)), factors.node);

  // descend
  const start = typedNumber("start", (value) => { steps.pause(); change({ start: value, step: 0 }); });
  const rate = rangeInput("learning rate", { min: 0.1, max: 5, step: 0.1, onchange: (value) => { steps.pause(); change({ rate: value, step: 0 }); } });
  const rateText = element("span");
  const steps = player("step", (step) => change({ step }), { milliseconds: 150 });
  const outputs = stepChart("output after each step", [0, 1], "output"), pulls = stepChart("gradient before each step", [-1.1, 1.1], "gradient at the net input");
  const descend = element("div", {}, element("div", { class: "course-row" }, labelled("start at net input", start.input),
    element("label", { class: "course-field" }, element("span", {}, "learning rate"), rate, rateText)), steps.node,
  element("div", { class: "course-pair" }, panel("The unit's output", outputs.node), panel("The gradient that moves it", pulls.node)));

  // penalty
  const strength = rangeInput("strength of the penalty", { min: 0, max: 7, step: 1, onchange: (value) => change({ strength: value }) });
  const strengthText = element("span", { class: "course-strength" });
  const flippers = chart({ label: "probability of Chinstrap by flipper length", x: [170, 215], y: [-0.08, 1.08], xlabel: "flipper length in mm", ylabel: "probability of Chinstrap" });
  const probability = svg("path", { class: "course-fit" }), penguins = svg("g");
  flippers.layer().append(penguins, probability);
  const losses = lossTable();
  const penalty = element("div", {}, element("div", { class: "course-row" }, element("label", { class: "course-field" }, element("span", {}, "strength \u03bb"), strength, strengthText)),
    element("div", { class: "course-pair" }, panel("What 24 penguins taught the network: \u25cb Adelie, \u25b2 Chinstrap", flippers.node), panel("Loss on these 24 and on the other penguins", losses.node)));

  const legend = element("div", { class: "course-row course-legend" }), spoken = spokenLine(), code = codePanel();
  const samples = Object.fromEntries(LOSSES.map((loss) => [loss, element("span", { class: "course-field" }, svg("svg", { viewBox: "0 0 44 14", width: 44, height: 14, "aria-hidden": "true" },
    svg("path", { d: "M0 7L44 7", class: "course-curve", "data-loss": loss }), marker(loss, 22, 7)), NAMES[loss])]));
  legend.append(...Object.values(samples));
  el.append(element("div", { class: "course-explorer course-losses" },
    element("div", { class: "course-row" }, labelled("view", view), targetField, axisField, printed.field, button("Reset", () => { steps.pause(); change(model.get("initial")); })),
    legend, compare, descend, penalty, spoken.node, code.node));
  draw();

  // A chart over the net input or the output, on which the unit is moved with the pointer or the arrow keys.
  function unitChart(label, y, ylabel) {
    const made = chart({ label, x: [-NET_LIMIT, NET_LIMIT], y, xlabel: "net input", ylabel });
    const paths = Object.fromEntries(LOSSES.map((loss) => [loss, svg("path", { class: "course-curve", "data-loss": loss })]));
    const at = svg("line", { class: "course-at" }), marks = svg("g");
    made.layer().append(at, ...Object.values(paths), marks);
    const move = (event) => {
      const x = made.place(event)[0];
      change({ net: model.get("axis") === "output" ? netOf(x) : Math.max(-NET_LIMIT, Math.min(NET_LIMIT, Math.round(x * 100) / 100)) });
    };
    made.node.addEventListener("pointerdown", (event) => { made.node.setPointerCapture(event.pointerId); move(event); });
    made.node.addEventListener("pointermove", (event) => { if (event.buttons) move(event); });
    for (const [name, value] of Object.entries({ role: "slider", tabindex: "0", "aria-label": `${label}: move the unit`, "aria-valuemin": -NET_LIMIT, "aria-valuemax": NET_LIMIT, ...OWN_KEYS })) made.node.setAttribute(name, value);
    made.node.addEventListener("keydown", (event) => {
      const steps = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
      if (!steps) return;
      event.preventDefault();
      const next = model.get("net") + steps * (event.shiftKey ? 1 : 0.1);
      change({ net: Math.max(-NET_LIMIT, Math.min(NET_LIMIT, Math.round(next * 100) / 100)) });
    });
    return { ...made, paths, at, marks, y };
  }

  function stepChart(label, y, ylabel) {
    const made = chart({ label, x: [0, STEPS], y, xlabel: "step", ylabel });
    const paths = Object.fromEntries(LOSSES.map((loss) => [loss, svg("path", { class: "course-curve", "data-loss": loss })]));
    const at = svg("line", { class: "course-at" }), marks = svg("g");
    made.layer().append(at, ...Object.values(paths), marks);
    return { ...made, paths, at, marks, y };
  }

  function draw() {
    const state = Object.fromEntries(STATE.map((name) => [name, model.get(name)]));
    view.value = state.view;
    target.value = String(state.target);
    axis.value = state.axis;
    printed.box.checked = state.printed;
    compare.hidden = state.view !== "compare";
    descend.hidden = state.view !== "descend";
    penalty.hidden = state.view !== "penalty";
    targetField.hidden = printed.field.hidden = legend.hidden = state.view === "penalty";
    axisField.hidden = state.view !== "compare";
    samples.printed.hidden = !state.printed;
    ({ compare: drawUnit, descend: drawDescent, penalty: drawPenalty })[state.view](state);
    code.set(() => lossCode({ ...state, penalty: model.get("penalty") }));
  }

  function drawUnit({ target: y, net: z, axis: over, printed: wrong }) {
    const at = lossesAt(z, y), x = over === "output" ? at.output : z, shown = LOSSES.filter((loss) => wrong || loss !== "printed");
    const pairs = [[values, "value"], [gradients, "gradient"]], curves = `${y} ${over} ${wrong}`;
    for (const [made, what] of pairs) {
      if (drawn !== curves) {
        made.ranges(over === "output" ? [0, 1] : [-NET_LIMIT, NET_LIMIT], made.y, over === "output" ? "output s" : "net input");
        for (const loss of LOSSES) made.paths[loss].setAttribute("d", shown.includes(loss) && !(what === "value" && loss === "printed") ? made.line(curve(loss, what, y, over)) : "");
      }
      markAt(made, x, shown.map((loss) => [loss, at[loss][what]]));
      made.node.setAttribute("aria-valuenow", z);
      made.node.setAttribute("aria-valuetext", `net input ${readable(z)}, output ${readable(at.output)}`);
    }
    drawn = curves;
    net.set(z);
    netSlider.value = z;
    factors.set(at, shown);
    spoken.say(unitText(z, y, readable));
  }

  function drawDescent({ target: y, start: from, rate: eta, printed: wrong, step }) {
    const shown = LOSSES.filter((loss) => wrong || loss !== "printed");
    const nets = Object.fromEntries(LOSSES.map((loss) => [loss, shown.includes(loss) ? descent(loss, from, y, eta) : []]));
    const parts = [[outputs, (net) => sigmoid(net)], [pulls, (net, loss) => lossesAt(net, y)[loss].gradient]];
    for (const [made, of] of parts) {
      for (const loss of LOSSES) made.paths[loss].setAttribute("d", made.line(nets[loss].slice(0, step + 1).map((net, n) => [n, of(net, loss)])));
      markAt(made, step, shown.map((loss) => [loss, of(nets[loss][step], loss)]));
    }
    start.set(from);
    rate.value = eta;
    rateText.textContent = readable(eta);
    steps.set(step, STEPS);
    const said = shown.map((loss) => `${NAMES[loss]}: output ${readable(sigmoid(nets[loss][step]))}, ${standing(nets[loss], y)}`);
    spoken.say(`Step ${step}, target ${y}: ${said.join("; ")}.`);
  }

  function drawPenalty({ strength: n }) {
    const table = model.get("penalty");
    if (penguins.childElementCount !== table.points.length) {
      penguins.replaceChildren(...table.points.map(([x, label]) => (label === 1 ? svg("path", { d: triangle(flippers.X(x), flippers.Y(1)), class: "course-chinstrap" }) : svg("circle", { cx: flippers.X(x), cy: flippers.Y(0), r: 5, class: "course-adelie" }))));
    }
    probability.setAttribute("d", flippers.line(table.flippers.map((x, place) => [x, table.curves[n][place]])));
    strength.value = n;
    strengthText.textContent = `\u03bb = ${table.strengths[n]}`;
    losses.set(table, n);
    spoken.say(`Strength ${table.strengths[n]}: loss ${readable(table.training[n])} on the 24 penguins, ${readable(table.validation[n])} on the others; the squares of the weights add up to ${readable(table.weights[n])}.`);
  }

  return () => { steps.pause(); disconnect(); };
}

// A line at x, and for each loss its sign at [loss, value] where there is a value within the chart.
function markAt(made, x, entries) {
  for (const [name, value] of Object.entries({ x1: made.X(x), x2: made.X(x), y1: made.Y(made.y[0]), y2: made.Y(made.y[1]) })) made.at.setAttribute(name, value);
  made.marks.replaceChildren(...entries.filter(([, value]) => value !== null).map(([loss, value]) => marker(loss, made.X(x), made.Y(value))));
}

// Each loss has a shape of its own as well as a colour.
function marker(loss, x, y) {
  const shapes = {
    squared: () => svg("circle", { cx: x, cy: y, r: 5 }),
    cross: () => svg("rect", { x: x - 4.5, y: y - 4.5, width: 9, height: 9 }),
    printed: () => svg("path", { d: triangle(x, y) }),
  };
  const node = shapes[loss]();
  node.setAttribute("class", "course-marker");
  node.setAttribute("data-loss", loss);
  return node;
}

function triangle(x, y) {
  return `M${x} ${y - 6}L${x + 6} ${y + 5}L${x - 6} ${y + 5}Z`;
}

function panel(title, node) {
  return element("figure", { class: "course-panel" }, element("figcaption", {}, title), node);
}

function typedNumber(label, onvalue) {
  return numberInput({
    size: 6, "aria-label": label, limits: `a number from \u2212${NET_LIMIT} to ${NET_LIMIT}`, written: readable, onvalue,
    parse: (text) => parseNumber(text, NET_LIMIT),
    stepped: (value, direction, withShift) => {
      const next = Math.round((value + direction * (withShift ? 1 : 0.1)) * 100) / 100;
      return Math.max(-NET_LIMIT, Math.min(NET_LIMIT, next));
    },
  });
}

// Value and the chain of factors of each loss.
function factorTable() {
  const rows = [["loss", "value"], ["slope at the output", "slope"], ["times s(1 \u2212 s)", "factor"], ["= gradient at the net input", "gradient"]];
  const cells = Object.fromEntries(LOSSES.map((loss) => [loss, rows.map(() => element("td"))]));
  const heads = Object.fromEntries(LOSSES.map((loss) => [loss, element("th", { scope: "col" }, NAMES[loss])]));
  const node = element("table", { class: "course-table" }, element("caption", {}, "One unit, in numbers"),
    element("thead", {}, element("tr", {}, element("th"), ...Object.values(heads))),
    element("tbody", {}, ...rows.map(([title], n) => element("tr", {}, element("th", { scope: "row" }, title), ...LOSSES.map((loss) => cells[loss][n])))));
  const set = (at, shown) => {
    for (const loss of LOSSES) {
      heads[loss].hidden = !shown.includes(loss);
      rows.forEach(([, what], n) => {
        cells[loss][n].hidden = !shown.includes(loss);
        cells[loss][n].textContent = short(what === "factor" ? at.factor : at[loss][what]);
      });
    }
  };
  return { node, set };
}

// One row for each strength; the present one is marked by a sign, not by colour alone.
function lossTable() {
  const body = element("tbody");
  const node = element("table", { class: "course-table" }, element("thead", {}, element("tr", {}, ...["", "\u03bb", "loss on the 24", "loss on the others", "sum of w\u00b2"].map((title) => element("th", { scope: "col" }, title)))), body);
  const set = (table, chosen) => {
    const row = (n) => [n === chosen ? "\u25b6" : "", String(table.strengths[n]), ...["training", "validation", "weights"].map((name) => table[name][n].toFixed(name === "weights" ? 1 : 3))];
    body.replaceChildren(...table.strengths.map((_, n) => element("tr", { "aria-current": n === chosen && "true" }, ...row(n).map((text) => element("td", {}, text)))));
  };
  return { node, set };
}
export default { render };
