// The decision surface's pure functions. A network here has two inputs and one output:
// weights = { hidden: [[w1, w2], ...], hidden_bias: [b, ...], output: [[v1, v2, ...]], output_bias: [c] }, as in two_layer.Weights.
// A box is { x: [left, right], y: [low, high] }, the part of the plane that is shown.
const BLUE = [33, 102, 172], WHITE = [247, 247, 247], ORANGE = [179, 88, 6];

export function squash(net) {
  const small = Math.exp(-Math.abs(net));
  return (net >= 0 ? 1 : small) / (1 + small);
}

// What every unit answers at the point (a, b).
export function unitsAt(weights, [a, b]) {
  const hidden = weights.hidden.map(([w1, w2], unit) => squash(w1 * a + w2 * b + weights.hidden_bias[unit]));
  return { hidden, output: squash(hidden.reduce((net, o, unit) => net + weights.output[0][unit] * o, weights.output_bias[0])) };
}

// The output at the middle of each cell of a grid over the box, row by row from the top.
export function surface(weights, box, columns, rows, reuse) {
  const values = reuse?.length === columns * rows ? reuse : new Float64Array(columns * rows);
  const [left, right] = box.x, [low, high] = box.y, [v] = weights.output, units = v.length;
  for (let row = 0, cell = 0; row < rows; row++) {
    const b = high - ((row + 0.5) / rows) * (high - low);
    for (let column = 0; column < columns; column++, cell++) {
      const a = left + ((column + 0.5) / columns) * (right - left);
      let net = weights.output_bias[0];
      for (let unit = 0; unit < units; unit++) net += v[unit] * squash(weights.hidden[unit][0] * a + weights.hidden[unit][1] * b + weights.hidden_bias[unit]);
      values[cell] = squash(net);
    }
  }
  return values;
}

// Outputs as colours, RGBA bytes: 0 is blue, 0.5 white, 1 orange.
export function outputColours(values, reuse) {
  const rgba = reuse?.length === 4 * values.length ? reuse : new Uint8ClampedArray(4 * values.length).fill(255);
  values.forEach((value, cell) => {
    const end = value < 0.5 ? BLUE : ORANGE, share = Math.abs(2 * value - 1);
    for (let part = 0; part < 3; part++) rgba[4 * cell + part] = Math.floor(WHITE[part] + (end[part] - WHITE[part]) * share + 0.5);
  });
  return rgba;
}

// The line on which the output is 0.5, as pieces [[a, b], [a, b]] from one edge of a square between four cells to another.
export function boundary(values, box, columns, rows) {
  const place = (column, row) => [box.x[0] + ((column + 0.5) / columns) * (box.x[1] - box.x[0]), box.y[1] - ((row + 0.5) / rows) * (box.y[1] - box.y[0])];
  const pieces = [];
  for (let row = 0; row + 1 < rows; row++) {
    for (let column = 0; column + 1 < columns; column++) {
      const corners = [[column, row], [column + 1, row], [column + 1, row + 1], [column, row + 1]];
      const above = corners.map(([c, r]) => values[r * columns + c] - 0.5), crossings = [];
      if (above.every((value) => value > 0) || above.every((value) => value <= 0)) continue;
      above.forEach((value, n) => {
        const next = (n + 1) % 4;
        if (value > 0 === above[next] > 0) return;
        const share = value / (value - above[next]);
        crossings.push(place(...[0, 1].map((axis) => corners[n][axis] + share * (corners[next][axis] - corners[n][axis]))));
      });
      for (let n = 0; n < crossings.length; n += 2) pieces.push([crossings[n], crossings[n + 1]]);
    }
  }
  return pieces;
}

