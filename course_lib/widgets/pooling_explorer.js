// The pooling explorer: controls and drawing. What is computed stands in pooling.js.
const STATE = ["preset", "cells", "kind", "p", "kernel_size", "stride", "shift", "gradient", "upstream", "step"];

// A grid of numbers; where `onedit` is given they can be typed. set(rows, marks) fills it, rebuilt only when its size
// changes; marks(row, column) gives { mark, faint, words } of a cell; mark(row, column, size) frames the window.
function numberGrid(label, { onedit, onpick } = {}) {
  const frame = element("div", { class: "course-frame" }), body = element("div", { class: "course-cells", role: "group", "aria-label": label });
  const node = element("figure", { class: "course-grid-figure" }, element("figcaption", {}, label), element("div", { class: "course-stage" }, body, frame));
  const caption = node.querySelector("figcaption");
  let rows = [[]], cells = [];

  function field(i, j) {
    return numberInput({
      parse: parseCell, limits: "a number from \u22121000 to 1000", written,
      stepped: (value, direction, withShift) => nudged(value, direction * (withShift ? 10 : 1)),
      onvalue: (value) => onedit(rows.map((row, r) => row.map((old, c) => (r === i && c === j ? value : old)))),
    });
  }
  function build(next) {
    body.style.setProperty("--columns", next[0].length);
    cells = next.map((row, i) => row.map((_, j) => {
      const { input: number, set: put } = onedit ? field(i, j) : { input: element("span") };
      const node = element("div", { class: "course-cell" }, number);
      if (onpick) node.addEventListener("pointerdown", () => onpick(i * rows[0].length + j));
      return { node, number, put, look: {} };
    }));
    body.replaceChildren(...cells.flat().map((cell) => cell.node));
  }
  function set(next, marks = () => ({}), readOnly = false) {
    if (next.length !== cells.length || next[0].length !== cells[0].length) build(next);
    rows = next;
    const tints = tintsOf(rows);
    cells.forEach((row, i) => row.forEach((cell, j) => {
      const look = { value: next[i][j], tint: tints[i][j], mark: "", faint: false, words: "", readOnly, ...marks(i, j) };
      if (Object.entries(look).every(([name, part]) => cell.look[name] === part)) return;  // most cells stay as they are
      cell.look = look;
      show(cell, look, i, j);
    }));
  }
  function show({ node, number, put }, look, i, j) {
    node.style.setProperty("--share", look.tint.toFixed(3));
    node.classList.toggle("course-negative", look.value < 0);
    node.classList.toggle("course-faint", look.faint);
    node.classList.toggle("course-marked", look.mark !== "");
    node.dataset.mark = look.mark;
    node.classList.toggle("course-long", writtenShort(look.value).length > 5);
    if (!onedit) { number.textContent = writtenShort(look.value); return; }
    number.readOnly = look.readOnly;
    number.setAttribute("aria-label", `row ${i}, column ${j}${look.words}`);
    put(look.value);
  }
  function mark(row, column, size) {
    const percent = (part, whole) => `${(100 * part) / whole}%`;
    Object.assign(frame.style, { left: percent(column, rows[0].length), top: percent(row, rows.length), width: percent(size, rows[0].length), height: percent(size, rows.length) });
  }
  return { node, set, mark, title: (text) => { caption.textContent = text; body.setAttribute("aria-label", text); } };
}

const sizeWords = (rows) => `${rows.length} \u00d7 ${rows[0].length}`;

