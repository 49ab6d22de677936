// The arithmetic of the loss explorer: pure functions, the same numbers as course_lib.losses.

export const NET_LIMIT = 10;   // the charts go from -10 to 10
export const STEPS = 60;       // of the descent
export const LOSSES = ["squared", "cross", "printed"];

export function sigmoid(z) {
  const small = Math.exp(-Math.abs(z));
  return (z >= 0 ? 1 : small) / (1 + small);
}

// The net input that gives an output between 0 and 1, kept within the charts.
export function netOf(output) {
  const net = Math.log(output / (1 - output));
  return Math.max(-NET_LIMIT, Math.min(NET_LIMIT, Number.isNaN(net) ? 0 : net));
}

// One sigmoid unit with net input z and target y (0 or 1): for each loss its value, its slope at the output s and its
// gradient at z, which is slope * s(1 - s). "printed" has the sources' wrong sign; the text prints no value for it.
export function lossesAt(z, y) {
  const output = sigmoid(z), rest = sigmoid(-z), factor = output * rest;
  const error = y === 1 ? -rest : output;  // s - y, without losing digits near 1
  const wrong = y === 1 ? -z : z;          // how far z stands on the wrong side
  const slope = y === 1 ? -1 / output : 1 / rest;
  return {
    output, factor,
    squared: { value: (error * error) / 2, slope: error, gradient: error * factor },
    cross: { value: Math.max(wrong, 0) + Math.log1p(Math.exp(-Math.abs(z))), slope, gradient: error },
    printed: { value: null, slope: y === 1 ? slope : -slope, gradient: y === 1 ? error : -error },
  };
}

// [[x, value], ...] of one loss's "value" or "gradient" over all net inputs; x is the net input or the output.
export function curve(loss, what, target, axis) {
  return Array.from({ length: 201 }, (_, n) => {
    const net = (n - 100) / 10, at = lossesAt(net, target);
    return [axis === "output" ? at.output : net, at[loss][what]];
  });
}

// The net inputs of a unit with one weight and input 1, before and after each step z <- z - rate * gradient.
export function descent(loss, start, target, rate) {
  const nets = [start];
  for (let step = 0; step < STEPS; step++) {
    const net = nets[step];
    nets.push(net - rate * lossesAt(net, target)[loss].gradient);
  }
  return nets;
}

// What is said about the unit in words.
export function unitText(net, target, shown) {
  const at = lossesAt(net, target), say = (value) => shown(value);
  const pull = at.cross.gradient / at.squared.gradient;
  const right = target === 1 ? net > 0 : net < 0;
  return `Net input ${say(net)}, output ${say(at.output)}, target ${target}: ${right ? "on the right side" : net === 0 ? "undecided" : "on the wrong side"}. ` +
    `Cross-entropy has the gradient ${say(at.cross.gradient)}, squared error ${say(at.squared.gradient)}: ${say(pull)} times smaller.`;
}

// From which step on the output stays on the target's side of 1/2, or on the other one.
export function standing(nets, target) {
  const right = nets.map((net) => (target === 1 ? net > 0 : net < 0)), last = right.length - 1;
  const since = right.lastIndexOf(!right[last]) + 1;
  if (right[last]) return since === 0 ? "right from the start" : `right from step ${since} on`;
  return since === 0 ? `still wrong after ${last} steps` : `wrong from step ${since} on`;
}

// A typed number: digits with a sign and a decimal point or comma; null for anything else or beyond the limit. Nothing is
// evaluated.
export function parseNumber(text, limit) {
  const plain = text.trim().replaceAll("\u2212", "-").replace(",", ".");
  return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(plain) && Math.abs(Number(plain)) <= limit ? Number(plain) : null;
}

export function lossCode({ view, target, net, printed, start, rate, penalty, strength }) {
  if (view === "penalty") return penaltyCode(penalty.strengths[strength]);
  return view === "descend" ? descentCode(target, start, rate, printed) : compareCode(target, net, printed);
}

function compareCode(target, net, printed) {
  const course = [
    "import numpy as np",
    "from course_lib import losses",
    "from course_lib.activations import sigmoid, sigmoid_derivative",
    "",
    `net, target = np.array([${net}]), np.array([${target}])`,
    "squared, slope = losses.squared_error(sigmoid(net), target)",
    "squared_gradient = slope * sigmoid_derivative(net)",
    "cross, cross_gradient = losses.binary_cross_entropy_with_logits(net, target)",
    ...(printed ? ["s = sigmoid(net)", "printed_gradient = (-target / s - (1 - target) / (1 - s)) * s * (1 - s)  # wrong"] : []),
  ];
  const torch = [
    "import torch",
    "import torch.nn.functional as F",
    "",
    `net, target = torch.tensor([${net}], dtype=torch.float64, requires_grad=True), torch.tensor([${target}.0], dtype=torch.float64)`,
    "squared = (target - torch.sigmoid(net)).square().sum() / 2",
    "cross = F.binary_cross_entropy_with_logits(net, target)",
    "squared_gradient, = torch.autograd.grad(squared, net)",
    "cross_gradient, = torch.autograd.grad(cross, net)",
  ];
  return { course: course.join("\n"), torch: torch.join("\n") };
}

