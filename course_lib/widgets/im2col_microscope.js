// The im2col microscope: controls and drawing. What is computed stands in im2col_math.js.
const STATE = ["size", "linked", "channels", "kernel_size", "stride", "padding", "dilation", "filters", "direction", "row", "column", "filter"];
const SETTINGS = { channels: "channels", kernel_size: "kernel size", stride: "stride", padding: "padding", dilation: "dilation", filters: "filters" };
const DIRECTIONS = { im2col: "im2col: picture to columns", col2im: "col2im: columns to picture" };
const MATRIX = 640, SMALLEST_CELL = 22, LARGEST_CELL = 28;  // pixels of the column matrix and of a cell

const square = (x, y, width, height = width) => `M${x} ${y}h${width}v${height}h${-width}z`;

// A drawing of cells with a caption. pick(row, column) hears clicks and drags, move(rows, columns) the arrow keys.
function sheet(label, pick, move) {
  const under = ["ground", "outer", "taps"], over = ["lines", "edge", "same", "mark", "entry"];
  const paths = Object.fromEntries([...under, ...over].map((name) => [name, svg("path", { class: `course-${name}` })]));
  const numbers = svg("g", { class: "course-numbers" });
  const node = svg("svg", { class: "course-sheet", "aria-label": `${label}: arrow keys choose`, tabindex: 0, role: "group", ...OWN_KEYS },
    ...under.map((name) => paths[name]), ...over.map((name) => paths[name]), numbers);
  const caption = element("figcaption", {}), room = element("div", { class: "course-room" }, node), figure = element("figure", {}, caption, room);
  let height = 1, width = 1, cell = 1, written = "";

  cellsUnderHand(node, () => width, (row, column) => pick(...nearest(row, column, height, width)), move);
  const put = (name, d) => { if (paths[name].getAttribute("d") !== d) paths[name].setAttribute("d", d); };
  const fill = (name, places) => put(name, places.map(([i, j]) => square(j * cell, i * cell, cell)).join(""));
  const frame = (name, row, column, high = 1, wide = 1) => put(name, square(column * cell, row * cell, wide * cell, high * cell));
  const clear = (...names) => { for (const name of names) put(name, ""); };
  // A grid of numbers, unless it stands there already.
  function write(rows, side, title) {
    if (caption.textContent !== title) caption.textContent = title;
    const now = `${side}: ${rows.join("; ")}`;
    if (now === written) return;
    [written, height, width, cell] = [now, rows.length, rows[0].length, side];
    const steps = (count) => Array.from({ length: count + 1 }, (_, n) => n * cell);
    for (const [name, value] of Object.entries({ viewBox: `-1 -1 ${width * cell + 2} ${height * cell + 2}`, width: width * cell + 2, height: height * cell + 2 })) node.setAttribute(name, value);
    put("ground", square(0, 0, width * cell, height * cell));
    put("lines", [...steps(height).map((y) => `M0 ${y}h${width * cell}`), ...steps(width).map((x) => `M${x} 0v${height * cell}`)].join(""));
    writeNumbers(rows.map((row) => row.map(plainText)));
  }
  // Thousands of numbers are laid out quickly as a few texts of a font whose characters are all 1ch wide: a cell has a slot
  // for each character of the longest number and one more. A row has two texts, the second half a slot to the right: there
  // stand the numbers that would else lie beside the middle of their cells.
  function writeNumbers(texts) {
    const slots = Math.max(...texts.flat().map((text) => text.length)) + 1, slot = cell / slots;
    const centred = (text) => text.padStart(Math.floor((slots + text.length) / 2), "\u00a0").padEnd(slots, "\u00a0");
    const layer = (row, shift) => row.map((text) => centred((slots - text.length) % 2 === shift ? text : "")).join("");
    numbers.setAttribute("font-size", Math.min(13, 0.5 * cell, slot / 0.6));
    numbers.setAttribute("style", `letter-spacing: calc(${slot}px - 1ch); transform: translateX(calc((${slot}px - 1ch) / 2))`);
    numbers.replaceChildren(...texts.flatMap((row, i) => [0, 1].map((shift) => svg("text", { x: (shift * slot) / 2, y: (i + 0.5) * cell }, layer(row, shift)))));
  }
  // Scroll so that a column is seen.
  function reveal(column) {
    const [left, right] = [column * cell, (column + 1) * cell + 2];
    if (left < room.scrollLeft) room.scrollLeft = left;
    else if (right > room.scrollLeft + room.clientWidth) room.scrollLeft = right - room.clientWidth;
  }
  return { node, figure, room, write, fill, frame, clear, reveal };
}

