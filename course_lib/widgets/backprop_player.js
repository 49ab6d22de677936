// The backprop player: inputs, the network, the step in words, the table of weights. Every number comes from Python.
const GIVEN = ["x", "t", "learning_rate", "momentum", "hidden", "output", "velocity_hidden", "velocity_output"];
const SCALARS = [
  ...[0, 1, 2].map((n) => ({ name: "x", path: [n], rule: "number", label: `input x${n + 1}`, text: `x${n + 1}` })),
  ...[0, 1].map((n) => ({ name: "t", path: [n], rule: "target", label: `target t${n + 1}`, text: `t${n + 1}` })),
  { name: "learning_rate", path: [], rule: "rate", label: "learning rate", text: "\u03b7" },
  { name: "momentum", path: [], rule: "share", label: "momentum", text: "\u03b1" },
];
const COLUMNS = ["weight", "change before", "change \u0394w", "new weight", "dE/dw", "by differences", "they differ by"];
const PLACES = { I1: [50, 70], I2: [50, 165], I3: [50, 260], H1: [240, 100], H2: [240, 230], O1: [432, 100], O2: [432, 230] };
const LAST_ITERATION = 200;
const NO_ANSWER = "Python has not answered: the numbers below still belong to the values before. Run the cells down to this one, then they follow.";

// "H2->O1" lies in row 0, column 1 of output.
function placeOf(link) {
  return { layer: link.startsWith("H") ? "output" : "hidden", path: [Number(link[5]) - 1, Number(link[1]) - 1] };
}

// An input that tells every number typed into it, and says what is wrong with anything else.
function ruledInput(label, rule, onnumber, onproblem) {
  const input = element("input", { type: "text", inputmode: "decimal", "aria-label": label, ...OWN_KEYS, oninput: () => {
    const { value, problem } = readTyped(input.value, rule);
    if (problem) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
    onproblem(problem ? `${label}: ${problem}.` : "");
    if (!problem) onnumber(value);
  }, onblur: () => { input.removeAttribute("aria-invalid"); onproblem(""); input.value = typedText(shownValue); } });
  let shownValue = 0;
  const set = (value) => {
    shownValue = value;
    if (input.getRootNode().activeElement !== input || (readTyped(input.value, rule).value ?? value) !== value) input.value = typedText(value);
  };
  return { input, set };
}

// The network as circles and lines; draw(entry, known, state) writes the numbers and marks what is at work.
function networkView(links) {
  const node = svg("svg", { class: "course-network", viewBox: "0 26 530 282", role: "img", "aria-label": "the network; the line of text below says what is marked" });
  const lines = {}, labels = {}, circles = {}, texts = {};
  const line = (x, y, anchor = "middle") => svg("text", { x, y, "text-anchor": anchor });
  for (const link of links) {
    const [from, to] = link.split("->").map((unit) => PLACES[unit]);
    lines[link] = svg("line", { x1: from[0], y1: from[1], x2: to[0], y2: to[1] });
    labels[link] = line(from[0] + 0.34 * (to[0] - from[0]), from[1] + 0.34 * (to[1] - from[1]) + 4);
  }
  for (const [unit, [x, y]] of Object.entries(PLACES)) {
    circles[unit] = svg("circle", { cx: x, cy: y, r: 22 });
    const rows = unit.startsWith("I") ? [y + 38] : unit.endsWith("1") ? [y - 62, y - 45, y - 28] : [y + 37, y + 54, y + 71];
    texts[unit] = rows.map((row) => line(x, row));
  }
  const goals = ["O1", "O2"].map((unit) => line(PLACES[unit][0] + 27, PLACES[unit][1] + 4, "start"));
  node.append(...Object.values(lines), ...Object.values(labels), ...Object.values(circles),
    ...Object.entries(PLACES).map(([unit, [x, y]]) => { const name = line(x, y + 5); name.textContent = unit; name.setAttribute("class", "course-unit"); return name; }),
    ...Object.values(texts).flat(), ...goals);

  function write(text, content, name, entry) {
    text.textContent = content;
    text.classList.toggle("course-now", name === entry.name);
  }
  function draw(entry, values, state) {
    for (const link of links) {
      const { layer, path: [row, column] } = placeOf(link);
      const fresh = values[`new ${link}`];
      write(labels[link], fresh ?? shortText(state[layer][row][column]), `new ${link}`, entry);
      lines[link].setAttribute("class", entry.links.includes(link) && entry.name !== "start" ? (entry.back ? "course-back" : "course-lit") : "");
    }
    for (const unit of Object.keys(PLACES)) {
      circles[unit].setAttribute("class", entry.units.includes(unit) ? (entry.back ? "course-back" : "course-lit") : "");
      if (unit.startsWith("I")) write(texts[unit][0], `x = ${shortText(state.x[unit[1] - 1])}`, "", entry);
      else [["net", "net"], ["o", "o"], ["delta", "\u03b4"]].forEach(([kind, sign], row) => {
        const value = values[`${kind} ${unit}`];
        write(texts[unit][row], value === undefined ? "" : `${sign} = ${value}`, `${kind} ${unit}`, entry);
      });
    }
    goals.forEach((text, n) => { text.textContent = `t = ${shortText(state.t[n])}`; });
  }
  return { node, draw };
}

