// What the perceptron explorer computes while a hand moves: pure functions. Weights are [w0, w1, w2], the bias first.

// Twin of perceptron.net for one point: added in the same order, so both give the same bits.
export function net(weights, [x1, x2]) {
  return weights[0] + x1 * weights[1] + x2 * weights[2];
}

export function output(weights, point) {
  return net(weights, point) > 0 ? 1 : -1;
}

// For each point, whether the unit answers otherwise than its target.
export function wrongOnes(weights, points, targets) {
  return points.map((point, n) => output(weights, point) !== targets[n]);
}

// The three numbers that the perceptron rule adds to the weights: rate (t - o) x, with x0 = 1.
export function correction(rate, target, out, [x1, x2]) {
  return [1, x1, x2].map((x) => rate * (target - out) * x);
}

// Twin of perceptron.train: the weights at the start and after each update, whose example made it, in which epoch, and
// how it ended. `limits`: the rule stops after so many epochs, and so many updates are kept.
export function taught({ x, targets }, rate, start, limits) {
  const weights = [start], examples = [], epochs = [];
  let now = start, epoch = 0, updates = 0, mistakes;
  do {
    [epoch, mistakes] = [epoch + 1, 0];
    for (const [n, point] of x.entries()) {
      const out = output(now, point);
      if (out === targets[n]) continue;
      const added = correction(rate, targets[n], out, point);
      now = now.map((weight, place) => weight + added[place]);
      mistakes += 1;
      updates += 1;
      if (updates > limits.updates) continue;
      weights.push(now);
      examples.push(n);
      epochs.push(epoch);
    }
  } while (mistakes && epoch < limits.epochs);
  const cut = updates > limits.updates ? ` Here the first ${limits.updates} updates can be played.` : "";
  return { weights, examples, epochs, note: ending(x.length, epoch, updates, mistakes) + cut };
}

function ending(count, epoch, updates, mistakes) {
  const made = `${updates} update${updates === 1 ? "" : "s"}`;
  if (!mistakes) return `All ${count} right in epoch ${epoch}, after ${made}.`;
  return `Stopped after ${epoch} epochs and ${made}: the last epoch still had ${mistakes} mistake${mistakes === 1 ? "" : "s"}; either no line separates these data, or it takes longer.`;
}

// The frame [[left, right], [bottom, top]] as the square from -1 to 1: there the line is moved and turned, so that
// it follows the eye also where one axis counts in millimetres and the other in grams.
function intoSquare([bias, a, b], [[left, right], [bottom, top]]) {
  const [rx, ry] = [(right - left) / 2, (top - bottom) / 2], [mx, my] = [(left + right) / 2, (bottom + top) / 2];
  return [bias + a * mx + b * my, a * rx, b * ry];
}

function outOfSquare([bias, a, b], [[left, right], [bottom, top]]) {
  const [rx, ry] = [(right - left) / 2, (top - bottom) / 2], [mx, my] = [(left + right) / 2, (bottom + top) / 2];
  return [bias - (a / rx) * mx - (b / ry) * my, a / rx, b / ry];
}

const CORNERS = [[0, 0], [1, 0], [1, 1], [0, 1]];  // of the frame, around it

// The part of the frame where the unit answers `side`, as a polygon; empty where there is none.
export function sideOf(weights, frame, side) {
  const corners = CORNERS.map(([i, j]) => [frame[0][i], frame[1][j]]);
  return corners.flatMap((corner, n) => {
    const next = corners[(n + 1) % 4], [here, there] = [net(weights, corner), net(weights, next)];
    const kept = output(weights, corner) === side ? [corner] : [];
    if (output(weights, corner) === output(weights, next)) return kept;
    const share = here / (here - there);
    return [...kept, corner.map((value, axis) => value + share * (next[axis] - value))];
  });
}

// The two ends of the line w.x = 0 inside the frame, or null where it is not seen.
export function lineEnds(weights, frame) {
  const [bias, a, b] = intoSquare(weights, frame), length = Math.hypot(a, b);
  if (length === 0) return null;
  const foot = [-(bias * a) / length ** 2, -(bias * b) / length ** 2], along = [-b / length, a / length];
  let [from, to] = [-Infinity, Infinity];  // along the line, from its foot
  for (const axis of [0, 1]) {
    if (along[axis] === 0) {
      if (Math.abs(foot[axis]) > 1) return null;
      continue;
    }
    const crossings = [(-1 - foot[axis]) / along[axis], (1 - foot[axis]) / along[axis]].sort((p, q) => p - q);
    [from, to] = [Math.max(from, crossings[0]), Math.min(to, crossings[1])];
  }
  return from < to ? [from, to].map((t) => fromSquare(foot.map((value, axis) => value + t * along[axis]), frame)) : null;
}

const fromSquare = (point, frame) => point.map((value, axis) => (frame[axis][0] + frame[axis][1]) / 2 + (value * (frame[axis][1] - frame[axis][0])) / 2);

// The direction in which w.x grows, as an arrow of length 1 in a drawing of the frame, whose y goes down.
export function uphill(weights, frame, width, height) {
  const [, a, b] = intoSquare(weights, frame), [dx, dy] = [a / width, -b / height], length = Math.hypot(dx, dy);
  return [dx / length, dy / length];
}

