// The output-size explorer: controls and drawing. What is computed stands in output_size.js.
const STATE = ["size", "kernel_size", "stride", "padding", "dilation", "rounding", "linked", "channels", "filters", "step", "predict", "guess", "puzzle"];
const WIDEST = 420, SHADES = 6, SMALLEST_TEXT = 20;  // pixels of a drawing, blues, pixels of a cell that holds a number
const NAMES = { size: "input size", kernel_size: "kernel size", stride: "stride", padding: "padding", dilation: "dilation" };

const box = (x, y, width, height) => `M${x} ${y}h${width}v${height}h${-width}z`;
const lines = (count, length, cell, along) => Array.from({ length: count + 1 }, (_, n) => (along ? `M0 ${n * cell}h${length * cell}` : `M${n * cell} 0v${length * cell}`)).join("");
const place = (node, attributes) => { for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value); };
const times = ([height, width]) => `${height} \u00d7 ${width}`;

// A drawing of cells with a caption; pick(row, column) hears clicks and drags, move(rows, columns) the arrow keys.
function gridView(label, pick, move, ...parts) {
  const node = svg("svg", { class: "course-cells", tabindex: 0, role: "group", "aria-label": label, ...OWN_KEYS }, ...parts);
  const caption = element("figcaption", {}), figure = element("figure", {}, caption, node);
  let columns = 1;
  cellsUnderHand(node, () => columns, pick, move);
  function size(rows, wide, side, text) {
    columns = wide;
    const [width, height] = [wide * side, rows * side];
    place(node, { viewBox: `-1 -1 ${width + 2} ${height + 2}`, width: width + 2, height: height + 2 });
    caption.textContent = text;
  }
  return { figure, node, size };
}

// The padded input: blue cells with how many windows read them, a cross where none does, the window in orange.
function inputView(pick, move) {
  const path = (name) => svg("path", { class: `course-${name}` });
  const [padding, ground, crosses, grid, edge, over, taps, frame] = ["padding", "ground", "unread", "lines", "edge", "over", "taps", "frame"].map(path);
  const shades = Array.from({ length: SHADES }, (_, n) => svg("path", { class: "course-shade", "fill-opacity": 0.1 + 0.09 * n })), numbers = svg("g", { class: "course-counts" });
  const view = gridView("padded input: arrow keys move the window", pick, move, padding, ground, ...shades, crosses, grid, edge, over, taps, numbers, frame);
  let cell = 1;

  function set(axes, side, hidden) {
    cell = side;
    const [down, right] = axes, rows = readCounts(down), columns = readCounts(right), [top, left] = [down.before * cell, right.before * cell];
    view.size(down.padded + down.over, right.padded + right.over, cell, hidden ? "input with its padding" : "input: how many windows read each pixel");
    padding.setAttribute("d", box(0, 0, right.padded * cell, down.padded * cell));
    ground.setAttribute("d", box(left, top, right.size * cell, down.size * cell));
    edge.setAttribute("d", box(left, top, right.size * cell, down.size * cell));
    grid.setAttribute("d", lines(down.padded, right.padded, cell, true) + lines(right.padded, down.padded, cell, false));
    over.setAttribute("d", down.over || right.over ? box(0, 0, (right.padded + right.over) * cell, (down.padded + down.over) * cell) : "");
    const drawn = hidden ? { shades: [], crosses: "" } : coloured(rows, columns, top, left);
    shades.forEach((shade, n) => shade.setAttribute("d", drawn.shades[n] ?? ""));
    crosses.setAttribute("d", drawn.crosses);
    write(hidden || cell < SMALLEST_TEXT ? [] : rows, columns, top, left);
  }
  // Paths of the cells by how often they are read, in runs along each row, and of the crosses.
  function coloured(rows, columns, top, left) {
    const paths = Array.from({ length: SHADES }, () => []), crossed = [], most = Math.max(...rows) * Math.max(...columns);
    rows.forEach((inRow, i) => columns.forEach((inColumn, j) => {
      const count = inRow * inColumn, x = left + j * cell, y = top + i * cell;
      if (count) paths[Math.ceil((SHADES * count) / most) - 1].push(box(x, y, cell, cell));
      else crossed.push(`M${x + 0.25 * cell} ${y + 0.25 * cell}l${cell / 2} ${cell / 2}m0 ${-cell / 2}l${-cell / 2} ${cell / 2}`);
    }));
    return { shades: paths.map((parts) => parts.join("")), crosses: crossed.join("") };
  }
  // One text for each row, every character at its own place: hundreds of texts would take too long to lay out.
  function write(rows, columns, top, left) {
    const font = Math.min(15, cell * 0.55), digit = 0.6 * font;
    while (numbers.children.length < rows.length) numbers.append(svg("text"));
    while (numbers.children.length > rows.length) numbers.lastChild.remove();
    numbers.setAttribute("font-size", font);
    rows.forEach((inRow, i) => {
      const counts = columns.map((inColumn) => (inRow * inColumn ? String(inRow * inColumn) : "\u00a0"));
      const x = counts.flatMap((text, j) => Array.from({ length: text.length + 1 }, (_, n) => (left + (j + 0.5) * cell + (n - (text.length - 1) / 2) * digit).toFixed(1)));
      const node = numbers.children[i], text = counts.join(" ");
      if (node.textContent !== text) node.textContent = text;
      place(node, { x: x.join(" "), y: top + (i + 0.5) * cell });
    });
  }
  // The window of output cell (i, j), or none.
  function mark([down, right], at) {
    if (!at) { taps.setAttribute("d", ""); frame.setAttribute("d", ""); return; }
    const rows = windowCells(down, at[0]), columns = windowCells(right, at[1]);
    taps.setAttribute("d", rows.flatMap((row) => columns.map((column) => box(column * cell, row * cell, cell, cell))).join(""));
    frame.setAttribute("d", box(columns[0] * cell, rows[0] * cell, right.extent * cell, down.extent * cell));
  }
  return { ...view, set, mark };
}

