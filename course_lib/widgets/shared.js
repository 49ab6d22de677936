// What all explorers share: elements, labelled inputs, the state's way to and from Python, the code panel.
// Python joins this file in front of each explorer's own; text reaches the page as text, never as HTML.

export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

// Inputs keep the arrow keys for themselves: JupyterLab would take them for its own shortcuts.
export const OWN_KEYS = { "data-lm-suppress-shortcuts": "true" };

export function labelled(text, input) {
  return element("label", { class: "course-field" }, element("span", {}, text), input);
}

export function rangeInput(label, { min, max, step, onchange }) {
  return element("input", { type: "range", min, max, step, "aria-label": label, ...OWN_KEYS, oninput: (event) => onchange(Number(event.target.value)) });
}

// A number to type. parse(text) is the number, or null where there is none that fits: `limits` says in words which do,
// and the browser shows that when the hand rests. written(number) is its text, stepped(number, direction, withShift) what
// an arrow key makes of it. What is typed stays as it is for as long as it means the number that set() is told.
export function numberInput({ parse, limits, written, stepped = null, onvalue, ...attributes }) {
  let current = 0, later;
  const input = element("input", { type: "text", inputmode: "decimal", autocomplete: "off", ...OWN_KEYS, ...attributes });
  const judge = (problem) => {
    input.setAttribute("aria-invalid", problem !== "");
    input.setCustomValidity(problem);
    clearTimeout(later);
    if (problem) later = setTimeout(() => input.reportValidity(), 1000);
  };
  const settle = () => {
    judge("");
    if (input.value !== written(current)) input.value = written(current);
  };
  input.addEventListener("input", () => {
    const value = parse(input.value);
    judge(value === null ? limits : "");
    if (value !== null) onvalue(value);
  });
  input.addEventListener("keydown", (event) => {
    const direction = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (!direction || !stepped || input.readOnly) return;
    event.preventDefault();
    onvalue(stepped(current, direction, event.shiftKey));
    settle();
  });
  input.addEventListener("blur", settle);
  const set = (value) => {
    current = value;
    const typed = input === input.getRootNode().activeElement ? parse(input.value) : NaN;
    if (typed !== null && typed !== value) settle();
  };
  return { input, set };
}

export function choice(label, options, onchange) {
  const select = element("select", { "aria-label": label, ...OWN_KEYS, onchange: (event) => onchange(event.target.value) });
  select.append(...options.map((option) => element("option", { value: option }, option)));
  return select;
}

export function tick(label, onchange) {
  const box = element("input", { type: "checkbox", ...OWN_KEYS, onchange: (event) => onchange(event.target.checked) });
  return { box, field: element("label", { class: "course-field course-tick" }, box, element("span", {}, label)) };
}

export function button(text, onclick, attributes = {}) {
  const node = element("button", { type: "button", ...OWN_KEYS, ...attributes, onclick: () => { if (node.getAttribute("aria-disabled") !== "true") onclick(); } }, text);
  return node;
}

// Whether a button can do anything now. Where it cannot it keeps the focus, unlike a disabled one: the keyboard goes on there.
export const allow = (node, can) => node.setAttribute("aria-disabled", String(!can));

// Draws at once when the state changes, here or in Python. Returns change(values), with which the explorer's own controls
// alter the state; they go to Python at once, for what is held back here is undone by Python's echo of the change before
// (the widget manager sends one change at a time and gathers the rest).
export function connect(model, names, draw) {
  let own = false;
  const onchange = () => { if (!own) draw(); };
  for (const name of names) model.on(`change:${name}`, onchange);
  const change = (values) => {
    own = true;
    for (const [name, value] of Object.entries(values)) model.set(name, value);
    own = false;
    draw();
    model.save_changes();
  };
  const disconnect = () => { for (const name of names) model.off(`change:${name}`, onchange); };
  return { change, disconnect };
}

// isSilent = patience(onsilence): isSilent(answered), called with each drawing, is true once Python has not answered for two
// seconds after the last one; at that moment onsilence() is called. isSilent(true) ends the waiting.
export function patience(onsilence) {
  let timer, silent = false;
  return (answered) => {
    clearTimeout(timer);
    silent &&= !answered;
    if (!answered && !silent) timer = setTimeout(() => { silent = true; onsilence(); }, 2000);
    return silent;
  };
}

// A line that says the state in words, when the hand rests, or twice a second while it does not; a screen reader reads it.
// Where the same words stand elsewhere on the page, it is for screen readers alone.
export function spokenLine({ seen = true } = {}) {
  const node = element("p", { class: seen ? "course-spoken" : "course-unseen", role: "status", "aria-live": "polite" });
  let timer, since = null;  // when the oldest words that wait came
  const write = (text) => { since = null; if (node.textContent !== text) node.textContent = text; };
  const say = (text) => {
    const now = performance.now();
    since ??= now;
    clearTimeout(timer);
    timer = setTimeout(write, Math.max(0, Math.min(150, since + 500 - now)), text);
  };
  return { node, say };
}

// The code is written only while the panel is open: set(() => ({ course, torch })).
export function codePanel() {
  const blocks = { course: element("pre", { tabindex: "0", "aria-label": "course_lib code" }), torch: element("pre", { tabindex: "0", "aria-label": "PyTorch code" }) };
  const done = element("span", { role: "status", class: "course-copied" });
  const copy = button("Copy", async () => {
    try {
      await navigator.clipboard.writeText(`${blocks.course.textContent}\n\n${blocks.torch.textContent}\n`);
      done.textContent = "copied";
    } catch {
      done.textContent = "your browser does not allow copying: select the text instead";
    }
  });
  const node = element("details", { class: "course-code" }, element("summary", OWN_KEYS, "Show code"),
    element("p", {}, "With course_lib:"), blocks.course, element("p", {}, "The same with PyTorch:"), blocks.torch, copy, done);
  let write = () => ({ course: "", torch: "" });
  const show = () => {
    if (!node.open) return;
    const code = write();
    blocks.course.textContent = code.course;
    blocks.torch.textContent = code.torch;
    done.textContent = "";
  };
  node.addEventListener("toggle", show);
  return { node, set: (next) => { write = next; show(); } };
}

// Bytes from Python arrive as a DataView.
export function bytesOf(view) {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}
