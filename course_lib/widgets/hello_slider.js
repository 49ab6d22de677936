// One slider: the dots are drawn here, the square is computed in Python and comes back.
function render({ model, el }) {
  const slider = rangeInput("number", { min: 1, max: 10, step: 1, onchange: (number) => change({ number }) });
  const dots = element("div", { class: "course-dots", "aria-hidden": "true" });
  const spoken = spokenLine();
  const isSilent = patience(() => draw());
  const { change, disconnect } = connect(model, ["number", "answer"], draw);
  const root = element("div", { class: "course-explorer" }, element("div", { class: "course-row" }, labelled("Move me:", slider), button("Reset", () => change(model.get("initial")))), dots, spoken.node);
  el.append(root);
  draw();

  function draw() {
    const number = model.get("number");
    slider.value = number;
    dots.textContent = "\u25cf ".repeat(number);
    const answered = model.get("answer").startsWith(`${number} `);
    const without = isSilent(answered) ? `The slider shows ${number}, but Python has not answered. Run this cell first.` : `The slider shows ${number}.`;
    spoken.say(answered ? `Python says: ${model.get("answer")}.` : without);
  }
  return () => { isSilent(true); disconnect(); };
}
export default { render };
