// The table's controls, rows and details. It computes nothing: what is shown comes from source_table_rows.js.

const STATE = ["lesson", "source", "verdict", "words", "picked"];

// A list to choose from whose options have other texts than values: [["all", "all lessons"], ...].
function filter(label, options, onchange) {
  const select = choice(label, options.map(([value]) => value), onchange);
  [...select.options].forEach((option, n) => { option.textContent = options[n][1]; });
  return select;
}

// A link to a lesson. A plain one would make JupyterLab load itself anew; its own command opens the lesson beside this one.
function lessonAnchor(lesson, text, attributes = {}) {
  const anchor = element("a", { href: lessonLink(location.pathname, lesson), ...attributes }, text);
  anchor.addEventListener("click", (event) => {
    const links = [...(anchor.closest(".jp-Notebook")?.querySelectorAll(".jp-RenderedMarkdown a[href]") ?? [])];
    const path = document.querySelector(".jp-LabShell") && labPath([location.pathname, ...links.map((link) => link.href)], lesson);
    if (!path || event.ctrlKey || event.metaKey || event.shiftKey) return;
    anchor.dataset.commandlinkerCommand = "docmanager:open";
    anchor.dataset.commandlinkerArgs = JSON.stringify({ path });
  });
  return anchor;
}

function verdictCell(row, looks) {
  const [sign, word] = lookOf(looks, row.verdict);
  return element("td", { class: "course-verdict", "data-verdict": row.verdict }, element("span", { "aria-hidden": "true" }, `${sign} `), word);
}

function tableRow(row, looks, id) {
  const lesson = element("td", {}, lessonAnchor(row.lesson, row.lesson.slice(0, 2), { tabindex: "-1", title: `open lesson ${row.lesson}` }));
  const result = element("td", { class: `course-result${row.why ? " course-apart" : ""}` }, row.why ? "not recomputed" : row.result);
  return element("tr", { id, role: "row" }, element("th", { scope: "row" }, row.id), lesson,
    element("td", { class: "course-printed" }, row.printed || "(nothing)"), result, verdictCell(row, looks));
}

// What is behind a row: every field in full.
function details(row, looks, files) {
  const [sign, word] = lookOf(looks, row.verdict), list = element("dl", {});
  const add = (name, ...value) => list.append(element("dt", {}, name), element("dd", {}, ...value));
  add("verdict", `${sign} ${word}${row.kind ? `: ${row.kind}` : ""}`);
  add("printed", row.printed || "nothing: the text asks, or leaves it out");
  if (row.claim) add("as printed it gives", row.claim);
  if (row.why) add("not recomputed", row.why);
  else add("recomputed", row.result);
  if (row.note) add("note", row.note);
  add("where", `${row.sources.map((digits) => files.find((file) => file.startsWith(digits))).join(", ")}, ${/^\d+$/.test(row.lines) ? "line" : "lines"} ${row.lines}`);
  add("taught in", lessonAnchor(row.lesson, `lesson ${row.lesson.replace(/_/g, " ")}`));
  return [element("h3", {}, `${row.id}: ${row.says}`), list];
}