// The output: filled up to the present cell.
function outputView(pick, move) {
  const [ground, filled, grid, now] = ["ground", "filled", "lines", "frame"].map((name) => svg("path", { class: `course-${name}` })), mystery = svg("text", { class: "course-mystery" }, "?");
  const view = gridView("output: arrow keys choose a cell", pick, move, ground, filled, grid, now, mystery);
  let cell = 1, wide = 1;

  function set([down, right], side, hidden) {
    const [rows, columns] = hidden ? [3, 3] : [down.out, right.out];
    [cell, wide] = [hidden ? 40 : side, columns];
    view.size(Math.max(rows, 1), Math.max(columns, 1), cell, hidden ? "output: which size?" : rows && columns ? `output ${times([rows, columns])}` : "no output");
    ground.setAttribute("d", box(0, 0, columns * cell, rows * cell));
    grid.setAttribute("d", hidden || !rows || !columns ? "" : lines(rows, columns, cell, true) + lines(columns, rows, cell, false));
    mystery.textContent = hidden ? "?" : rows && columns ? "" : "\u2205";
    place(mystery, { x: (Math.max(columns, 1) * cell) / 2, y: (Math.max(rows, 1) * cell) / 2 });
  }
  function fill(step) {
    const [full, rest] = [Math.floor(step / wide), step % wide];
    filled.setAttribute("d", step ? box(0, 0, wide * cell, full * cell) + box(0, full * cell, rest * cell, cell) : "");
    now.setAttribute("d", step ? box(((step - 1) % wide) * cell, Math.floor((step - 1) / wide) * cell, cell, cell) : "");
  }
  return { ...view, set, fill };
}

