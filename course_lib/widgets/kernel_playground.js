// The kernel playground: controls and drawing. What is computed stands in filters.js.
const LARGEST_FILE = 20 * 2 ** 20, LARGEST_SIDE = 512, STATE = ["picture", "picture_png", "grey", "preset", "size", "kernel", "sigma", "flip", "border", "signed", "row", "column"];

async function decode(png) {
  const bitmap = await createImageBitmap(new Blob([png], { type: "image/png" }), { colorSpaceConversion: "none", premultiplyAlpha: "none" });
  return pixelsOf(bitmap, bitmap.width, bitmap.height).data;
}

function pixelsOf(source, width, height) {
  const canvas = element("canvas", { width, height });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.fillStyle = "white";
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = "high";
  context.drawImage(source, 0, 0, width, height);
  return { canvas, data: context.getImageData(0, 0, width, height) };
}

// A learner's own file, checked and scaled down: { png } or { problem } in plain words.
async function readOwnFile(file) {
  if (file.size > LARGEST_FILE) return { problem: `${file.name} has ${Math.ceil(file.size / 2 ** 20)} MB; up to 20 MB will do. Save a smaller copy.` };
  const start = [...new Uint8Array(await file.slice(0, 4).arrayBuffer())].join();
  if (start !== "137,80,78,71" && !start.startsWith("255,216,255")) return { problem: `${file.name} is neither a PNG nor a JPEG picture. Save it as one of these and try again.` };
  try {
    const bitmap = await createImageBitmap(file);
    const scale = Math.min(1, LARGEST_SIDE / Math.max(bitmap.width, bitmap.height));
    const { canvas } = pixelsOf(bitmap, Math.max(1, Math.round(bitmap.width * scale)), Math.max(1, Math.round(bitmap.height * scale)));
    const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
    return { png: new DataView(await blob.arrayBuffer()) };
  } catch {
    return { problem: `${file.name} looks like a picture but cannot be read; it may be damaged. Try another file.` };
  }
}

// A table of small number cells; set(rows) fills it, rebuilt only when its size changes.
function numberTable(caption, attributes = {}) {
  const body = element("tbody");
  const node = element("table", { class: "course-numbers", ...attributes }, element("caption", {}, caption), body);
  const set = (rows, decimals) => {
    if (body.rows.length !== rows.length || body.rows[0].cells.length !== rows[0].length) {
      body.replaceChildren(...rows.map((row) => element("tr", {}, ...row.map(() => element("td")))));
    }
    rows.forEach((row, u) => row.forEach((value, v) => { body.rows[u].cells[v].textContent = shown(value, decimals); }));
  };
  const empty = () => body.querySelectorAll("td").forEach((cell) => { cell.textContent = "\u00a0"; });
  return { node, set, empty };
}

// The kernel as inputs that can be typed, stepped with the arrow keys and dragged up and down.
function kernelEditor(onedit) {
  const node = element("div", { class: "course-kernel", role: "group", "aria-label": "kernel" });
  let kernel = [], numbers = [];
  const put = (u, v, value) => onedit(kernel.map((row, i) => row.map((weight, j) => (i === u && j === v ? value : weight))));
  const moved = (value, by) => Math.max(-1000, Math.min(1000, Math.round((value + by) * 1e6) / 1e6));

  function cell(u, v) {
    const number = numberInput({
      "aria-label": `weight in row ${u + 1}, column ${v + 1}`,
      parse: parseNumber, limits: "a number or a fraction, like 1/9, from \u22121000 to 1000", written: (value) => shown(value, kernel.length === 5 ? 3 : 4),
      stepped: (value, direction, withShift) => moved(value, direction * (withShift ? 0.1 : 1)),
      onvalue: (value) => put(u, v, value),
    }), { input } = number;
    let from = null;
    input.addEventListener("pointerdown", (event) => { from = { y: event.clientY, value: kernel[u][v] }; input.setPointerCapture(event.pointerId); });
    input.addEventListener("pointermove", (event) => {
      const steps = from && Math.trunc((from.y - event.clientY) / 4);
      if (!from || (steps === 0 && kernel[u][v] === from.value)) return;
      put(u, v, moved(from.value, steps / 10));
    });
    for (const end of ["pointerup", "pointercancel"]) input.addEventListener(end, () => { from = null; });
    return number;
  }

  function set(next) {
    if (next.length !== kernel.length) {
      node.style.setProperty("--size", next.length);
      numbers = next.map((row, u) => row.map((_, v) => cell(u, v)));
      node.replaceChildren(...numbers.flat().map(({ input }) => input));
    }
    kernel = next;
    numbers.forEach((row, u) => row.forEach((number, v) => number.set(kernel[u][v])));
  }
  return { node, set };
}

