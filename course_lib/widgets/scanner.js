// The scanner: controls and drawing. What is computed stands in scanning.js.
const STATE = ["picture", "right", "down", "row", "column", "form", "step"];
const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

// A canvas with frames over it. pick(x, y) hears clicks and drags as shares of the canvas, move(rows, columns, far) keys.
function view(label, pick, move) {
  const canvas = element("canvas", { width: 1, height: 1, tabindex: 0, role: "img", "aria-label": label, ...OWN_KEYS });
  const stage = element("div", { class: "course-stage" }, canvas), caption = element("figcaption", {}, label);
  const hear = (event) => {
    const box = canvas.getBoundingClientRect();
    pick((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
  };
  canvas.addEventListener("pointerdown", (event) => { canvas.setPointerCapture(event.pointerId); hear(event); });
  canvas.addEventListener("pointermove", (event) => { if (event.buttons) hear(event); });
  canvas.addEventListener("keydown", (event) => {
    const way = ARROWS[event.key];
    if (!way) return;
    event.preventDefault();
    event.stopPropagation();
    move(...way, event.shiftKey);
  });
  function show(rgba, side) {
    if (canvas.width !== side) Object.assign(canvas, { width: side, height: side });
    canvas.getContext("2d").putImageData(new ImageData(rgba, side, side), 0, 0);
  }
  // A frame of `size` cells; it is hidden where there is no place for it.
  function frame(name) {
    const node = element("div", { class: name });
    stage.append(node);
    return (row, column, size) => {
      const percent = (cells) => `${(100 * cells) / canvas.width}%`;
      node.hidden = row === null;
      Object.assign(node.style, { top: percent(row), left: percent(column), width: percent(size), height: percent(size) });
    };
  }
  return { node: element("figure", {}, caption, stage), show, frame, title: (text) => { caption.textContent = text; canvas.setAttribute("aria-label", `${text}. Arrow keys move the window`); } };
}

function render({ model, el }) {
  const g = model.get("geometry"), names = model.get("pictures"), sizes = sizesOf(g);
  const pixels = bytesOf(model.get("pixels")), [byScan, byWindow] = ["scores_by_scan", "scores_by_window"].map((name) => readScores(bytesOf(model.get(name)), g.units));

  const picture = choice("photograph", names, (name) => change({ picture: name }));
  const form = choice("scores computed", FORMS, (name) => { walk.pause(); change({ form: name, step: 0 }); });
  const shifts = { right: shiftInput("right"), down: shiftInput("down") };
  const walk = player("window", (step) => change({ step, ...(step && windowOf(g, step)) }), { milliseconds: 60 });
  const photo = view("photograph", (x, y) => put(Math.floor(y * sizes.frame) - g.window / 2, Math.floor(x * sizes.frame) - g.window / 2), (rows, columns, far) => step(rows, columns, far ? 6 : 1));
  const map = view("score map", (x, y) => put(Math.floor(y * sizes.places) * g.stride, Math.floor(x * sizes.places) * g.stride), (rows, columns, far) => stepOnMap(rows, columns, far ? 3 : 1));
  const marks = { window: photo.frame("course-frame"), place: map.frame("course-frame"), best: map.frame("course-best") };
  const lines = ["window", "largest", "shift", "form"].map((name) => element("p", { class: `course-line course-${name}-words` }));
  const spoken = spokenLine({ seen: false }), code = codePanel();

  function shiftInput(name) {
    const input = rangeInput(`move the photograph ${name}, in pixels`, { min: -g.margin, max: g.margin, step: 1, onchange: (value) => change({ [name]: value }) });
    const text = element("output", {}), field = labelled(`move ${name}`, input);
    field.append(text);
    return { field, set: (value) => { input.value = value; text.textContent = String(value).replace("-", "\u2212"); } };
  }
  const here = () => ({ row: model.get("row"), column: model.get("column") });
  const put = (row, column) => { walk.pause(); change(movedWindow(g, { row, column }, 0, 0)); };
  const step = (rows, columns, far) => { walk.pause(); change(movedWindow(g, here(), rows * far, columns * far)); };
  const stepOnMap = (rows, columns, far) => { walk.pause(); change(movedPlace(g, here(), rows * far, columns * far)); };

  const { change, disconnect } = connect(model, STATE, draw);
  el.append(element("div", { class: "course-explorer course-scanner" },
    element("div", { class: "course-row" }, labelled("photograph", picture), shifts.right.field, shifts.down.field, labelled("scores computed", form), button("Reset", () => { walk.pause(); change(model.get("initial")); })),
    walk.node,
    element("div", { class: "course-views" }, photo.node, map.node, element("div", { class: "course-words" }, ...lines)),
    spoken.node, code.node));
  draw();

  function draw() {
    const state = Object.fromEntries(STATE.map((name) => [name, model.get(name)]));
    const shown = { ...state, picture: names.indexOf(state.picture) }, byWindows = state.form === FORMS[1];
    const scores = byWindows ? byWindow : byScan, values = mapOf(g, scores, shown), best = largestOf(values), place = placeOf(g, state.row, state.column);
    const waits = byWindows && state.step < values.length;
    photo.show(framePixels(g, pixels, shown), sizes.frame);
    map.show(mapPixels(values, byWindows ? state.step : values.length), sizes.places);
    marks.window(state.row, state.column, g.window);
    marks.place(place ? place.i : null, place?.j, 1);
    marks.best(waits ? null : best.i, best.j, 1);
    photo.title(`photograph, ${sizes.frame} \u00d7 ${sizes.frame} pixels`);
    map.title(`score map, ${sizes.places} \u00d7 ${sizes.places}: dark is a face`);
    const words = [windowWords(g, scores, shown), waits ? "" : largestWords(g, scores, shown), waits ? "" : shiftWords(g, scores, shown), formWords(g, byScan, byWindow, shown, model.get("decimals"))];
    words.forEach((text, n) => { lines[n].textContent = text; });
    picture.value = state.picture;
    form.value = state.form;
    shifts.right.set(state.right);
    shifts.down.set(state.down);
    walk.node.hidden = !byWindows;
    walk.set(state.step, values.length);
    spoken.say(words.filter(Boolean).join(" "));
    code.set(() => showCode(g, state, model.get("crops")[state.picture]));
  }

  return () => { walk.pause(); disconnect(); };
}
export default { render };