// A row for each weight: two inputs, then what is known of it.
function weightTable(links, field) {
  const rows = links.map((link) => {
    const { layer, path } = placeOf(link), name = link.replace("->", "\u2192");
    const inputs = [field({ name: layer, path, rule: "number", label: `weight ${name}` }), field({ name: `velocity_${layer}`, path, rule: "number", label: `change of ${name} before` })];
    const cells = COLUMNS.slice(2).map((column) => element("td", { "data-label": column }));
    const row = element("tr", {}, element("th", { scope: "row" }, name),
      ...inputs.map((input, n) => element("td", { "data-label": COLUMNS[n] }, input)), ...cells);
    return { link, row, cells };
  });
  const head = element("tr", {}, element("th", { scope: "col" }, "from\u2192to"), ...COLUMNS.map((text) => element("th", { scope: "col" }, text)));
  const node = element("table", { class: "course-weights" }, element("caption", {}, "All ten weights. Edit the first two columns; the gradient is checked by moving each weight by 0.00001 to both sides."),
    element("thead", {}, head), element("tbody", {}, ...rows.map((entry) => entry.row)));
  function draw(entry, values, checks) {
    rows.forEach(({ link, row, cells }, place) => {
      const texts = [values[`change ${link}`] ?? "", values[`new ${link}`] ?? "", ...checks[place]];
      cells.forEach((cell, n) => { if (cell.textContent !== texts[n]) cell.textContent = texts[n]; });
      cells[0].classList.toggle("course-now", entry.name === `change ${link}`);
      cells[1].classList.toggle("course-now", entry.name === `new ${link}`);
      row.classList.toggle("course-at", entry.name !== "start" && entry.links.includes(link));
    });
  }
  return { node, draw };
}

// A text field for code; Python reads it.
function pastePanel(onread) {
  const area = element("textarea", { rows: 8, spellcheck: "false", "aria-label": "code to read", ...OWN_KEYS });
  const said = element("p", { class: "course-read", role: "status" });
  const node = element("details", { class: "course-code" }, element("summary", OWN_KEYS, "Paste code"),
    element("p", {}, "Code as \u201cShow code\u201d writes it, with your numbers. It is read, not run."), area,
    button("Read this code", () => onread(area.value)), said);
  return { node, say: (text, failed) => { said.textContent = text; area.setAttribute("aria-invalid", failed); } };
}