// Where a hidden unit's net input is 0: { ends: two points on the box's edge, label: a point on the side where the unit answers
// more than 0.5 }, or null where the line does not cross the box.
export function hiddenLine([w1, w2], bias, box) {
  const [width, height] = [box.x[1] - box.x[0], box.y[1] - box.y[0]];
  const u = w1 * width, v = w2 * height, c = w1 * box.x[0] + w2 * box.y[0] + bias;  // in shares of the box: u s + v t + c = 0
  const inside = (share) => share >= 0 && share <= 1;
  const found = [[0, -c / v], [1, -(u + c) / v], [-c / u, 0], [-(v + c) / u, 1]].filter(([s, t]) => inside(s) && inside(t));
  const apart = found.map((one) => found.map((other) => Math.hypot(one[0] - other[0], one[1] - other[1])));
  const longest = Math.max(...apart.flat());
  if (!(longest > 1e-9)) return null;
  const first = apart.findIndex((row) => row.includes(longest)), second = apart[first].indexOf(longest);
  const length = Math.hypot(u, v), middle = [0, 1].map((axis) => (found[first][axis] + found[second][axis]) / 2 + (0.05 * [u, v][axis]) / length);
  const back = ([s, t]) => [box.x[0] + s * width, box.y[0] + t * height];
  return { ends: [back(found[first]), back(found[second])], label: back(middle.map((share) => Math.max(0.03, Math.min(0.97, share)))) };
}

// For each point whether the output is on its target's side of 0.5.
export function judged(weights, points, labels) {
  return points.map((point, n) => (unitsAt(weights, point).output > 0.5) === (labels[n] === 1));
}

const rounded = (value, digits) => value.toFixed(digits).replace("-", "\u2212");

export function progressText(state, training, right) {
  const epoch = training.epochs[state.snapshot];
  return `After epoch ${epoch} of ${training.epochs.at(-1)}: error ${rounded(training.error[epoch], 3)}, ${right.filter(Boolean).length} of ${right.length} points on the right side.`;
}

export function pointText(weights, point) {
  const { hidden, output } = unitsAt(weights, point);
  const units = hidden.length === 1 ? "hidden unit" : "hidden units";
  return `At (${point.map((value) => rounded(value, 2)).join(", ")}): ${units} ${hidden.map((o) => rounded(o, 2)).join(", ")}; output ${rounded(output, 2)}.`;
}

// The point so many hundredths of the box further right and up; it stays in the box.
export function moved(point, [right, up], box) {
  const put = (value, by, [low, high]) => Math.max(low, Math.min(high, Math.round((value + (by * (high - low)) / 100) * 1e4) / 1e4));
  return [put(point[0], right, box.x), put(point[1], up, box.y)];
}

export const sameSettings = (one, other) => Object.keys(one).every((name) => one[name] === other[name]);

const DATA = {
  "XOR": "x, t = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0], [1], [1], [0]])",
  "two moons": "x, labels = data.two_moons(100)\nt = labels[:, None]",
};

// The calls of course_lib and of PyTorch that give the network shown, as the array `outputs`.
export function showCode(state, training) {
  const epoch = training.epochs[state.snapshot];
  return {
    course: `import numpy as np

from course_lib import ${state.preset === "XOR" ? "" : "data, "}two_layer

${DATA[state.preset]}
start = two_layer.Weights.random(2, ${state.hidden}, 1, np.random.default_rng(${state.seed}), scale=1)
training = two_layer.train(start, x, t, ${state.learning_rate}, ${state.momentum}, epochs=${training.epochs.at(-1)}, order="batch", keep=${training.epochs.length - 1})
weights = training.kept[${state.snapshot}]  # after epoch ${epoch}
outputs = two_layer.forward(weights, x).o_output`,
    torch: `import torch

network = torch.nn.Sequential(
    torch.nn.Linear(2, ${state.hidden}), torch.nn.Sigmoid(), torch.nn.Linear(${state.hidden}, 1), torch.nn.Sigmoid()
).double()
with torch.no_grad():
    for own, given in zip(network.parameters(), (start.hidden, start.hidden_bias, start.output, start.output_bias)):
        own.copy_(torch.tensor(given))
optimizer = torch.optim.SGD(network.parameters(), lr=${state.learning_rate}, momentum=${state.momentum})
for epoch in range(${epoch}):
    optimizer.zero_grad()
    error = 0.5 * ((torch.tensor(t) - network(torch.tensor(x).double())) ** 2).sum()
    error.backward()
    optimizer.step()
outputs = network(torch.tensor(x).double()).detach()`,
  };
}
