// The backprop player's pure functions: reading what is typed, and which values are there after so many steps.

const LARGEST_NUMBER = 1e6;
const RULES = {
  number: () => "",
  target: (value) => (value < 0 || value > 1 ? "a sigmoid unit reaches only targets from 0 to 1" : ""),
  rate: (value) => (value <= 0 ? "it must be more than 0" : ""),
  share: (value) => (value < 0 || value >= 1 ? "it must be at least 0 and less than 1" : ""),
};

// readTyped("0.5", "target") -> { value: 0.5 }; readTyped("two", "number") -> { problem: "..." }. Nothing is evaluated.
export function readTyped(text, rule) {
  const plain = text.trim().replace("\u2212", "-").replace(",", ".");
  if (!/^[+-]?(\d{1,20}(\.\d{0,25})?|\.\d{1,25})(e[+-]?\d{1,3})?$/i.test(plain)) {
    return { problem: `\u201c${text.trim().slice(0, 20)}\u201d is not a number; write digits, such as 0.25, \u22121.5 or 2e-3` };
  }
  const value = Number(plain);
  if (Math.abs(value) > LARGEST_NUMBER) return { problem: "numbers up to a million will do" };
  const problem = RULES[rule](value);
  return problem ? { problem } : { value };
}

// A number as it stands in an input: at most ten significant digits.
export function typedText(value) {
  return String(Number(value.toPrecision(10)));
}

// The same for the drawing, where room is scarce: five digits and a real minus sign.
export function shortText(value) {
  return String(Number(value.toPrecision(5))).replace("-", "\u2212");
}

// A copy of the state's values with one number changed: withNumber({ x: [1, 2] }, "x", [1], 5) -> { x: [1, 5] }.
export function withNumber(values, name, path, number) {
  const put = (part, [first, ...rest]) => (first === undefined ? number : part.map((entry, place) => (place === first ? put(entry, rest) : entry)));
  return { ...values, [name]: put(values[name], path) };
}

// Whether two states hold the same numbers, however deep they lie.
export function sameNumbers(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}

// What is known when `at` values have been computed: { "net H1": "7", ... } from the plan and the values of a run.
export function known(plan, values, at) {
  return Object.fromEntries(plan.slice(0, at + 1).map((entry, place) => [entry.name, values[place]]));
}