function render({ model, el }) {
  const powers = model.get("powers"), presets = model.get("presets");
  const preset = choice("numbers", [...Object.keys(presets), "own numbers"], (name) => change({ preset: name, step: 0, ...(presets[name] && { cells: presets[name] }) }));
  const kind = choice("kind", ["max", "mean", "sum", "L2", "p-norm"], (name) => change({ kind: name }));
  const power = rangeInput("p", { min: 0, max: powers.length - 1, step: 1, onchange: (place) => change({ p: powers[place] }) });
  const powerText = element("span", { class: "course-power" }), powerField = labelled("p", power);
  powerField.append(powerText);
  const sizes = ["1", "2", "3", "4"];
  const size = choice("window size", sizes, (text) => change({ kernel_size: Number(text), step: 0 }));
  const stride = choice("stride", sizes, (text) => change({ stride: Number(text), step: 0 }));
  const shift = choice("shift the grid", ["none", ...Object.keys(DIRECTIONS)], (direction) => change({ shift: direction }));
  const gradient = tick("show the gradient", (checked) => change({ gradient: checked }));
  const upstream = choice("arriving gradient", ["ones", "1, 2, 3"], (name) => change({ upstream: name }));
  const upstreamField = labelled("arriving gradient", upstream);
  const walk = player("window", (step) => change({ step }), { milliseconds: 900, counted: 1 });
  const pick = (step) => { walk.pause(); change({ step }); };

  const grid = numberGrid("grid", { onedit: (cells) => change({ cells, preset: "own numbers" }) });
  const result = numberGrid("result", { onpick: pick });
  const back = numberGrid("gradient at the grid"), arriving = numberGrid("gradient at the result", { onpick: pick });
  const arrow = (text) => element("div", { class: "course-arrow", "aria-hidden": "true" }, text);
  const backRow = element("div", { class: "course-flow" }, back.node, arrow("\u2190"), arriving.node);
  const sum = element("p", { class: "course-title" }), route = element("p", { class: "course-route" }), remarks = element("p", { class: "course-route" });
  const spoken = spokenLine({ seen: false }), code = codePanel();

  const { change, disconnect } = connect(model, STATE, draw);
  el.append(element("div", { class: "course-explorer course-pooling" },
    element("div", { class: "course-row" }, labelled("numbers", preset), labelled("kind", kind), powerField, button("Reset", () => { walk.pause(); change(model.get("initial")); })),
    element("div", { class: "course-row" }, labelled("window size", size), labelled("stride", stride), labelled("shift", shift), gradient.field, upstreamField),
    walk.node,
    element("div", { class: "course-flows" }, element("div", { class: "course-flow" }, grid.node, arrow("\u2192"), result.node), backRow),
    sum, route, remarks, spoken.node, code.node));
  draw();

  function draw() {
    const state = Object.fromEntries(STATE.map((name) => [name, model.get(name)]));
    const cells = shifted(state.cells, state.shift), out = pooled(cells, state), counts = countsOf(cells, state), windows = windowsOf(cells, state);
    const step = Math.min(state.step, windows.length - 1), here = windows[step];
    const values = valuesAt(cells, placesOf(here, state));
    drawGrids(state, cells, counts, out, here);
    drawGradients(state, cells, out, here);
    sum.textContent = windowWords(values, state);
    route.textContent = state.gradient ? gradientWords(values, state, gradientOf(out, state.upstream)[here.i][here.j]) : "";
    remarks.textContent = `${unreadWords(counts)} ${shiftWords(state.cells, state)}`.trim();
    drawControls(state, step, windows.length - 1);
    spoken.say(`${state.kind} of ${state.kernel_size} \u00d7 ${state.kernel_size} windows, stride ${state.stride}: ${sizeWords(cells)} numbers become ${sizeWords(out)}. Window ${step + 1}: ${sum.textContent}. ${route.textContent} ${remarks.textContent}`);
    code.set(() => showCode(state.cells, state));
  }

  function drawControls(state, step, last) {
    preset.value = state.preset;
    kind.value = state.kind;
    powerField.hidden = state.kind !== "p-norm";
    power.value = powers.indexOf(state.p);
    powerText.textContent = state.p === "max" ? "\u221e: max" : String(state.p);
    power.setAttribute("aria-valuetext", state.p === "max" ? "infinite: the maximum" : `p = ${state.p}`);
    size.value = String(state.kernel_size);
    stride.value = String(state.stride);
    shift.value = state.shift;
    gradient.box.checked = state.gradient;
    upstream.value = state.upstream;
    upstreamField.hidden = !state.gradient;
    walk.set(step, last);
  }

  function drawGrids(state, cells, counts, out, here) {
    const before = pooled(state.cells, state);
    const ofCell = (i, j) => {
      const { reads, wins } = counts[i][j];
      const words = `${wins ? `, wins ${wins} window${wins > 1 ? "s" : ""}` : ""}${reads ? "" : ", read by no window"}`;
      return { mark: wins ? `\u2605${wins > 1 ? wins : ""}` : "", faint: reads === 0, words };
    };
    grid.set(cells, ofCell, state.shift !== "none");
    grid.mark(here.top, here.left, state.kernel_size);
    grid.title(`grid ${sizeWords(cells)}`);
    result.set(out, (i, j) => ({ mark: out[i][j] === before[i][j] ? "" : "\u2260" }));
    result.mark(here.i, here.j, 1);
    result.title(`result ${sizeWords(out)}${state.shift === "none" ? "" : " (\u2260 changed)"}`);
  }

  function drawGradients(state, cells, out, here) {
    backRow.hidden = !state.gradient;
    if (!state.gradient) return;
    const gradients = gradientOf(out, state.upstream), atCells = gradientBack(cells, state, gradients);
    back.set(atCells);
    back.mark(here.top, here.left, state.kernel_size);
    arriving.set(gradients);
    arriving.mark(here.i, here.j, 1);
  }

  return () => { walk.pause(); disconnect(); };
}
export default { render };
