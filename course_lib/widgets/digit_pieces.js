// Digits as pixels, and the scores of ten classes: pieces that the explorers of lesson 12 share, joined behind shared.js.

// A canvas that shows bytes pixel by pixel: one number a pixel is ink on paper, or grey from black to white where
// `grey` is set, three are red, green, blue. Its size on the page comes from the style sheet.
export function pixelCanvas(label, attributes = {}) {
  const node = element("canvas", { class: "course-pixels", width: 1, height: 1, role: "img", "aria-label": label, ...attributes });
  function show(values, height, width, { from = 0, channels = 1, grey = false } = {}) {
    const image = new ImageData(width, height);
    for (let place = 0; place < height * width; place++) {
      for (let part = 0; part < 3; part++) {
        const value = values[from + place * channels + (channels === 3 ? part : 0)];
        image.data[4 * place + part] = channels === 3 || grey ? value : 255 - value;
      }
      image.data[4 * place + 3] = 255;
    }
    if (node.width !== width || node.height !== height) Object.assign(node, { width, height });
    node.getContext("2d").putImageData(image, 0, 0);
  }
  return { node, show };
}

// Ten rows: the digit, a bar, the number in per cent; the largest has a sign beside it. set([]) empties them.
export function scoreBars(caption) {
  const rows = Array.from({ length: 10 }, (_, digit) => {
    const bar = element("span", { class: "course-bar" }), number = element("td"), sign = element("td", { class: "course-best" });
    const row = element("tr", {}, element("th", { scope: "row" }, String(digit)), element("td", { class: "course-track" }, bar), number, sign);
    return { row, bar, number, sign };
  });
  const node = element("table", { class: "course-scores" }, element("caption", {}, caption), element("tbody", {}, ...rows.map(({ row }) => row)));
  function set(percent) {
    const best = percent.indexOf(Math.max(...percent));
    rows.forEach(({ bar, number, sign }, digit) => {
      const text = percent.length ? percent[digit].toFixed(1) : "\u2013";
      if (number.textContent !== text) {
        number.textContent = text;
        bar.style.width = `${percent[digit] ?? 0}%`;
      }
      sign.textContent = digit === best ? "\u25c0" : "";
    });
  }
  return { node, set };
}

// A whole number from 0 to last: typed and entered, stepped with arrow keys or with the two buttons. read(text, last)
// gives the number or null.
export function numberPicker(label, last, read, onnumber) {
  let shown = null;
  const input = element("input", { type: "text", inputmode: "numeric", size: 5, "aria-label": label, autocomplete: "off", ...OWN_KEYS, oninput: check, onchange: enter,
    onblur: () => { if (read(input.value, last) === null) { input.value = shown ?? ""; check(); } },
    onkeydown: (event) => {
      const step = { ArrowUp: 1, ArrowDown: -1 }[event.key];
      if (event.key === "Enter") enter();
      if (!step) return;
      event.preventDefault();
      move(step);
    } });
  const node = element("span", { class: "course-field" }, element("span", {}, label),
    button("\u25c0", () => move(-1), { "aria-label": `previous ${label}` }), input, button("\u25b6", () => move(1), { "aria-label": `next ${label}` }));

  function check() {
    input.setAttribute("aria-invalid", input.value !== "" && read(input.value, last) === null);
  }
  function enter() {
    const number = read(input.value, last);
    if (number !== null && number !== shown) onnumber(number);
  }
  function move(step) {
    input.value = shown === null ? 0 : (shown + step + last + 1) % (last + 1);
    enter();
  }
  function set(number) {
    const typing = input.getRootNode().activeElement === input && number === shown;
    shown = number;
    if (!typing) { input.value = number ?? ""; check(); }
  }
  return { node, set };
}