function render({ model, el }) {
  const plan = model.get("plan"), links = plan[0].links, fields = [];
  let asked = 0, typing = "", silent = false;

  const field = (place) => {
    const { input, set } = ruledInput(place.label, place.rule, (number) => edit(place, number), (problem) => { typing = problem; drawNote(); });
    fields.push({ ...place, set });
    return input;
  };
  const note = element("p", { class: "course-note", role: "alert" });
  const precision = choice("digits", ["as the source cuts them", "in full"], (name) => change({ precision: name === "in full" ? "full" : "source" }));
  const steps = player("step", (at) => change({ at }), { milliseconds: 1200 });
  const network = networkView(links);
  const title = element("p", { class: "course-title" }), formula = element("p", { class: "course-formula" });
  const numbers = element("p", { class: "course-formula" }), result = element("p", { class: "course-result" }), remark = element("p"), why = element("p");
  const scalars = SCALARS.map((place) => labelled(place.text, field(place)));
  const weights = weightTable(links, field);
  const iteration = element("span", { class: "course-iteration" });
  const go = (by) => () => change({ iteration: Math.max(1, Math.min(LAST_ITERATION, model.get("iteration") + by)) });
  const earlier = button("\u25c0 iteration before", go(-1)), later = button("next iteration \u25b6", go(1)), far = button("10 on \u25b6\u25b6", go(10));
  const spoken = spokenLine(), code = codePanel();
  const isSilent = patience(() => draw());
  const isUnread = patience(() => paste.say("Python has not answered. Run the cells down to this one, then read the code again.", true));
  const paste = pastePanel((text) => {
    asked += 1;
    paste.say("Python reads it \u2026", false);
    isUnread(true);  // if another one was asked for before
    isUnread(false);
    change({ pasted: { n: asked, text } });
  });

  network.node.setAttribute("tabindex", "0");
  network.node.addEventListener("keydown", (event) => {
    const to = { ArrowRight: model.get("at") + 1, ArrowLeft: model.get("at") - 1, Home: 0, End: plan.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    steps.pause();
    change({ at: Math.max(0, Math.min(plan.length - 1, to)) });
  });
  for (const [name, value] of Object.entries(OWN_KEYS)) network.node.setAttribute(name, value);

  const { change, disconnect } = connect(model, [...GIVEN, "iteration", "precision", "at", "table"], draw);
  model.on("change:reading", heard);
  el.append(element("div", { class: "course-explorer course-backprop" },
    element("div", { class: "course-row course-scalars" }, ...scalars, labelled("digits", precision), button("Reset", () => { typing = ""; paste.say("", false); steps.pause(); change(model.get("initial")); })),
    note, steps.node,
    element("div", { class: "course-stage" }, network.node, element("div", { class: "course-step-panel" }, title, why, formula, numbers, result, remark)),
    spoken.node,
    element("div", { class: "course-row" }, earlier, later, far, iteration),
    weights.node, code.node, paste.node));
  draw();

  // The values that are shown: those of the state, or in a later iteration those that Python has computed for it.
  function present() {
    const now = model.get("iteration") > 1 ? shownRun().now : {};
    return { ...Object.fromEntries(GIVEN.map((name) => [name, model.get(name)])), ...now };
  }
  function shownRun() {
    return model.get("table").runs[model.get("precision")];
  }
  function edit({ name, path }, number) {
    change({ ...withNumber(present(), name, path, number), iteration: 1 });
  }
  function heard() {
    const { n, problem } = model.get("reading");
    if (n !== asked) return;
    isUnread(true);
    paste.say(problem ? `Not read: ${problem}.` : "Read. The player shows your numbers.", Boolean(problem));
  }

  function drawNote() {
    const text = typing || (silent ? NO_ANSWER : "");
    if (note.textContent !== text) note.textContent = text;
  }

  function draw() {
    const at = model.get("at"), entry = plan[at], run = shownRun(), state = present(), n = model.get("iteration");
    const values = known(plan, run.values, at);
    silent = isSilent(sameNumbers(model.get("table").of, [...GIVEN.map((name) => model.get(name)), n]));
    steps.set(at, plan.length - 1);
    network.draw(entry, known(plan, run.short, at), state);
    title.textContent = at ? `${at}. ${entry.title}` : "The given values. Press \u25b6 to compute the first one.";
    why.textContent = entry.why;
    formula.textContent = entry.formula;
    numbers.textContent = run.numbers[at];
    result.textContent = at ? `= ${run.values[at]}` : "";
    remark.textContent = run.remarks[at];
    weights.draw(entry, values, run.checks);
    for (const { name, path, set } of fields) set(path.reduce((part, place) => part[place], state[name]));
    precision.value = model.get("precision") === "full" ? "in full" : "as the source cuts them";
    iteration.textContent = `iteration ${n}`;
    allow(earlier, n > 1);
    for (const on of [later, far]) allow(on, n < LAST_ITERATION);
    code.set(() => run.code);
    drawNote();
    spoken.say(at ? `Iteration ${n}, step ${at}: ${entry.title} is ${run.values[at]}. ${run.remarks[at]}` : `Iteration ${n}: nothing is computed yet.`);
  }
  return () => { isUnread(true); isSilent(true); steps.pause(); model.off("change:reading", heard); disconnect(); };
}
export default { render };