function settingSlider(label, [min, max], onchange) {
  const slider = rangeInput(label, { min, max, step: 1, onchange }), text = element("output", {}), node = labelled(label, slider);
  node.append(text);
  return { node, set: (value) => { slider.value = value; text.textContent = value; } };
}

function render({ model, el }) {
  const ranges = model.get("ranges"), view = { plan: null, numbers: "" };
  const resized = (n, value) => change({ size: model.get("linked") ? [value, value] : model.get("size").map((old, axis) => (axis === n ? value : old)) });
  const sides = ["height", "width"].map((name, n) => settingSlider(name, ranges.size, (value) => resized(n, value)));
  const settings = Object.fromEntries(Object.keys(SETTINGS).map((name) => [name, settingSlider(SETTINGS[name], ranges[name], (value) => change({ [name]: value }))]));
  const linked = tick("height = width", (checked) => change({ linked: checked, ...(checked && { size: [model.get("size")[0], model.get("size")[0]] }) }));
  const directions = Object.fromEntries(Object.entries(DIRECTIONS).map(([name, text]) => [name, button(text, () => change({ direction: name }))]));
  const reset = button("Reset", () => change(model.get("initial")));

  const look = (place) => { if (place && !view.plan.refused) change(place); };
  const inputs = [0, 1].map((channel) => sheet(`input, channel ${channel}`, (i, j) => look(entryAt(view.plan, channel, i, j)), (i, j) => look(pixelMoved(view.plan, i, j))));
  const folded = [0, 1].map((channel) => sheet(`added up, channel ${channel}`, (i, j) => look(entryAt(view.plan, channel, i + view.plan.padding, j + view.plan.padding)), (i, j) => look(pixelMoved(view.plan, i, j))));
  const matrix = sheet("column matrix", (row, column) => look({ row, column }), (i, j) => look(entryMoved(view.plan, i, j)));
  const weights = sheet("weight matrix", (filter, row) => look({ filter, row }), (i, j) => look({ ...productMoved(view.plan, i, 0), ...entryMoved(view.plan, j, 0) }));
  const product = sheet("product", (filter, column) => look({ filter, column }), (i, j) => look(productMoved(view.plan, i, j)));
  const outputs = [0, 1, 2].map((filter) => sheet(`output, filter ${filter}`, (i, j) => look({ filter, ...outputMoved({ ...view.plan, column: 0 }, i, j) }), (i, j) => look({ filter, ...outputMoved(view.plan, i, j) })));
  matrix.room.addEventListener("scroll", () => { product.room.scrollLeft = matrix.room.scrollLeft; });
  product.room.addEventListener("scroll", () => { matrix.room.scrollLeft = product.room.scrollLeft; });

  const paragraph = (name) => element("p", { class: name });
  const [size, sum, entry, fold] = ["course-size", "course-said course-sum", "course-said course-copied-from", "course-said course-fold"].map(paragraph);
  const note = element("p", { class: "course-note", role: "status" }), spoken = spokenLine({ seen: false }), code = codePanel();
  const row = (...sheets) => element("div", { class: "course-sheets" }, ...sheets.map(({ figure }) => figure));
  const [inputRow, foldedRow, outputRow] = [inputs, folded, outputs].map((sheets) => row(...sheets));
  const grid = element("div", { class: "course-matrices" }, inputRow, matrix.figure, weights.figure, product.figure, foldedRow);
  const stage = element("div", {}, size, element("div", { class: "course-flow" }, grid, outputRow), sum, entry, fold);

  const { change, disconnect } = connect(model, STATE, draw);
  el.append(element("div", { class: "course-explorer course-im2col" },
    element("div", { class: "course-settings" }, ...sides.map(({ node }) => node), ...Object.values(settings).map(({ node }) => node)),
    element("div", { class: "course-row" }, linked.field, element("span", { class: "course-row course-switch", role: "group", "aria-label": "direction" }, ...Object.values(directions)), reset),
    note, stage, spoken.node, code.node));
  draw();

  function draw() {
    const state = Object.fromEntries(STATE.map((name) => [name, model.get(name)])), plan = planOf({ ...state, weight: model.get("weight") });
    view.plan = plan;
    sides.forEach((side, n) => side.set(state.size[n]));
    for (const [name, control] of Object.entries(settings)) control.set(state[name]);
    linked.box.checked = state.linked;
    for (const [name, node] of Object.entries(directions)) node.setAttribute("aria-pressed", name === state.direction);
    note.textContent = plan.refused ? `Refused: ${plan.refused}` : "";
    stage.hidden = Boolean(plan.refused);
    if (!plan.refused) drawStage(plan, state.direction === "col2im");
    spoken.say(plan.refused ? note.textContent : [sum, entry, fold].filter((line) => !line.hidden).map((line) => line.textContent).join(" "));
    code.set(() => showCode(plan));
  }

  function drawStage(plan, isBack) {
    for (const { figure } of [weights, product]) figure.hidden = isBack;
    [outputRow.hidden, foldedRow.hidden, sum.hidden, fold.hidden] = [isBack, !isBack, isBack, !isBack];
    const numbers = JSON.stringify({ ...plan, row: 0, column: 0, filter: 0, isBack });
    if (view.numbers !== numbers) drawNumbers(plan, isBack);  // a hand that moves the place looked at leaves all numbers as they are
    view.numbers = numbers;
    drawMarks(plan);
    matrix.reveal(plan.column);
    product.reveal(plan.column);
    weights.reveal(plan.row);
    [size.textContent, sum.textContent, entry.textContent, fold.textContent] = [sizeText(plan), sumText(plan), entryText(plan), foldText(plan)];
  }

  function drawNumbers(plan, isBack) {
    const { down, right, padding, channels, filters, rows, columns } = plan, cell = Math.max(SMALLEST_CELL, Math.min(LARGEST_CELL, MATRIX / columns));
    const zeros = padding ? ", grey: padding" : "", named = (name, n, count) => (count > 1 ? `${name} ${n}` : name);
    inputs.forEach(({ figure }, n) => { figure.hidden = n >= channels; });
    folded.forEach(({ figure }, n) => { figure.hidden = n >= channels; });
    outputs.forEach(({ figure }, n) => { figure.hidden = n >= filters; });
    paddedInput(plan).forEach((map, n) => {
      inputs[n].write(map, LARGEST_CELL, `${named("input", `channel ${n}`, channels)}: ${down.size} \u00d7 ${right.size}${zeros}`);
      inputs[n].fill("outer", map.flatMap((line, i) => line.flatMap((value, j) => (value ? [] : [[i, j]]))));
      inputs[n].frame("edge", padding, padding, down.size, right.size);
    });
    matrix.write(columnMatrix(plan), cell, `column matrix ${rows} \u00d7 ${columns}: each column a window`);
    if (isBack) {
      foldedBack(plan).forEach((map, n) => folded[n].write(map, LARGEST_CELL, named("col2im: added up", `channel ${n}`, channels)));
      return;
    }
    const result = productMatrix(plan);
    weights.write(weightMatrix(plan), cell, `weights ${filters} \u00d7 ${rows}: each row a filter`);
    product.write(result, cell, `product ${filters} \u00d7 ${columns} = weights times columns`);
    outputMaps(plan, result).forEach((map, n) => outputs[n].write(map, LARGEST_CELL, `output of filter ${n}: ${down.out} \u00d7 ${right.out}`));
  }

  function drawMarks(plan) {
    const { row, column, filter, rows } = plan, { source, pixel, taps, frame, entries, cell } = marksOf(plan), along = Array.from({ length: rows }, (_, n) => n);
    inputs.forEach((map, n) => {
      map.fill("taps", taps);
      map.frame("mark", ...frame);
      if (n === source.channel) map.frame("entry", source.i, source.j); else map.clear("entry");
    });
    folded.forEach((map, n) => { if (n === source.channel && pixel) map.frame("entry", pixel.i, pixel.j); else map.clear("entry"); });
    matrix.frame("mark", 0, column, rows, 1);
    matrix.fill("taps", along.map((n) => [n, column]));
    matrix.fill("same", entries);
    matrix.frame("entry", row, column);
    weights.frame("mark", filter, 0, 1, rows);
    weights.fill("taps", along.map((n) => [filter, n]));
    weights.frame("entry", filter, row);
    product.frame("mark", filter, column);
    product.fill("taps", [[filter, column]]);
    outputs.forEach((map, n) => {
      if (n === filter) { map.frame("mark", ...cell); map.fill("taps", [cell]); } else map.clear("mark", "taps");
    });
  }

  return disconnect;
}
export default { render };