function render({ model, el }) {
  const looks = model.get("looks"), files = model.get("files"), searched = model.get("searched"), prefix = `course-row-${Math.random().toString(36).slice(2)}-`;
  const rows = model.get("rows").map((row) => named(model.get("fields"), row));
  const made = new Map(rows.map((row) => [row.id, tableRow(row, looks, prefix + row.id)]));
  let visible = [], before = null, pickedBefore = null;

  const lessons = [...new Set(rows.map((row) => row.lesson))];
  const controls = {
    lesson: filter("lesson", [["all", "all lessons"], ...lessons.map((name) => [name, name.replace(/_/g, " ")])], (lesson) => change({ lesson })),
    source: filter("text", [["all", "all five texts"], ...files.map((file) => [file, file.slice(0, 3)])], (source) => change({ source })),
    verdict: filter("verdict", [["all", "all verdicts"], ...looks.map(([name, sign, word]) => [name, `${word} ${sign}`]), ["not recomputed", "not recomputed"]], (verdict) => change({ verdict })),
    words: element("input", { type: "search", maxlength: 80, placeholder: "sigmoid, 227, sign ...", "aria-label": "search", autocomplete: "off", ...OWN_KEYS, oninput: (event) => change({ words: event.target.value }) }),
  };
  const count = element("p", { class: "course-count", role: "status", "aria-live": "polite" }), spokenRow = spokenLine({ seen: false });
  const names = ["id", "lesson", "printed", "recomputed", "verdict"];
  const body = element("tbody", {}), head = element("thead", {}, element("tr", {}, ...names.map((name) => element("th", { scope: "col" }, name))));
  const table = element("table", { role: "grid", tabindex: "0", "aria-label": "numbers; the arrow keys pick a row", ...OWN_KEYS }, head, body);
  const scroller = element("div", { class: "course-scroller" }, table);
  const panel = element("div", { class: "course-details", role: "region", "aria-label": "the picked number" });
  const code = element("pre", { tabindex: "0", "aria-label": "course_lib code" });
  const shownCode = element("details", { class: "course-code" }, element("summary", OWN_KEYS, "Show code"), code);

  table.addEventListener("keydown", (event) => {
    if (event.target !== table) return;
    const place = moved(event.key, visible.findIndex((row) => row.id === model.get("picked")), visible.length);
    if (place < 0) return;
    event.preventDefault();
    change({ picked: visible[place].id });
    made.get(visible[place].id).scrollIntoView({ block: "nearest" });
  });
  body.addEventListener("click", (event) => {
    const row = event.target.closest("tr");
    if (row && !event.target.closest("a")) change({ picked: row.id.slice(prefix.length) });
  });

  const { change, disconnect } = connect(model, STATE, draw);
  el.append(element("div", { class: "course-explorer course-sources" },
    element("div", { class: "course-row" }, labelled("lesson", controls.lesson), labelled("text", controls.source), labelled("verdict", controls.verdict),
      labelled("search", controls.words), button("Reset", () => change(model.get("initial")))),
    count, element("div", { class: "course-sides" }, scroller, element("div", { class: "course-behind" }, panel, shownCode)), spokenRow.node));
  draw();

  function draw() {
    const state = Object.fromEntries(STATE.map((name) => [name, model.get(name)])), key = JSON.stringify([state.lesson, state.source, state.verdict, state.words]);
    for (const [name, control] of Object.entries(controls)) if (control.value !== state[name]) control.value = state[name];
    if (key !== before) {
      visible = rows.filter((row) => fits(row, state, searched));
      body.replaceChildren(...visible.map((row) => made.get(row.id)));
      const text = [countText(visible.length, rows.length), verdictText(visible, looks)].filter(Boolean).join(": ");
      count.textContent = visible.length ? text : `${text}. No number fits: choose "all", or search for less.`;
      before = key;
    }
    drawPicked(state.picked);
  }

  function drawPicked(id) {
    const picked = rows.find((row) => row.id === id);
    for (const [name, row] of made) row.setAttribute("aria-selected", String(name === id));
    if (picked && visible.includes(picked)) {
      table.setAttribute("aria-activedescendant", prefix + id);
      if (id !== pickedBefore) reveal(made.get(id));
    } else table.removeAttribute("aria-activedescendant");
    pickedBefore = id;
    panel.replaceChildren(...(picked ? details(picked, looks, files) : [element("p", {}, "Pick a row to see what is behind it.")]));
    const run = picked ? `ledger.check("${id}")` : "ledger.counts()";
    code.textContent = `from course_lib import ledger\n\n${run}${picked?.code ? `\n\n# what it calls:\n${picked.code}` : ""}`;
    spokenRow.say(picked ? spoken(picked, looks) : "");
  }

  // Moves the rows under the head until this one can be seen; the page stays where it is.
  function reveal(row) {
    const low = row.offsetTop - head.offsetHeight, high = row.offsetTop + row.offsetHeight - scroller.clientHeight;
    scroller.scrollTop = Math.max(high, Math.min(low, scroller.scrollTop));
  }

  return disconnect;
}
export default { render };