// A setting with one slider, or one each for height and width: set(pair, linked, off).
function setting(name, most, onchange) {
  let both = true, now = [1, 1];
  const sliders = [0, 1].map((n) => rangeInput(NAMES[name], { min: name === "padding" ? 0 : 1, max: most, step: 1, onchange: (value) => onchange(both ? [value, value] : now.map((old, m) => (m === n ? value : old))) }));
  const texts = [0, 1].map(() => element("output", {})), cells = sliders.map((slider, n) => element("td", {}, slider, texts[n]));
  const head = element("th", { scope: "row" }, NAMES[name]), row = element("tr", {}, head, ...cells);
  function set(pair, linked, off = null) {
    [both, now] = [linked, pair];
    cells[1].hidden = linked;
    sliders.forEach((slider, n) => {
      slider.value = pair[n];
      slider.hidden = Boolean(off);
      texts[n].textContent = off ? off[n] : pair[n];
      slider.setAttribute("aria-label", linked ? NAMES[name] : `${NAMES[name]}, ${n ? "width" : "height"}`);
    });
  }
  return { row, head, set };
}

// A text field for a whole number; oninput hears it, or null while what stands there is none.
function wholeField(label, low, high, oninput) {
  const input = element("input", { type: "text", inputmode: "numeric", autocomplete: "off", size: 5, "aria-label": label, ...OWN_KEYS });
  input.addEventListener("input", () => {
    const value = parseWhole(input.value, low, high);
    input.setAttribute("aria-invalid", value === null && input.value !== "");
    oninput(value);
  });
  return input;
}