// A canvas on which a pixel is picked with the pointer or the arrow keys, and a frame that marks the window.
function pictureView(label, onpick) {
  const canvas = element("canvas", { width: 1, height: 1, tabindex: "0", role: "img", "aria-label": label, ...OWN_KEYS });
  const frame = element("div", { class: "course-frame" });
  const node = element("figure", { class: "course-picture" }, element("figcaption", {}, label), element("div", { class: "course-stage" }, canvas, frame));
  const caption = node.querySelector("figcaption");
  let inset = 0;
  const pick = (event) => {
    const box = canvas.getBoundingClientRect();
    onpick({ row: Math.floor(((event.clientY - box.top) / box.height) * canvas.height) + inset, column: Math.floor(((event.clientX - box.left) / box.width) * canvas.width) + inset });
  };
  canvas.addEventListener("pointerdown", (event) => { canvas.setPointerCapture(event.pointerId); pick(event); });
  canvas.addEventListener("pointermove", (event) => { if (event.buttons) pick(event); });
  canvas.addEventListener("keydown", (event) => {
    const move = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!move) return;
    event.preventDefault();
    const far = event.shiftKey ? 10 : 1;
    onpick({ rows: move[0] * far, columns: move[1] * far });
  });

  function show(rgba, height, width, border = 0) {
    inset = border;
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    canvas.parentElement.style.setProperty("--ratio", width / height);  // of a stage that is never taller than a screen
    canvas.getContext("2d").putImageData(new ImageData(rgba, width, height), 0, 0);
  }
  function mark(row, column, reach) {
    const percent = (pixels, side) => `${(100 * pixels) / side}%`;
    Object.assign(frame.style, {
      top: percent(row - inset - reach, canvas.height), left: percent(column - inset - reach, canvas.width),
      height: percent(2 * reach + 1, canvas.height), width: percent(2 * reach + 1, canvas.width),
    });
  }
  return { node, canvas, show, mark, title: (text) => { caption.textContent = text; canvas.setAttribute("aria-label", text); } };
}

