// Activation functions and slopes for one x, twins of course_lib.activations, and what the activation explorer reads off
// them. p holds negative_slope, alpha and lines [w1, b1, w2, b2].
const sigmoid = (x) => {
  const small = Math.exp(-Math.abs(x));
  return (x >= 0 ? 1 : small) / (1 + small);
};
const sigmoidSlope = (x) => sigmoid(x) * sigmoid(-x);
const FUNCTIONS = {
  sigmoid: [sigmoid, sigmoidSlope],
  tanh: [Math.tanh, (x) => 4 * sigmoidSlope(2 * x)],
  ReLU: [(x) => Math.max(x, 0), (x) => (x > 0 ? 1 : 0)],
  "leaky ReLU": [(x, p) => (x > 0 ? x : p.negative_slope * x), (x, p) => (x > 0 ? 1 : p.negative_slope)],
  ELU: [(x, p) => (x > 0 ? x : p.alpha * Math.expm1(x)), (x, p) => (x > 0 ? 1 : p.alpha * Math.exp(x))],
  maxout: [(x, p) => Math.max(...pieces(x, p)), (x, p) => (pieces(x, p)[0] >= pieces(x, p)[1] ? p.lines[0] : p.lines[2])],
};

function pieces(x, { lines: [w1, b1, w2, b2] }) {
  return [w1 * x + b1, w2 * x + b2];
}

export function valueAt(name, x, p) {
  return FUNCTIONS[name][0](x, p);
}

export function slopeAt(name, x, p) {
  return FUNCTIONS[name][1](x, p);
}

// [x, value, slope] at 401 places from -reach to reach.
export function samples(name, p, reach) {
  return Array.from({ length: 401 }, (_, n) => {
    const x = (n * reach) / 200 - reach;
    return [x, valueAt(name, x, p), slopeAt(name, x, p)];
  });
}

// The stretches [from, to] of samples whose slope, up or down, is less than `flat`.
export function flatStretches(points, flat) {
  const stretches = [];
  points.forEach(([x, , slope], n) => {
    if (Math.abs(slope) >= flat) return;
    if (n && Math.abs(points[n - 1][2]) < flat) stretches.at(-1)[1] = x;
    else stretches.push([x, x]);
  });
  return stretches;
}

// A range that holds all values and those named, with a little air.
export function rangeOf(values, ...named) {
  const low = Math.min(...values, ...named), high = Math.max(...values, ...named), air = 0.06 * (high - low);
  return [low - air, high + air];
}

// What is left of a gradient of 1 behind so many units with this slope, one after the other.
export function left(slope, units) {
  return slope ** units;
}

// What the layer gives out at one scale and shift, from the table that Python made.
export function settingOf(table, { activation, scale, shift }) {
  return table.settings[activation][table.scales.indexOf(scale)][table.shifts.indexOf(shift)];
}

// "-0.5", ".25", "1e-3" is none: digits, a point or a comma, a sign. Anything else, or beyond the limit: null.
export function parseDecimal(text, limit) {
  const plain = text.trim().replace("\u2212", "-").replace(",", ".");
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)$/.test(plain)) return null;
  return Math.abs(Number(plain)) <= limit ? Number(plain) : null;
}

export function flatText(slope, flat) {
  if (slope === 0) return "The slope is 0: nothing comes through, this unit learns nothing here.";
  if (Math.abs(slope) < flat) return `The slope is below ${flat}: the unit is saturated here.`;
  return `It multiplies the gradient by ${Number(slope.toPrecision(4))}.`;
}

export function layerText(setting, units, flat) {
  const stuck = { 0: "no unit is as flat for every digit", [units]: "every unit is as flat for every digit" }[setting.dead] ?? `${setting.dead} of ${units} units are as flat for every digit`;
  return `Mean output ${String(setting.mean).replace("-", "\u2212")}; at ${setting.flat} % of the outputs the slope is below ${flat}; ${stuck}.`;
}

const CALLS = { sigmoid: "sigmoid", tanh: "tanh", ReLU: "relu", "leaky ReLU": "leaky_relu", ELU: "elu" };

function options({ activation, negative_slope, alpha }) {
  return { "leaky ReLU": `, negative_slope=${negative_slope}`, ELU: `, alpha=${alpha}` }[activation] ?? "";
}

// The course_lib calls and the PyTorch calls that give the very numbers shown: value and slope, or mean, flat and dead.
export function showCode(state) {
  return state.view === "one unit" ? unitCode(state) : layerCode(state);
}

function unitCode(state) {
  const { activation, x, lines: [w1, b1, w2, b2] } = state, name = CALLS[activation], extra = options(state);
  const course = activation === "maxout"
    ? ["from course_lib import activations", "", `x = ${x}`, `lines = [${w1} * x + ${b1}, ${w2} * x + ${b2}]`,
      "value = activations.maxout(lines, pieces=2, axis=0).item()", `slope = ${w1} if lines[0] >= lines[1] else ${w2}`]
    : ["from course_lib import activations", "", `x = ${x}`, `value = activations.${name}(x${extra}).item()`, `slope = activations.${name}_derivative(x${extra}).item()`];
  const torchCall = activation === "maxout" ? `torch.maximum(${w1} * x + ${b1}, ${w2} * x + ${b2})  # where both are equal: the mean of the slopes`
    : activation === "sigmoid" || activation === "tanh" ? `torch.${name}(x)` : `F.${name}(x${extra})`;
  const torch = ["import torch", "import torch.nn.functional as F", "", `x = torch.tensor(${x}, dtype=torch.float64, requires_grad=True)`,
    `out = ${torchCall}`, "out.backward()", "value, slope = out.item(), x.grad.item()"];
  return { course: [...course, "print(value, slope, slope**5, slope**10)"].join("\n"), torch: [...torch, "print(value, slope, slope**5, slope**10)"].join("\n") };
}

function layerCode({ activation, scale, shift }) {
  const maxout = activation === "maxout", name = CALLS[activation], units = maxout ? "60 * 2" : "60";
  const course = ["import numpy as np", "from course_lib import activations, data", "",
    "images, _ = data.load_digits()", "x = images[:200].reshape(200, 64) / 16",
    `weight = ${scale} * np.random.default_rng(6).normal(size=(${units}, 64)) / 8`,
    `z = x @ weight.T + ${shift}`,
    ...(maxout ? ["out = activations.maxout(z, pieces=2)", "slope = np.ones_like(out)  # of the piece that won"]
      : [`out = activations.${name}(z)`, `slope = activations.${name}_derivative(z)`]),
    "flat = slope < 0.01", "print(out.mean(), 100 * flat.mean(), flat.all(axis=0).sum())"];
  const call = maxout ? "z.reshape(200, 60, 2).max(dim=2).values" : activation === "sigmoid" || activation === "tanh" ? `torch.${name}(z)` : `F.${name}(z)`;
  const torch = ["import torch", "import torch.nn.functional as F", "",
    "z = torch.tensor(z, requires_grad=True)", `out = ${call}`, "out.sum().backward()",
    maxout ? "slope = z.grad.reshape(200, 60, 2).sum(dim=2)" : "slope = z.grad",
    "flat = slope < 0.01", "print(out.mean().item(), 100 * flat.double().mean().item(), flat.all(dim=0).sum().item())"];
  return { course: course.join("\n"), torch: torch.join("\n") };
}
