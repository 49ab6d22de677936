// The architecture explorer: the table, its controls and the drawing. What is computed stands in architecture_math.js.
const STATE = ["preset", "table", "size", "channels", "picked"];
const LABELS = { out_channels: "filters", kernel_size: "kernel", out_features: "features" };  // other settings go by their own name
const HEADS = ["layer and settings", "output", "parameters", "multiply-adds", "memory", "sees", "jump"];
const COLOURS = { Conv2d: "conv", MaxPool2d: "pool", AvgPool2d: "pool", Linear: "dense" };
const labelOf = (setting) => LABELS[setting] ?? setting;
const write = (node, text) => { if (node.textContent !== text) node.textContent = text; };

// A field for a setting or the size: what is typed counts at once if it is one, an arrow key steps it. value() gives the present
// value; onvalue hears the next one, onwrong(text) what is typed and is none, or null when that is over.
function numberField(label, name, rule, value, onvalue, onwrong) {
  const field = element("input", { type: "text", inputmode: name === "padding" ? "text" : "decimal", autocomplete: "off", "aria-label": label, title: takesText(name, rule), style: `width: ${fieldLength(name, rule) + 2}ch`, ...OWN_KEYS });
  const calm = () => { field.removeAttribute("aria-invalid"); onwrong(null); };
  field.addEventListener("input", () => {
    const next = parseSetting(field.value, name, rule);
    if (next !== null) { calm(); onvalue(next); return; }
    field.setAttribute("aria-invalid", "true");
    onwrong(`${label} takes ${takesText(name, rule)}. It stays ${value()} until you type one.`);
  });
  field.addEventListener("keydown", (event) => {
    const way = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (!way) return;
    event.preventDefault();
    calm();
    const next = stepped(value(), rule, way);
    field.value = next;
    if (next !== value()) onvalue(next);
  });
  field.addEventListener("blur", () => { field.value = value(); calm(); });
  // What is being typed stays as it is typed: "05" is 5 already.
  const typing = () => field === field.getRootNode().activeElement && (field.hasAttribute("aria-invalid") || parseSetting(field.value, name, rule) === value());
  const show = () => { if (field.value !== String(value()) && !typing()) field.value = value(); };
  return { field, show };
}

// Where a field says what is typed and is none.
function complaint() {
  const node = element("p", { class: "course-note", role: "alert" });
  return { node, say: (text) => write(node, text ?? "") };
}

// One row of the table: fields for its settings, then what comes out and what it costs, or why it does not fit.
function layerRow(at, [name, kind, settings], rules, { value, onvalue, pick, move }) {
  const wrong = complaint();
  const fields = ordered(settings).map(([setting]) => ({ setting, ...numberField(`${name} ${labelOf(setting)}`, setting, rules[setting], () => value(at, setting), (next) => onvalue(at, setting, next), wrong.say) }));
  const handle = button(name, () => pick(at), { class: "course-handle", title: "pick this layer; the arrow keys go to its neighbours" });
  handle.addEventListener("keydown", (event) => {
    const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: Infinity }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    move(to);
  });
  const note = element("div", { class: "course-uneven" });
  const cells = HEADS.slice(1).map((head) => element("td", { role: "cell", "data-label": head }));
  const refusal = element("td", { role: "cell", colspan: cells.length, class: "course-refusal" });
  const head = element("th", { scope: "row", role: "rowheader" }, element("div", { class: "course-layer" }, handle, element("span", { class: "course-kind" }, kind), ...fields.map(({ setting, field }) => labelled(labelOf(setting), field))), wrong.node, note);
  const row = element("tr", { role: "row", onclick: (event) => { if (!event.target.closest("input, button")) pick(at); }, onfocusin: (event) => { if (event.target !== handle) pick(at); } }, head, ...cells, refusal);

  let drawn = null;

  // result: a row of summarise(), { refusal } for the layer that does not fit, null for those behind it.
  function set(result, picked) {
    for (const { show } of fields) show();
    const refused = Boolean(result?.refusal);
    const texts = result?.shape ? [shapeText(result.shape), ...costTexts(result), ...(result.seen ? result.seen.map(grouped) : ["all", "\u2013"])] : cells.map(() => "?");
    const words = [result?.note ? `\u26a0 ${result.note}` : "", refused ? `\u2717 ${result.refusal.message}. ${result.refusal.advice}` : ""];
    const key = [picked, ...words, ...texts].join("|");
    if (key === drawn) return;
    drawn = key;
    handle.setAttribute("aria-pressed", picked);
    handle.tabIndex = picked ? 0 : -1;
    row.className = `${picked ? "course-picked " : ""}${refused ? "course-refused" : result ? "" : "course-behind"}`;
    write(note, words[0]);
    refusal.hidden = !refused;
    write(refusal, words[1]);
    cells.forEach((cell, n) => { cell.hidden = refused; write(cell, texts[n]); });
  }
  return { row, handle, set };
}