// Where a side's name stands: near the corner of its polygon that is farthest from the line.
export function namePlace(weights, polygon, frame) {
  const corner = polygon.reduce((best, point) => (Math.abs(net(weights, point)) > Math.abs(net(weights, best)) ? point : best));
  return corner.map((value, axis) => value + 0.17 * ((frame[axis][0] + frame[axis][1]) / 2 - value));
}

export function middleOf([[x, y], [u, v]]) {
  return [(x + u) / 2, (y + v) / 2];
}

// The line moved, not turned, so that it goes through a point: only the bias changes.
export function movedTo(weights, point) {
  return [-(weights[1] * point[0] + weights[2] * point[1]), weights[1], weights[2]];
}

// The line moved through the middle of the frame; where the weights make none, a level one with o = +1 above it.
export function throughMiddle(weights, frame) {
  return movedTo(weights[1] || weights[2] ? weights : [0, 0, 1], frame.map(([from, to]) => (from + to) / 2));
}

// The line moved by a share of half the frame towards the side where w.x > 0.
export function movedBy(weights, frame, share) {
  const [bias, a, b] = intoSquare(weights, frame);
  return outOfSquare([bias - share * Math.hypot(a, b), a, b], frame);
}

// The line turned around a point of it, counterclockwise as the picture shows it.
export function turnedBy(weights, frame, pivot, degrees) {
  const [, a, b] = intoSquare(weights, frame), angle = (degrees * Math.PI) / 180;
  const turned = [a * Math.cos(angle) - b * Math.sin(angle), a * Math.sin(angle) + b * Math.cos(angle)];
  return movedTo(outOfSquare([0, ...turned], frame), pivot);
}

// The line turned around a point of it until it goes through another one, the shorter way round.
export function turnedTo(weights, frame, pivot, point) {
  const [, a, b] = intoSquare(weights, frame);
  const [u, v] = [0, 1].map((axis) => (2 * (point[axis] - pivot[axis])) / (frame[axis][1] - frame[axis][0]));
  if (Math.hypot(u, v) === 0) return weights;
  const side = a * -v + b * u < 0 ? -1 : 1, scale = (side * Math.hypot(a, b)) / Math.hypot(u, v);
  return movedTo(outOfSquare([0, -v * scale, u * scale], frame), pivot);
}

// "0.5", "-3", "1e-3" -> a number; anything else -> null. Nothing typed is ever evaluated.
export function parseWeight(text) {
  const plain = text.trim().replace("\u2212", "-").replace(",", ".");
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,2})?$/i.test(plain) ? Number(plain) : null;
  return value !== null && Math.abs(value) <= 1e9 ? value : null;
}

// A weight moved by the arrow keys: `steps` of 0.1, or of the second digit where the weight is large.
export function nudged(value, steps) {
  const unit = Math.max(0.1, 10 ** (Math.floor(Math.log10(Math.abs(value) || 1)) - 1));
  return Number((value + steps * unit).toPrecision(12));
}

const PAIRS = {
  "Adelie / Gentoo": '("Adelie", "Gentoo"), ("bill_length_mm", "bill_depth_mm")',
  "Gentoo / Chinstrap": '("Gentoo", "Chinstrap"), ("bill_length_mm", "body_mass_g")',
  "Adelie / Chinstrap": '("Adelie", "Chinstrap"), ("bill_length_mm", "bill_depth_mm")',
};

// The course_lib call and the PyTorch call that give the very weights shown.
export function showCode({ preset, standardised, learning_rate: rate, start, step, hand, limits }) {
  const pair = PAIRS[preset], list = (weights) => `[${weights.join(", ")}]`;
  const course = [
    `from course_lib import ${pair ? "data, " : ""}perceptron`,
    "",
    ...(pair ? [`x, labels = data.load_penguins(${pair})`] : [`x, targets = perceptron.gate("${preset}")`]),
    ...(pair ? ["targets = 1 - 2 * labels  # +1 for the first species, -1 for the second"] : []),
    ...(pair && standardised ? ["x = perceptron.standardise(x)"] : []),
    ...(hand ? [`weights = ${list(hand)}  # set by hand`] : [
      `result = perceptron.train(x, targets, learning_rate=${rate}, weights=${list(start)}, max_epochs=${limits.epochs})`,
      `weights = result.history[${step}]  # after ${step} updates`]),
    "wrong = perceptron.output(x, weights) != targets",
  ];
  const torch = [
    "import torch",
    "",
    "inputs = torch.cat([torch.ones(len(x), 1, dtype=torch.float64), torch.from_numpy(x)], dim=1)",
    "t = torch.from_numpy(targets).double()",
    `w = torch.tensor(${list(hand ?? start)}, dtype=torch.float64)`,
    ...(hand ? [] : [
      "updates = 0",
      `while updates < ${step}:`,
      "    for x_d, t_d in zip(inputs, t):",
      "        o_d = 1.0 if x_d @ w > 0 else -1.0",
      `        if o_d != t_d and updates < ${step}:`,
      `            w = w + ${rate} * (t_d - o_d) * x_d`,
      "            updates += 1"]),
    "wrong = torch.where(inputs @ w > 0, 1.0, -1.0) != t",
  ];
  return { course: course.join("\n"), torch: torch.join("\n") };
}