function render({ model, el }) {
  let rgba = null, height = 0, width = 0, named = "", decoded = null;
  const work = { key: null, channels: null, result: null, pixels: null };  // what the next drawing can use again
  const seen = { [model.get("picture")]: model.get("picture_png") };  // needs no Python a second time

  const note = element("p", { class: "course-note", role: "alert" });
  const say = (text) => { note.textContent = text; };
  const isSilent = patience(() => say(`The photograph ${model.get("picture")} comes from Python, which has not answered. Run the cells down to this one, then choose again.`));
  const picture = choice("photograph", [...model.get("pictures"), "own file"], choosePicture);
  const file = element("input", { type: "file", accept: "image/png,image/jpeg", "aria-label": "your own PNG or JPEG file, up to 20 MB", ...OWN_KEYS, onchange: takeFile });
  const grey = tick("in grey", (checked) => change({ grey: checked }));
  const preset = choice("preset", [...Object.keys(model.get("presets")), "Gaussian", "custom"], (name) => change(presetState({ preset: name })));
  const size = choice("kernel size", ["3", "5"], (text) => change(sizeState(Number(text))));
  const sigma = rangeInput("sigma in pixels", { min: 0.3, max: 3, step: 0.05, onchange: (value) => change(presetState({ sigma: value })) });
  const sigmaText = element("span");
  const sigmaField = element("label", { class: "course-field" }, element("span", {}, "sigma"), sigma, sigmaText);
  const operation = choice("operation", ["correlation", "convolution"], (name) => change({ flip: name === "convolution" }));
  const border = choice("border", BORDERS, (name) => change({ border: name }));
  const signed = tick("show signs", (checked) => change({ signed: checked }));
  const editor = kernelEditor((kernel) => change({ kernel, preset: "custom" }));
  const sum = element("p", { class: "course-sum" });
  const before = pictureView("picture", pick), after = pictureView("result", pick);
  const tables = { window: numberTable("under the window"), kernel: numberTable("times the kernel"), products: numberTable("gives the products") };
  const total = spokenLine(), spoken = spokenLine(), code = codePanel();

  const { change, disconnect } = connect(model, STATE, draw);
  el.append(element("div", { class: "course-explorer course-playground" },
    element("div", { class: "course-row" }, labelled("photograph", picture), labelled("or your own", file), grey.field),
    element("div", { class: "course-row" }, labelled("preset", preset), labelled("size", size), sigmaField, labelled("operation", operation), labelled("border", border), signed.field,
      button("Reset", () => { const start = model.get("initial"); choosePicture(start.picture); change(start); })),
    note,
    element("div", { class: "course-stages" }, before.node,
      element("div", { class: "course-middle" }, element("p", { class: "course-title" }, "kernel"), editor.node, sum), after.node),
    element("div", { class: "course-window" }, tables.window.node, element("span", {}, "\u00d7"), tables.kernel.node, element("span", {}, "="), tables.products.node, element("div", { class: "course-total" }, total.node)),
    spoken.node, code.node));
  draw();

  function presetState(changes) {
    const state = { preset: model.get("preset"), sigma: model.get("sigma"), size: model.get("size"), ...changes };
    const preset = model.get("presets")[state.preset];
    if (state.preset === "Gaussian") return { ...state, kernel: gaussianKernel(state.size, state.sigma), signed: false };
    return preset ? { ...state, kernel: preset[state.size], signed: preset.signed } : state;
  }
  // A custom kernel keeps its weights: 3 x 3 gets a ring of zeros, 5 x 5 loses its outer ring.
  function sizeState(size) {
    const kernel = model.get("kernel"), ring = (size - kernel.length) / 2;
    const at = (u, v) => kernel[u - ring]?.[v - ring] ?? 0;
    return { ...presetState({ size }), ...(model.get("preset") === "custom" && { kernel: Array.from({ length: size }, (_, u) => Array.from({ length: size }, (_, v) => at(u, v))) }) };
  }
  function choosePicture(name) {
    if (name === "own file" && !seen[name]) { draw(); file.click(); return; }
    say("");
    isSilent(true);
    if (seen[name]) { change({ picture: name, picture_png: seen[name] }); return; }
    isSilent(false);
    change({ picture: name });
  }
  async function takeFile() {
    if (!file.files.length) return;
    const { png, problem } = await readOwnFile(file.files[0]);
    say(problem ?? "");
    if (png) change({ picture: "own file", picture_png: png });
    else file.value = "";
  }
  function pick({ row, column, rows = 0, columns = 0 }) {
    const inside = (value, side) => Math.max(0, Math.min(side - 1, value));
    change({ row: inside(row ?? model.get("row") + rows, height), column: inside(column ?? model.get("column") + columns, width) });
  }

  // The picture's bytes are decoded once, when they change; everything else is drawn at once.
  async function decodePicture(name, png) {
    decoded = seen[name] = png;
    try {
      const pixels = await decode(bytesOf(png));
      if (decoded !== png) return;
      ({ data: rgba, height, width } = pixels);
      named = name;
      work.key = null;
      isSilent(true);
      draw();
      requestIdleCallback(() => { for (let n = 0; n < 10; n++) { draw(); rehearse(); } });
    } catch {
      say("This picture cannot be read. Choose another one.");
    }
  }

  function draw() {
    const state = Object.fromEntries(STATE.map((name) => [name, model.get(name)]));
    if (decoded !== state.picture_png) decodePicture(state.picture, state.picture_png);
    if (!rgba) { drawControls(state); return; }
    state.row = Math.min(state.row, height - 1);
    state.column = Math.min(state.column, width - 1);
    const source = drawResult(state);  // the picture first: it is what the eye waits for
    drawControls(state);
    drawWindow(state, source);
  }

  function drawControls(state) {
    picture.value = state.picture;
    preset.value = state.preset;
    size.value = String(state.size);
    sigma.value = state.sigma;
    sigmaText.textContent = state.sigma.toFixed(2);
    sigmaField.hidden = state.preset !== "Gaussian";
    operation.value = state.flip ? "convolution" : "correlation";
    border.value = state.border;
    signed.box.checked = state.signed;
    grey.box.checked = state.grey || state.signed;
    grey.box.disabled = state.signed;
    editor.set(state.kernel);
    sum.textContent = brightnessText(kernelSum(state.kernel));
    code.set(() => showCode(state));
  }

  // The padded picture is kept until the picture or the border changes: a new kernel costs one pass.
  function drawResult(state) {
    const isGrey = state.grey || state.signed, reach = (state.size - 1) / 2, key = `${isGrey} ${state.border} ${reach}`;
    if (work.key !== key) {
      work.source = planes(rgba, height, width, isGrey);
      work.channels = work.source.map((plane) => padPlane(plane, reach, reach, state.border));
      Object.assign(work, { key, laid: null, others: undefined });
      before.show(greyLevels(work.source), height, width);
    }
    before.title(`${named}, ${height} \u00d7 ${width} pixels`);
    const laid = state.flip ? turned(state.kernel) : state.kernel;
    const shown = state.signed ? signedPixels(laid) : colourPixels(laid);
    if (!shown) {
      after.show(new Uint8ClampedArray(4), 1, 1);
      after.title("no place where the kernel fits: the picture is too small");
      return work.source;
    }
    work.pixels = shown.rgba;
    after.show(shown.rgba, shown.height, shown.width, state.border === "valid" ? reach : 0);
    after.title(state.signed ? "result: blue < 0 < orange" : `result, ${shown.height} \u00d7 ${shown.width} pixels`);
    return work.source;
  }

  // While one weight moves, the sums over all the others are kept.
  function colourPixels(laid) {
    const changed = work.laid?.length === laid.length ? changedPlaces(work.laid, laid) : null;
    if (changed?.length === 1) {
      if (String(changed[0]) !== String(work.others?.place)) work.others = work.sums = sumsOfOthers(work.channels, laid, changed[0], work.sums);
    } else if (changed?.length !== 0) {
      work.others = undefined;
    }
    work.laid = laid;
    return filteredPixels(work.channels, laid, work.pixels, work.others);
  }

  function signedPixels(laid) {
    work.result = correlatePadded(work.channels[0], laid, work.result);
    if (!work.result) return null;
    work.full = fullColour(work.result);
    return { ...work.result, rgba: signedColours(work.result, work.full, work.pixels) };
  }

  function drawWindow(state, source) {
    const reach = (state.size - 1) / 2, laid = state.flip ? turned(state.kernel) : state.kernel;
    before.mark(state.row, state.column, reach);
    after.mark(state.row, state.column, 0);
    const plane = source[source.length === 3 ? 1 : 0];
    const picked = windowAt(plane, laid, state.border, state.row, state.column);
    const place = `row ${state.row}, column ${state.column}`;
    tables.kernel.set(laid, 3);
    if (!picked) {
      tables.window.empty();
      tables.products.empty();
      total.say(`At ${place} the window would hang over the edge: "valid" leaves this pixel out.`);
    } else {
      tables.window.set(picked.values, 1);
      tables.products.set(picked.products, 1);
      total.say(`At ${place}${source.length === 3 ? " (green)" : ""} the products add up to ${shown(picked.sum, 2)}${state.signed ? "" : `, shown as grey level ${greyLevel(picked.sum)}`}.`);
    }
    const scale = state.signed ? ` Full colour from \u00b1${shown(work.full, 0)} on.` : "";
    spoken.say(`${state.picture} filtered with ${state.preset}, ${state.flip ? "convolution" : "correlation"}, border ${state.border}; ${brightnessText(kernelSum(state.kernel))}.${scale}`);
  }

  return () => { isSilent(true); disconnect(); };
}
export default { render };
