// The transposed explorer: controls and drawing. What is computed stands in transposed.js.
const STATE = ["x", "weight", "size", "kernel_size", "stride", "padding", "output_padding", "dilation", "stamp", "window"];
const SETTINGS = { size: "input size", kernel_size: "kernel size", stride: "stride", padding: "padding", output_padding: "output padding", dilation: "dilation" };
const WIDEST = 240, LARGEST_CELL = 30, SHADES = 6;  // pixels of a drawing and of a cell, blues

const square = (x, y, width, height = width) => `M${x} ${y}h${width}v${height}h${-width}z`;

// A drawing of cells with a caption. pick(row, column) hears clicks and drags, move(rows, columns) the arrow keys.
function sheet(label, pick = null, move = null) {
  const names = ["ground", "outer", "quiet"], over = ["cross", "lines", "edge", "dashed", "taps", "mark"];
  const paths = Object.fromEntries([...names, ...over].map((name) => [name, svg("path", { class: `course-${name}` })]));
  const shades = Array.from({ length: SHADES }, (_, n) => svg("path", { class: "course-shade", "fill-opacity": 0.1 + 0.08 * n }));
  const numbers = svg("g", { class: "course-numbers" }), faint = svg("g", { class: "course-numbers course-faint" });
  const hands = pick ? { tabindex: 0, role: "group", ...OWN_KEYS } : { role: "img" };
  const node = svg("svg", { class: `course-sheet${pick ? " course-pick" : ""}`, "aria-label": label, ...hands },
    ...names.map((name) => paths[name]), ...shades, ...over.map((name) => paths[name]), faint, numbers);
  const caption = element("figcaption", {}), figure = element("figure", {}, caption, node);
  let side = 1, cell = 1;

  if (pick) cellsUnderHand(node, () => side, pick, move);
  const put = (name, d) => { if (paths[name].getAttribute("d") !== d) paths[name].setAttribute("d", d); };
  // The grid itself, drawn anew when its size changes.
  function size(cells, title) {
    if (caption.textContent !== title) caption.textContent = title;
    if (side === cells && node.hasAttribute("viewBox")) return;
    [side, cell] = [cells, Math.min(LARGEST_CELL, WIDEST / cells)];
    const all = side * cell, steps = Array.from({ length: side + 1 }, (_, n) => n * cell);
    for (const [name, value] of Object.entries({ viewBox: `-1 -1 ${all + 2} ${all + 2}`, width: all + 2, height: all + 2 })) node.setAttribute(name, value);
    caption.style.maxWidth = `${Math.max(all, 120)}px`;
    put("ground", square(0, 0, all));
    put("lines", steps.map((at) => `M0 ${at}h${all}M${at} 0v${all}`).join(""));
  }
  const cellsWhere = (test) => Array.from({ length: side * side }, (_, n) => [Math.floor(n / side), n % side]).filter(([i, j]) => test(i, j)).map(([i, j]) => square(j * cell, i * cell, cell)).join("");
  const fill = (name, test) => put(name, cellsWhere(test));
  // Cells by a count: blue, the fuller the more often; a cross where it is 0 and `crosses`.
  function shade(counts, most, crosses = false) {
    shades.forEach((path, n) => path.setAttribute("d", cellsWhere((i, j) => counts[i][j] > 0 && Math.ceil((SHADES * counts[i][j]) / most) === n + 1)));
    const cross = (i, j) => `M${(j + 0.28) * cell} ${(i + 0.28) * cell}l${0.44 * cell} ${0.44 * cell}m0 ${-0.44 * cell}l${-0.44 * cell} ${0.44 * cell}`;
    put("cross", crosses ? counts.flatMap((row, i) => row.flatMap((count, j) => (count === 0 ? [cross(i, j)] : []))).join("") : "");
  }
  const frame = (name, row, column, height, width = height) => put(name, height > 0 && width > 0 ? square(column * cell, row * cell, width * cell, height * cell) : "");
  function mark(place) {
    put("taps", place ? place.rows.flatMap((row) => place.columns.map((column) => square(column * cell, row * cell, cell))).join("") : "");
    if (place) frame("mark", place.rows[0], place.columns[0], place.rows.at(-1) - place.rows[0] + 1, place.columns.at(-1) - place.columns[0] + 1);
    else put("mark", "");
  }
  // Numbers, one text a row with a place for every character: hundreds of texts would take too long to lay out.
  function write(rows, isFaint = () => false) {
    const texts = rows.map((row) => row.map((value) => (value === null ? "" : plainText(value))));
    const longest = Math.max(1, ...texts.flat().map((text) => text.length)), font = Math.min(13, 0.5 * cell, (1.5 * cell) / longest);
    const written = font >= 6 ? texts : [];
    writeRows(numbers, written.map((row, i) => row.map((text, j) => (isFaint(i, j) ? "" : text))), font);
    writeRows(faint, written.map((row, i) => row.map((text, j) => (isFaint(i, j) ? text : ""))), font);
  }
  function writeRows(group, rows, font) {
    while (group.children.length < rows.length) group.append(svg("text"));
    while (group.children.length > rows.length) group.lastChild.remove();
    group.setAttribute("font-size", font);
    rows.forEach((texts, i) => {
      const node = group.children[i], text = texts.filter(Boolean).join(" "), digit = 0.6 * font;
      const places = texts.flatMap((part, j) => (part ? Array.from({ length: part.length + 1 }, (_, n) => ((j + 0.5) * cell + (n - (part.length - 1) / 2) * digit).toFixed(1)) : [])).join(" ");
      if (node.textContent !== text) node.textContent = text;
      if (node.getAttribute("x") !== places) node.setAttribute("x", places);
      node.setAttribute("y", (i + 0.5) * cell);
    });
  }
  return { node, figure, size, fill, shade, frame, mark, write };
}