function render({ model, el }) {
  const most = model.get("largest"), view = {};
  let numbersBefore = [0, 0], typed = [null, null], told = false, drawn = null;

  const settings = Object.fromEntries(Object.keys(NAMES).map((name) => [name, setting(name, most[name], (pair) => alter({ [name]: pair }))]));
  const kind = choice("kind of padding", ["numbers", "valid", "same", "full"], (name) => alter({ padding: name === "numbers" ? numbersBefore : name }));
  settings.padding.head.append(" ", kind);
  const linked = tick("height = width", (checked) => alter({ linked: checked, ...(checked && square()) }));
  const rounding = choice("rounding", ["floor", "ceil", "exact"], (name) => alter({ rounding: name }));
  const predict = tick("predict first", (checked) => alter({ predict: checked }));
  const count = (label, name) => numberInput({
    size: 5, "aria-label": `${label}, 1 to 4096`, parse: (text) => parseWhole(text, 1, 4096), limits: "a whole number from 1 to 4096", written: String,
    onvalue: (value) => change({ [name]: value }),
  });
  const channels = count("input channels", "channels"), filters = count("filters", "filters");
  const guesses = [0, 1].map((n) => wholeField(n ? "output width" : "output height", 0, 9999, (value) => { typed[n] = value; }));
  const fields = ["height", "width"].map((name, n) => labelled(name, guesses[n]));
  for (const input of guesses) input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();  // a right answer moves the focus on to a button, which this key must not press
    check();
  });
  const asking = element("div", { class: "course-row course-asking" }, element("strong", {}, "How large is the output? (0 if it does not fit)"), ...fields,
    button("Check", check), button("Show me", () => { told = true; change({ guess: view.axes.map((axis) => axis.out), step: 0 }); }));
  const verdictLine = element("p", { class: "course-verdict", role: "status" });
  const another = button("New puzzle", () => alter({ ...puzzle(model.get("puzzle")), puzzle: model.get("puzzle") + 1, rounding: "floor", linked: true, predict: true, step: 0 }));
  const steps = player("window", (step) => change({ step }), { milliseconds: 350 });
  const pickFrom = (row, column) => { if (view.total) jump(windowAt(...view.axes, row, column) + 1); };
  const pickOut = (row, column) => { if (view.total) jump(clamp(Math.round(row), view.axes[0].out) * view.axes[1].out + clamp(Math.round(column), view.axes[1].out) + 1); };
  const clamp = (value, count) => Math.max(0, Math.min(count - 1, value));
  const move = (rows, columns) => { if (view.total) jump(clamp(view.step - 1 + rows * view.axes[1].out + columns, view.total) + 1); };
  const input = inputView(pickFrom, move), output = outputView(pickOut, move);
  const formulas = element("div", { class: "course-formulas" }), summary = element("p", { class: "course-summary" }), counts = element("ul", { class: "course-facts" });
  const spoken = spokenLine(), code = codePanel();

  const { change, disconnect } = connect(model, STATE, draw);
  const directions = element("tr", {}, ...["", "height", "width"].map((text) => element("th", { scope: "col" }, text)));
  const table = element("table", { class: "course-settings" }, element("tbody", {}, directions, ...Object.values(settings).map(({ row }) => row)));
  el.append(element("div", { class: "course-explorer course-outsize" },
    element("div", { class: "course-row" }, linked.field, labelled("rounding", rounding), predict.field, another, button("Reset", () => { clear(); change(model.get("initial")); })),
    element("div", { class: "course-sides" },
      element("div", { class: "course-panel" }, table, element("div", { class: "course-row" }, labelled("input channels", channels.input), labelled("filters", filters.input)), counts),
      element("div", { class: "course-view" }, asking, verdictLine, formulas, steps.node, element("div", { class: "course-grids" }, input.figure, output.figure), summary)),
    spoken.node, code.node));
  draw();

  // Another question: what was guessed belongs to the one before.
  function alter(values) {
    clear();
    change({ ...values, guess: null });
  }
  function clear() {
    typed = [null, null];
    for (const field of guesses) field.value = "";
    steps.pause();
  }
  function check() {
    const guess = [typed[0], view.alike ? typed[0] : typed[1]], whole = !guess.includes(null);
    change(whole ? { guess, step: 0 } : { guess: null });
    if (!whole) verdictLine.textContent = "Type a whole number first; 0 if it does not fit.";
  }
  function square() {
    const first = (pair) => (typeof pair === "string" ? pair : [pair[0], pair[0]]);
    return Object.fromEntries(Object.keys(NAMES).map((name) => [name, first(model.get(name))]));
  }
  function jump(step) {
    steps.pause();
    change({ step });
  }

  function draw() {
    const state = Object.fromEntries(STATE.map((name) => [name, model.get(name)]));
    const per = (pair, n) => (typeof pair === "string" ? pair : pair[n]);
    view.axes = [0, 1].map((n) => axisOf({ size: state.size[n], kernel: state.kernel_size[n], stride: state.stride[n], padding: per(state.padding, n), dilation: state.dilation[n], rounding: state.rounding }));
    view.alike = ["size", "before", "after", "extent", "stride", "kernel"].every((name) => view.axes[0][name] === view.axes[1][name]);
    view.fits = view.axes.every((axis) => axis.out);
    const answer = state.predict && state.guess ? verdict(solved(view), state.guess) : null;
    view.hidden = state.predict && !answer?.right;
    view.total = view.hidden || !view.fits ? 0 : view.axes[0].out * view.axes[1].out;
    view.step = Math.min(state.step, view.total);
    drawGrids(state);
    drawControls(state);
    drawWords(state, answer);
  }
  // Where one axis does not fit, nothing comes out: both sizes are 0.
  function solved({ axes, fits }) {
    return fits ? axes : axes.map((axis) => ({ ...axis, out: 0 }));
  }

  // The still parts are drawn anew only when they change, the window and the filled cells at every step.
  function drawGrids(state) {
    const key = JSON.stringify([view.axes, view.hidden]), [down, right] = view.axes;
    if (key !== drawn) {
      const side = Math.min(40, WIDEST / Math.max(down.padded + down.over, right.padded + right.over));
      input.set(view.axes, side, view.hidden || !view.fits);
      output.set(solved(view), side, view.hidden);
      drawn = key;
    }
    const at = view.step ? [Math.floor((view.step - 1) / right.out), (view.step - 1) % right.out] : null;
    input.mark(view.axes, at ?? (view.hidden && view.axes.every((axis) => axis.room >= 0) ? [0, 0] : null));
    output.fill(view.step);
    steps.set(view.step, view.total);
    steps.node.hidden = !view.total;
  }

  function drawControls(state) {
    const named = typeof state.padding === "string";
    if (!named) numbersBefore = state.padding;
    for (const [name, control] of Object.entries(settings)) {
      if (name !== "padding") control.set(state[name], state.linked);
      else control.set(numbersBefore, state.linked, named ? view.axes.map((axis) => `${axis.before} + ${axis.after}`) : null);
    }
    directions.hidden = state.linked;
    kind.value = named ? state.padding : "numbers";
    linked.box.checked = state.linked;
    rounding.value = state.rounding;
    predict.box.checked = state.predict;
    channels.set(state.channels);
    filters.set(state.filters);
    if (!view.hidden && asking.contains(asking.getRootNode().activeElement)) another.focus();  // what has it now will be gone
    asking.hidden = !view.hidden;
    fields[1].hidden = view.alike;
    fields[0].firstChild.textContent = view.alike ? "size" : "height";
    code.set(() => (view.hidden ? { course: "The code says the size: predict it first.", torch: "" } : showCode(state, view.axes)));
  }

  function drawWords(state, answer) {
    told &&= Boolean(answer?.right);
    verdictLine.textContent = told ? toldText(view.axes) : answer?.text ?? "";
    const texts = view.alike ? [["height and width", view.axes[0]]] : [["height", view.axes[0]], ["width", view.axes[1]]];
    formulas.replaceChildren(...texts.map(([name, axis]) => element("p", {}, element("span", {}, `${name}: `), formulaText(axis, view.hidden))));
    const grey = view.axes.some((axis) => axis.before + axis.after) ? " Grey is padding." : "";
    summary.textContent = view.hidden ? `The window stands at its first place.${grey}` : `${summaryText()}${grey}`;
    counts.replaceChildren(...factTexts(state).map((text) => element("li", {}, text)));
    spoken.say(spokenText());
  }
  function summaryText() {
    if (!view.fits) return view.axes.some((axis) => axis.room < 0) ? "The window does not fit into the padded input: use a smaller kernel or more padding." : 'The last window would not end where the pixels end. "exact" refuses that; "floor" leaves the rest unread, "ceil" hangs over.';
    const rows = readCounts(view.axes[0]), columns = readCounts(view.axes[1]), unread = unreadPixels(rows, columns);
    const least = Math.min(...rows) * Math.min(...columns), largest = Math.max(...rows) * Math.max(...columns);
    const often = least === largest ? `Every pixel is read ${least} time${least === 1 ? "" : "s"}.` : `A pixel is read ${least} to ${largest} times.`;
    const over = view.axes.some((axis) => axis.over) ? " The last windows hang over the end (dashed)." : "";
    const behind = view.axes.some((axis) => axis.behind) ? ' Pooling with "ceil" would leave out the last ones, which begin behind the pixels (lesson 10).' : "";
    return `${often}${unread ? ` ${unread} of ${rows.length * columns.length} pixels are never read (crosses).` : ""}${over}${behind}`;
  }
  function factTexts(state) {
    const layers = (count) => view.axes.map((_, n) => receptiveField(new Array(count).fill([state.kernel_size[n], state.stride[n], state.dilation[n]]))[0]);
    const { channels, filters, kernel_size } = state, weights = `${channels}\u00b7${kernel_size.join("\u00b7")}`;
    const facts = [`parameters: ${filters} \u00d7 (${weights} + 1) = ${grouped(parameterCount(channels, filters, kernel_size))}`];
    if (view.total) {
      const out = view.axes.map((axis) => axis.out);
      facts.push(`multiply-adds: ${filters} \u00d7 ${weights} \u00d7 ${out.join("\u00b7")} = ${grouped(multiplyCount(channels, filters, kernel_size, out))}`);
    }
    return [...facts, `one output pixel sees ${times(layers(1))} pixels; through two such layers ${times(layers(2))}, through three ${times(layers(3))}`];
  }
  function spokenText() {
    if (view.hidden) return "The output is hidden until you have typed its size.";
    if (!view.fits) return "No output.";
    const [down, right] = view.axes, out = `Output ${times([down.out, right.out])}.`;
    if (!view.step) return out;
    const [row, column] = [Math.floor((view.step - 1) / right.out), (view.step - 1) % right.out];
    return `${out} Window ${view.step} fills row ${row}, column ${column}, and begins at row ${row * down.stride}, column ${column * right.stride} of the padded input (counted from 0).`;
  }

  return () => { steps.pause(); disconnect(); };
}
export default { render };