const costTexts = ({ parameters, multiplyAdds, bytes }) => [grouped(parameters), grouped(multiplyAdds), memoryText(bytes)];

// The volumes as boxes in a row that breaks where the page ends; only for the eye, the table says the same.
function drawing(pick) {
  const node = element("div", { class: "course-volumes", "aria-hidden": "true" });
  let drawn = null, boxes = [];

  function box({ at, name, kind, shape, width, height, depth }) {
    const path = (d, part) => svg("path", { d, class: `course-${part}` });
    const picture = svg("svg", { width: width + depth + 2, height: height + depth + 2, viewBox: `-1 ${-depth - 1} ${width + depth + 2} ${height + depth + 2}`, class: `course-box course-${COLOURS[kind] ?? "other"}` },
      path(`M0 0h${width}v${height}h${-width}z`, "front"), path(`M0 0l${depth} ${-depth}h${width}l${-depth} ${depth}z`, "top"), path(`M${width} 0l${depth} ${-depth}v${height}l${-depth} ${depth}z`, "side"));
    const words = [element("span", { class: "course-name" }, name), element("span", {}, shapeText(shape))];
    return { at, node: element("div", { class: "course-volume", onclick: () => { if (at >= 0) pick(at); } }, picture, ...words) };
  }
  function set(all, refused, picked) {
    const key = JSON.stringify([all, refused]);
    if (key !== drawn) {
      boxes = all.map(box);
      const stop = refused ? [element("div", { class: "course-volume course-stop" }, element("span", { class: "course-cross" }, "\u2717"), element("span", { class: "course-name" }, refused), element("span", {}, "does not fit"))] : [];
      node.replaceChildren(...boxes.map((each) => each.node), ...stop);
      drawn = key;
    }
    for (const each of boxes) each.node.classList.toggle("course-picked", each.at === picked);
  }
  return { node, set };
}

