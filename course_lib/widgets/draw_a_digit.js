// The sheet to draw on, what the network sees, and its scores. The ink is computed in drawing.js, all else by Python.
const LAST_DIGIT = 1999;
const NO_ANSWER = "You can draw, but the scores come from Python, which has not answered: run the cells down to this one, then draw on.";
const HOW_TO = "Draw with the mouse or a finger. Or with keys: the arrow keys move the pen, with Shift four pixels at a time; the space bar puts it down and lifts it, Backspace takes back a stroke, Delete clears the sheet.";
const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

function render({ model, el }) {
  const before = [];  // the pictures to which Undo goes back
  const isSilent = patience(() => draw());
  let at = [13, 13], down = false, last = null, penText = "";

  const sheet = pixelCanvas("sheet of 28 x 28 pixels to draw on", { tabindex: "0", role: "application", "aria-roledescription": "drawing", ...OWN_KEYS });
  const pen = element("div", { class: "course-pen", hidden: true });
  const stage = element("div", { class: "course-sheet" }, sheet.node, pen);
  const seen = pixelCanvas("what the network sees: the drawing, centred and scaled, 32 x 32 pixels");
  const bars = scoreBars("scores in %"), words = element("p", { class: "course-words", role: "status", "aria-live": "polite" });
  const undo = button("Undo", takeBack), clear = button("Clear", clearAll);
  const picker = numberPicker("test digit", LAST_DIGIT, wholeNumber, (number) => { remember(); ask({ number }); });
  const note = element("p", { class: "course-note", role: "alert" });
  const spoken = spokenLine(), code = codePanel();

  const { change, disconnect } = connect(model, ["picture", "number", "answer"], draw);
  el.append(element("div", { class: "course-explorer course-drawing" },
    element("div", { class: "course-row" }, undo, clear, picker.node, button("Reset", () => { before.length = 0; lift(); ask(model.get("initial")); })),
    note,
    element("div", { class: "course-parts" },
      element("figure", { class: "course-panel course-own" }, element("figcaption", {}, "Draw a digit from 0 to 9"), stage),
      element("figure", { class: "course-panel course-given" }, element("figcaption", {}, "What the network sees"), seen.node),
      element("div", { class: "course-panel course-said" }, bars.node, words)),
    spoken.node, element("p", { class: "course-how" }, HOW_TO), code.node));
  draw();

  function ask(values) {
    change({ ...values, asked: model.get("asked") + 1 });
  }
  function remember() {
    before.push([model.get("picture"), model.get("number")]);
    if (before.length > 50) before.shift();
  }
  function ink(from, to) {
    ask({ picture: withStroke(model.get("picture"), from, to), number: null });
  }
  function takeBack() {
    lift();
    if (!before.length) return;
    const [picture, number] = before.pop();
    ask({ picture, number });
  }
  function clearAll() {
    lift();
    if (!model.get("picture").some((value) => value > 0)) return;
    remember();
    ask({ picture: model.get("picture").map(() => 0), number: null });
  }

  // With the mouse or a finger: every point that the browser noticed on the way, then one message.
  function place(event) {
    const box = sheet.node.getBoundingClientRect();
    return [((event.clientY - box.top) / box.height) * SIDE - 0.5, ((event.clientX - box.left) / box.width) * SIDE - 0.5];
  }
  sheet.node.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    sheet.node.setPointerCapture(event.pointerId);
    lift();
    pen.hidden = true;
    remember();
    last = place(event);
    ink(last, last);
  });
  sheet.node.addEventListener("pointermove", (event) => {
    if (!last) return;
    let picture = model.get("picture");
    const passed = event.getCoalescedEvents?.() ?? [];
    for (const point of (passed.length ? passed : [event]).map(place)) {
      picture = withStroke(picture, last, point);
      last = point;
    }
    ask({ picture, number: null });
  });
  for (const end of ["pointerup", "pointercancel"]) sheet.node.addEventListener(end, () => { last = null; });

  // With keys.
  sheet.node.addEventListener("keydown", (event) => {
    const move = MOVES[event.key], far = event.shiftKey ? 4 : 1;
    if (move) movePen(move.map((step) => step * far));
    else if (event.key === " ") { if (down) lift(); else putDown(); showPen(); }
    else if (event.key === "Backspace") takeBack();
    else if (event.key === "Delete") clearAll();
    else if (event.key === "Escape") { lift(); showPen(); }
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  sheet.node.addEventListener("blur", () => { lift(); pen.hidden = true; });
  function movePen(steps) {
    const to = at.map((value, axis) => Math.max(0, Math.min(SIDE - 1, value + steps[axis])));
    if (down) ink(at, to);
    at = to;
    showPen();
  }
  function putDown() {
    down = true;
    remember();
    ink(at, at);
  }
  function lift() {
    down = false;
  }
  function showPen() {
    pen.hidden = false;
    pen.classList.toggle("course-down", down);
    Object.assign(pen.style, { top: `${(100 * at[0]) / SIDE}%`, left: `${(100 * at[1]) / SIDE}%` });
    spoken.say(`Pen ${down ? "down" : "up"} at row ${at[0]}, column ${at[1]}.`);
  }

  function draw() {
    const picture = model.get("picture"), number = model.get("number"), answer = model.get("answer");
    const silent = isSilent(answer.asked === model.get("asked"));
    sheet.show(picture, SIDE, SIDE);
    seen.node.classList.toggle("course-stale", silent);
    seen.show(answer.seen, 32, 32);
    bars.set(silent ? [] : answer.scores);
    const said = silent ? "" : answer.words;
    if (words.textContent !== said) words.textContent = said;
    const warning = silent ? NO_ANSWER : "";
    if (note.textContent !== warning) note.textContent = warning;
    picker.set(number);
    code.set(() => digitCode(number));
  }
  return () => { isSilent(true); disconnect(); };
}
export default { render };