function descentCode(target, start, rate, printed) {
  const course = [
    "import numpy as np",
    "from course_lib import losses",
    "from course_lib.activations import sigmoid, sigmoid_derivative",
    "",
    `start, target, learning_rate = np.array([${start}], dtype=float), np.array([${target}]), ${rate}`,
    "squared, cross = [start], [start]",
    `for _ in range(${STEPS}):`,
    "    _, slope = losses.squared_error(sigmoid(squared[-1]), target)",
    "    squared.append(squared[-1] - learning_rate * slope * sigmoid_derivative(squared[-1]))",
    "    _, gradient = losses.binary_cross_entropy_with_logits(cross[-1], target)",
    "    cross.append(cross[-1] - learning_rate * gradient)",
    ...(printed ? ["", "printed = [start]  # with the wrong sign",
      `for _ in range(${STEPS}):`,
      `    printed.append(printed[-1] - learning_rate * ${target === 1 ? "-sigmoid(-printed[-1])" : "-sigmoid(printed[-1])"})`] : []),
  ];
  const torch = [
    "import torch",
    "import torch.nn.functional as F",
    "",
    "net, goal = torch.tensor(start, requires_grad=True), torch.tensor(target, dtype=torch.float64)",
    "sgd = torch.optim.SGD([net], lr=learning_rate)",
    "cross = [net.detach().clone()]",
    `for _ in range(${STEPS}):`,
    "    sgd.zero_grad()",
    "    F.binary_cross_entropy_with_logits(net, goal).backward()",
    "    sgd.step()",
    "    cross.append(net.detach().clone())",
  ];
  return { course: course.join("\n"), torch: torch.join("\n") };
}

function penaltyCode(strength) {
  const course = [
    "import numpy as np",
    "from course_lib import data, losses",
    "from course_lib.layers import Linear, Tanh",
    "from course_lib.network import SGD, Sequential",
    "",
    'x, labels = data.load_penguins(("Adelie", "Chinstrap"), ("flipper_length_mm",))',
    "x, target = (x - 195) / 7, labels[:, None]",
    "training = np.random.default_rng(2).permutation(len(x))[:24]",
    "",
    "def start():",
    "    rng = np.random.default_rng(2)",
    "    first, last = Linear(1, 12, rng, np.float64, gain=6), Linear(12, 1, rng, np.float64, gain=1)",
    "    first.bias = 3 * rng.normal(size=12)",
    "    return first, last",
    "",
    "first, last = start()",
    "network = Sequential([first, Tanh(), last])",
    `sgd = SGD(network, 0.5, momentum=0.9, weight_decay=${strength} / 24)  # lambda / m`,
    "for _ in range(250):",
    "    _, grad = losses.binary_cross_entropy_with_logits(network.forward(x[training]), target[training])",
    "    network.backward(grad)",
    "    sgd.step()",
    "logits = network.forward(x)",
  ];
  const torch = [
    "import torch",
    "",
    "first, last = start()",
    "model = torch.nn.Sequential(torch.nn.Linear(1, 12), torch.nn.Tanh(), torch.nn.Linear(12, 1)).double()",
    "with torch.no_grad():",
    "    for layer, like in ((model[0], first), (model[2], last)):",
    "        layer.weight.copy_(torch.tensor(like.weight))",
    "        layer.bias.copy_(torch.tensor(like.bias))",
    "weights, biases = [model[0].weight, model[2].weight], [model[0].bias, model[2].bias]",
    `groups = [{"params": weights, "weight_decay": ${strength} / 24}, {"params": biases}]`,
    "sgd = torch.optim.SGD(groups, lr=0.5, momentum=0.9)",
    "inputs, goals = torch.tensor(x[training]), torch.tensor(target[training]).double()",
    "for _ in range(250):",
    "    sgd.zero_grad()",
    "    torch.nn.functional.binary_cross_entropy_with_logits(model(inputs), goals).backward()",
    "    sgd.step()",
    "logits = model(torch.tensor(x)).detach()",
  ];
  return { course: course.join("\n"), torch: torch.join("\n") };
}