// A grid of whole numbers to type, with buttons that fill it.
function fieldGrid(name, fillings, onedit) {
  const body = element("div", { class: "course-fields", role: "group", "aria-label": name }), caption = element("figcaption", {}, name);
  const buttons = fillings.map((filling) => button(filling, () => onedit(null, filling), { "aria-label": `fill the ${name} with ${filling}` }));
  const figure = element("figure", {}, caption, body, element("div", { class: "course-fill" }, ...buttons));
  let grid = [], numbers = [];

  function field(i, j) {
    const number = numberInput({
      "aria-label": `${name}, row ${i}, column ${j}`, inputmode: "numeric",
      parse: parseDigit, limits: "a whole number from \u22129 to 9", written: plainText, stepped: steppedDigit,
      onvalue: (value) => onedit(grid.map((row, r) => row.map((old, c) => (r === i && c === j ? value : old)))),
    });
    number.input.addEventListener("focus", () => number.input.select());
    return number;
  }
  function set(next, side, now = null) {
    grid = next;
    if (numbers.length !== side) {
      numbers = Array.from({ length: side }, (_, i) => Array.from({ length: side }, (_, j) => field(i, j)));
      body.style.setProperty("--columns", side);
      body.replaceChildren(...numbers.flat().map(({ input }) => input));
    }
    numbers.forEach((row, i) => row.forEach((number, j) => {
      number.set(grid[i][j]);
      number.input.classList.toggle("course-now", now === i * side + j);
    }));
  }
  return { figure, set };
}

function settingSlider(name, most, onchange) {
  const slider = rangeInput(SETTINGS[name], { min: name.endsWith("padding") ? 0 : 1, max: most, step: 1, onchange });
  const text = element("output", {}), node = labelled(SETTINGS[name], slider);
  node.append(text);
  return { node, set: (value) => { slider.value = value; text.textContent = value; } };
}