function render({ model, el }) {
  const presets = model.get("presets"), kinds = Object.fromEntries(model.get("kinds").map(([kind, ...rest]) => [kind, rest])), [least, most] = model.get("sizes"), room = model.get("most_layers");
  let layers = [], structure = null;

  const preset = choice("preset", [...presets.map(([name]) => name), "your own"], (name) => {
    const wanted = named(name);
    if (wanted) change({ preset: name, table: wanted.table, size: wanted.size, channels: wanted.channels, picked: 0 });
    else draw();
  });
  const named = (name) => presets.find(([own]) => own === name)?.[1];
  const slider = rangeInput("input size", { min: least, max: most, step: 1, onchange: (size) => alter({ size }) });
  const wrong = complaint();
  const size = numberField("input size in pixels", "size", [least, most, 1], () => model.get("size"), (value) => alter({ size: value }), wrong.say);
  const channels = choice("input channels", ["1", "3"], (text) => alter({ channels: Number(text) }));
  const about = element("p", { class: "course-about" });
  const picture = drawing((at) => change({ picked: at }));

  const chosen = element("strong", {}), kind = choice("kind of the new layer", model.get("kinds").map(([name]) => name), () => {});
  const put = button("add behind it", () => alter({ table: withLayer(table(), picked(), kind.value, ...kinds[kind.value].slice(1)), picked: picked() + 1 }));
  const up = button("\u2191 up", () => alter({ table: withMoved(table(), picked(), -1), picked: picked() - 1 }), { "aria-label": "move the picked layer up" });
  const down = button("\u2193 down", () => alter({ table: withMoved(table(), picked(), 1), picked: picked() + 1 }), { "aria-label": "move the picked layer down" });
  const drop = button("\u2717 drop", () => alter({ table: withoutLayer(table(), picked()), picked: Math.min(picked(), table().length - 2) }), { "aria-label": "drop the picked layer" });
  const full = element("span", { class: "course-full" });

  const input = element("td", { role: "cell", "data-label": "output" }), body = element("tbody", { role: "rowgroup" }), sums = HEADS.slice(2, 5).map((head) => element("td", { role: "cell", "data-label": head }));
  const total = element("th", { scope: "row", role: "rowheader" });
  const inputRow = element("tr", { role: "row" }, element("th", { scope: "row", role: "rowheader" }, "input"), input, element("td", { role: "cell", colspan: 5, class: "course-empty" }));
  const sumRow = element("tr", { role: "row" }, total, element("td", { role: "cell", class: "course-empty" }), ...sums, element("td", { role: "cell", colspan: 2, class: "course-empty" }));
  const sheet = element("table", { role: "table", "aria-label": "the layers from the input on" },
    element("thead", { role: "rowgroup" }, element("tr", { role: "row" }, ...HEADS.map((head) => element("th", { scope: "col", role: "columnheader" }, head)))),
    body, element("tfoot", { role: "rowgroup" }, sumRow));
  const weights = element("p", { class: "course-about" }), spoken = spokenLine(), code = codePanel();
  const table = () => model.get("table"), picked = () => Math.min(model.get("picked"), table().length - 1);

  const { change, disconnect } = connect(model, STATE, draw);
  const hands = {
    value: (at, setting) => table()[at]?.[2][setting],
    onvalue: (at, setting, value) => alter({ table: withSetting(table(), at, setting, value) }),
    pick: (at) => { if (at !== picked()) change({ picked: at }); },
    move: (to) => {
      const at = Math.max(0, Math.min(table().length - 1, to));
      hands.pick(at);
      layers[at].handle.focus();
    },
  };
  el.append(element("div", { class: "course-explorer course-architecture" },
    element("div", { class: "course-row" }, labelled("preset", preset), labelled("input size", slider), size.field, labelled("channels", channels), button("Reset", () => change(model.get("initial")))),
    wrong.node, about, picture.node,
    element("div", { class: "course-row course-tools" }, element("span", {}, "picked: ", chosen), up, down, drop, labelled("new layer", kind), put, full),
    sheet, weights, spoken.node, code.node));
  draw();

  // A change by hand: the preset's name follows from what is there.
  function alter(values) {
    const next = { table: table(), size: model.get("size"), channels: model.get("channels"), ...values };
    change({ ...values, preset: presetName(presets, next.table, next.size, next.channels) });
  }
  function draw() {
    const rows = table(), at = picked(), result = summarise(rows, model.get("channels"), model.get("size"));
    const names = JSON.stringify(rows.map(([name, kind]) => [name, kind]));
    if (names !== structure) {  // other layers: the fields of the old ones are of no more use
      layers = rows.map((row, n) => layerRow(n, row, kinds[row[1]][0], hands));
      body.replaceChildren(inputRow, ...layers.map(({ row }) => row));
      structure = names;
    }
    layers.forEach(({ set }, n) => set(result.rows[n] ?? (n === result.rows.length ? { refusal: result.refusal } : null), n === at));
    const refused = result.refusal ? rows[result.rows.length][0] : null;
    picture.set(volumes(rows, result.rows, model.get("channels"), model.get("size")), refused, at);
    drawControls(rows, at);
    drawSums(result, refused);
    spoken.say(spokenText(rows, result));
    code.set(() => showCode(rows, model.get("channels"), model.get("size"), result));
  }
  function drawControls(rows, at) {
    preset.value = model.get("preset");
    preset.lastChild.disabled = preset.value !== "your own";  // one gets there by a change, not by choosing it
    slider.value = model.get("size");
    size.show();
    channels.value = model.get("channels");
    write(about, named(model.get("preset"))?.about ?? "A table of your own.");
    write(chosen, rows[at][0]);
    allow(up, at > 0);
    allow(down, at < rows.length - 1);
    allow(drop, rows.length > 1);
    allow(put, rows.length < room);
    write(full, rows.length >= room ? `${room} layers are the most here` : "");
  }
  function drawSums({ totals }, refused) {
    write(input, shapeText([model.get("channels"), model.get("size"), model.get("size")]));
    costTexts(totals).forEach((text, n) => write(sums[n], text));
    write(total, refused ? `total before ${refused}` : "total");
    write(weights, `Memory is for one picture in float32: 4 bytes a number, 1 kB = 1,000 bytes. The parameters take ${memoryText(totals.parameters * 4n)}, what the layers put out ${memoryText(totals.bytes)}. `
      + "A pixel of the output sees so many pixels of the input a side, and its neighbour looks so many further (jump).");
  }

  return disconnect;
}
export default { render };