function render({ model, el }) {
  const most = model.get("largest"), view = {};
  const settings = Object.fromEntries(Object.keys(SETTINGS).map((name) => [name, settingSlider(name, most[name], (value) => change({ [name]: value }))]));
  const input = fieldGrid("input", ["ones", "1 2 3", "one dot"], (x, name) => change({ x: x ?? filling(name, view.axis.size) }));
  const kernel = fieldGrid("kernel", ["ones", "1 2 3", "tent"], (weight, name) => change({ weight: weight ?? filling(name, view.axis.kernel) }));
  const stamps = player("stamp", (stamp) => change({ stamp }), { milliseconds: 900 }), windows = player("window", (window) => change({ window }), { milliseconds: 350 });
  const jump = (walk, name, place) => { walk.pause(); change({ [name]: place + 1 }); };
  const within = (place, last) => Math.max(0, Math.min(last, place));
  const moveStamp = (rows, columns) => { if (!view.axis.refused) jump(stamps, "stamp", within(view.stamp - 1 + rows * view.axis.size + columns, view.axis.size ** 2 - 1)); };
  const moveWindow = (rows, columns) => { if (!view.axis.refused) jump(windows, "window", within(view.window - 1 + rows * view.axis.out + columns, view.axis.out ** 2 - 1)); };
  const canvas = sheet("canvas: arrow keys choose a stamp", (row, column) => jump(stamps, "stamp", stampNear(view.axis, row, column)), moveStamp);
  const gathered = sheet("stretched input under the window"), flipped = sheet("the kernel, turned by 180 degrees");
  const output = sheet("output: arrow keys choose a cell", (row, column) => jump(windows, "window", windowNear(view.axis, row, column)), moveWindow);
  const overlap = sheet("overlap map");
  const paragraph = (name) => element("p", { class: name });
  const [size, gatherSize, sizes, overlaps, stampLine, windowLine] = ["course-size", "", "", "", "course-said", "course-said"].map(paragraph);
  const note = element("p", { class: "course-note", role: "status" }), spoken = spokenLine({ seen: false }), code = codePanel();
  const reset = button("Reset", () => { stamps.pause(); windows.pause(); change(model.get("initial")); });

  const { change, disconnect } = connect(model, STATE, draw);
  const way = (title, walk, line, ...sheets) => element("div", { class: "course-way" }, element("h4", {}, title), walk.node, element("div", { class: "course-sheets" }, ...sheets.map(({ figure }) => figure)), line);
  const ways = element("div", { class: "course-ways" },
    way("Scatter: every input cell stamps the kernel", stamps, stampLine, canvas, overlap),
    way("Gather: the turned kernel slides over zeros and numbers", windows, windowLine, gathered, output));
  el.append(element("div", { class: "course-explorer course-transposed" },
    element("div", { class: "course-settings" }, ...Object.values(settings).map(({ node }) => node)), note,
    element("div", { class: "course-sources" }, input.figure, kernel.figure, flipped.figure, element("div", { class: "course-words" }, size, gatherSize, sizes, overlaps, reset)),
    ways, spoken.node, code.node));
  draw();

  function draw() {
    const state = Object.fromEntries(STATE.map((name) => [name, model.get(name)])), axis = axisOf(state), fits = !axis.refused;
    Object.assign(view, { axis, stamp: fits ? Math.min(state.stamp, axis.size ** 2) : 0, window: fits ? Math.min(state.window, axis.out ** 2) : 0 });
    for (const [name, control] of Object.entries(settings)) control.set(state[name]);
    input.set(state.x, axis.size, view.stamp - 1);
    kernel.set(state.weight, axis.kernel);
    flipped.size(axis.kernel, "kernel, turned");
    flipped.write(turned(cornerOf(state.weight, axis.kernel)));
    note.textContent = fits ? "" : `Refused: ${axis.refused}`;
    size.textContent = fits || axis.out < 1 ? `size: ${sizeText(axis)}` : "";
    ways.hidden = !fits;
    if (fits) drawWays(state, axis);
    drawWords(state, axis, fits);
    code.set(() => showCode(state, axis));
  }

  function drawWays(state, axis) {
    const { sums, counts } = canvasAfter(state, axis, view.stamp), map = overlapMap(axis);
    const most = Math.max(...map.flat(), ...counts.flat(), 1), inside = (i) => i >= axis.padding && i < axis.canvas - axis.padding;
    const parts = [axis.padding ? "grey is taken away" : "", axis.extra ? "output padding beyond the dashes" : ""].filter(Boolean);
    canvas.size(axis.canvas, [`canvas ${axis.canvas} \u00d7 ${axis.canvas}`, ...parts].join(", "));
    canvas.fill("outer", (i, j) => !inside(i) || !inside(j));
    canvas.shade(counts, most);
    canvas.frame("edge", axis.padding, axis.padding, axis.out);
    canvas.frame("dashed", 0, 0, axis.extra ? axis.canvas - axis.extra : 0);  // where the stamps end
    canvas.write(sums.map((row, i) => row.map((sum, j) => (counts[i][j] ? sum : null))));
    canvas.mark(view.stamp ? stampAt(axis, view.stamp - 1) : null);
    overlap.size(axis.out, "overlap map: stamps on a cell");
    overlap.shade(map, most, true);
    overlap.write(map.map((row) => row.map((count) => count || null)));
    drawGather(state, axis);
    stamps.set(view.stamp, axis.size ** 2);
    windows.set(view.window, axis.out ** 2);
  }

  function drawGather(state, axis) {
    const row = Math.floor((view.window - 1) / axis.out), column = (view.window - 1) % axis.out;
    gathered.size(axis.gathered, `zeros between and around: ${axis.gathered} \u00d7 ${axis.gathered}`);
    gathered.fill("outer", (i, j) => ["padding", "extra"].includes(kindAt(axis, i, j)));
    gathered.fill("quiet", (i, j) => kindAt(axis, i, j) === "between");
    gathered.fill("edge", (i, j) => kindAt(axis, i, j) === "input");
    gathered.frame("dashed", 0, 0, axis.extra ? axis.gathered - axis.extra : 0);
    gathered.write(gatheredInput(state, axis), (i, j) => kindAt(axis, i, j) !== "input");
    gathered.mark(view.window ? { rows: taps(axis, row), columns: taps(axis, column) } : null);
    output.size(axis.out, `output ${axis.out} \u00d7 ${axis.out}`);
    output.write(gatheredOutput(state, axis).map((values, i) => values.map((value, j) => (i * axis.out + j < view.window ? value : null))));
    output.fill("quiet", (i, j) => i * axis.out + j < view.window);
    output.mark(view.window ? { rows: [row], columns: [column] } : null);
  }

  function drawWords(state, axis, fits) {
    const texts = fits ? [gatherText(axis), sizesText(axis), overlapText(axis), stampText(state, axis, view.stamp), windowText(state, axis, view.window)] : ["", "", "", "", ""];
    [gatherSize, sizes, overlaps, stampLine, windowLine].forEach((line, n) => { line.textContent = texts[n]; });
    spoken.say(fits ? `Output ${axis.out} by ${axis.out}. ${stampLine.textContent} ${windowLine.textContent}` : note.textContent);
  }

  return () => { stamps.pause(); windows.pause(); disconnect(); };
}
export default { render };
