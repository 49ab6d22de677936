// What the pooling explorer computes while a hand moves: pure functions, the twins of course_lib/pooling.py.
// A grid is a list of rows; `state` has kind ("max", "mean", "sum", "L2" or "p-norm"), p, kernel_size and stride.

export const DIRECTIONS = { right: [0, 1], left: [0, -1], down: [1, 0], up: [-1, 0] };  // rows, columns

export function outputSize(size, { kernel_size, stride }) {
  return Math.floor((size - kernel_size) / stride) + 1;
}

// The windows in reading order: { i, j } in the result, { top, left } on the grid.
export function windowsOf(cells, state) {
  const height = outputSize(cells.length, state), width = outputSize(cells[0].length, state);
  return Array.from({ length: height * width }, (_, n) => {
    const i = Math.floor(n / width), j = n % width;
    return { i, j, top: i * state.stride, left: j * state.stride };
  });
}

// The [row, column] of each cell of a window, in reading order.
export function placesOf({ top, left }, { kernel_size }) {
  return Array.from({ length: kernel_size ** 2 }, (_, n) => [top + Math.floor(n / kernel_size), left + (n % kernel_size)]);
}

// Whether one cell wins the window: then the result is that cell, and the gradient goes to it alone.
export function hasWinner({ kind, p }) {
  return kind === "max" || (kind === "p-norm" && p === "max");
}

// The place of the winner among the values; of equal ones the first.
export function winnerOf(values, { kind }) {
  const sizes = kind === "max" ? values : values.map(Math.abs);
  return sizes.indexOf(Math.max(...sizes));
}

const exponent = ({ kind, p }) => (kind === "L2" ? 2 : p);

// (sum of |value|^p)^(1/p), divided by the largest magnitude first: no power overflows.
function norm(values, p) {
  const largest = Math.max(...values.map(Math.abs));
  if (largest === 0) return 0;
  return largest * values.reduce((sum, value) => sum + (Math.abs(value) / largest) ** p, 0) ** (1 / p);
}

// What divides the sum of powers: the source's p-norm takes their mean, the L2 norm their sum.
const share = (count, { kind, p }) => (kind === "p-norm" ? count ** (-1 / p) : 1);

// The number that a window's values become.
export function pooledValue(values, state) {
  const { kind } = state;
  if (kind === "max") return Math.max(...values);
  if (hasWinner(state)) return Math.max(...values.map(Math.abs));
  if (kind === "mean" || kind === "sum") return values.reduce((sum, value) => sum + value, 0) / (kind === "mean" ? values.length : 1);
  return norm(values, exponent(state)) * share(values.length, state);
}

// How much the result grows when a value does: one slope for each value of a window.
export function slopes(values, state) {
  const { kind } = state;
  if (hasWinner(state)) {
    const winner = winnerOf(values, state);
    return values.map((value, n) => (n === winner ? (kind === "max" ? 1 : Math.sign(value)) : 0));
  }
  if (kind === "mean" || kind === "sum") return values.map(() => (kind === "mean" ? 1 / values.length : 1));
  const p = exponent(state), length = norm(values, p) || 1;
  return values.map((value) => Math.sign(value) * (Math.abs(value) / length) ** (p - 1) * share(values.length, state));
}

export const valuesAt = (cells, places) => places.map(([row, column]) => cells[row][column]);

// How full the colour of each cell is, 0 to 1: from the smallest number to the largest, or with signs by magnitude.
export function tintsOf(rows) {
  const all = rows.flat(), signed = all.some((value) => value < 0), sizes = signed ? all.map(Math.abs) : all;
  const low = signed ? 0 : Math.min(...all), high = Math.max(...sizes);
  return rows.map((row) => row.map((value) => (high > low ? ((signed ? Math.abs(value) : value) - low) / (high - low) : 0)));
}

// The result, row by row.
export function pooled(cells, state) {
  const width = outputSize(cells[0].length, state), out = [];
  for (const { i, j, ...corner } of windowsOf(cells, state)) {
    if (j === 0) out.push(new Array(width));
    out[i][j] = pooledValue(valuesAt(cells, placesOf(corner, state)), state);
  }
  return out;
}

// The gradient that arrives at the result: ones, or 1, 2, 3, ... in reading order.
export function gradientOf(out, upstream) {
  return out.map((row, i) => row.map((_, j) => (upstream === "ones" ? 1 : i * row.length + j + 1)));
}

// The gradient at each cell: what the windows that read it send back, added up.
export function gradientBack(cells, state, gradient) {
  const back = cells.map((row) => row.map(() => 0));
  for (const place of windowsOf(cells, state)) {
    const places = placesOf(place, state), ofEach = slopes(valuesAt(cells, places), state);
    places.forEach(([row, column], n) => { back[row][column] += gradient[place.i][place.j] * ofEach[n]; });
  }
  return back;
}

// For each cell, how many windows read it and how many it wins.
export function countsOf(cells, state) {
  const counts = cells.map((row) => row.map(() => ({ reads: 0, wins: 0 })));
  for (const place of windowsOf(cells, state)) {
    const places = placesOf(place, state);
    for (const [row, column] of places) counts[row][column].reads += 1;
    if (!hasWinner(state)) continue;
    const [row, column] = places[winnerOf(valuesAt(cells, places), state)];
    counts[row][column].wins += 1;
  }
  return counts;
}

// The picture moved by one cell; what comes in at the edge repeats the edge.
export function shifted(cells, direction) {
  if (direction === "none") return cells;
  const [down, right] = DIRECTIONS[direction], inside = (place, size) => Math.max(0, Math.min(size - 1, place));
  return cells.map((row, i) => row.map((_, j) => cells[inside(i - down, cells.length)][inside(j - right, row.length)]));
}

// One cell of each window, its first: smaller, but nothing pooled.
export function subsampled(cells, state) {
  const width = outputSize(cells[0].length, state), height = outputSize(cells.length, state);
  return Array.from({ length: height }, (_, i) => Array.from({ length: width }, (_, j) => cells[i * state.stride][j * state.stride]));
}

// How different two grids are: the sum of the differences in percent of the first one's sum (null where that is 0), and
// how many cells differ.
export function changeOf(before, after) {
  const from = before.flat(), to = after.flat();
  const moved = from.map((value, n) => Math.abs(to[n] - value)), size = from.reduce((sum, value) => sum + Math.abs(value), 0);
  return { percent: size === 0 ? null : (100 * moved.reduce((sum, value) => sum + value, 0)) / size, changed: moved.filter(Boolean).length, of: from.length };
}

// "0.5", "-3", ".25" -> a number from -1000 to 1000; anything else -> null. Nothing typed is ever evaluated.
export function parseCell(text) {
  const plain = text.trim().replace("\u2212", "-").replace(",", ".");
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)$/.test(plain)) return null;
  return Math.abs(Number(plain)) <= 1000 ? Number(plain) + 0 : null;
}

// One more or less, within what a cell takes, without the noise of binary fractions.
export function nudged(value, steps) {
  return Math.max(-1000, Math.min(1000, Number((value + steps).toFixed(6))));
}

// At most `digits` significant digits, a real minus sign, small rests as 0.
export function written(value, digits = 4) {
  const text = Math.abs(value) < 5e-5 ? "0" : String(Number(value.toPrecision(digits)));
  return text.replace("-", "\u2212");
}

// The same for a small cell: at most three decimals.
export function writtenShort(value) {
  return written(Number(value.toFixed(3)));
}

// A window's sum with its numbers in it: "max(1, 1, 5, 6) = 6".
export function windowWords(values, state) {
  const result = written(pooledValue(values, state)), plain = values.map((value) => written(value)), { kind, p } = state;
  const sizes = values.map((value) => (value < 0 ? `|${written(value)}|` : written(value)));
  const signed = values.map((value) => (value < 0 ? `(${written(value)})` : written(value))).join(" + ");
  if (kind === "max") return `max(${plain.join(", ")}) = ${result}`;
  if (hasWinner(state)) return `max(${sizes.join(", ")}) = ${result}`;
  if (kind === "sum") return `${signed} = ${result}`;
  if (kind === "mean") return `(${signed}) / ${values.length} = ${result}`;
  if (kind === "L2") return `\u221a(${sizes.map((size) => `${size}\u00b2`).join(" + ")}) = ${result}`;
  return `((${sizes.map((size) => (p === 1 ? size : `${size}^${p}`)).join(" + ")}) / ${values.length})${p === 1 ? "" : `^(1/${p})`} = ${result}`;
}

// What becomes of the gradient that arrives at a window.
export function gradientWords(values, state, gradient) {
  const ofEach = slopes(values, state), parts = ofEach.map((slope) => gradient * slope), count = values.length, all = written(gradient);
  if (hasWinner(state)) {
    const winner = winnerOf(values, state), equals = values.filter((value) => value === values[winner]).length;
    const tie = equals > 1 ? ` ${equals} cells hold it: the first in reading order wins.` : "";
    return `The gradient ${all} goes to the winner alone, the ${written(values[winner])}.${tie}`;
  }
  if (state.kind === "sum") return `Each of the ${count} cells gets the whole gradient, ${all}.`;
  if (state.kind === "mean") return `The gradient ${all} is shared evenly: each of the ${count} cells gets ${written(parts[0])}.`;
  if (values.every((value) => value === 0)) return "All cells are 0: there the norm has a kink, and no gradient is passed on.";
  const sizes = values.map(Math.abs), most = sizes.indexOf(Math.max(...sizes)), least = sizes.indexOf(Math.min(...sizes));
  if (Math.abs(parts[most]) === Math.abs(parts[least])) return `The gradient ${all} is weighted; here each of the ${count} cells gets ${written(parts[most])}.`;
  return `The gradient ${all} is weighted: the ${written(values[most])} gets ${written(parts[most])}, the ${written(values[least])} gets ${written(parts[least])}.`;
}

// How many cells no window reads, from what countsOf found.
export function unreadWords(counts) {
  const unread = counts.flat().filter(({ reads }) => reads === 0).length;
  return unread === 0 ? "" : `No window reads the ${unread} hatched cells.`;
}

// How much one cell's shift matters, for the picture, for cells picked from it and for the result.
export function shiftWords(cells, state) {
  if (state.shift === "none") return "";
  const moved = shifted(cells, state.shift), word = ({ percent, changed }) => (percent !== null ? `${written(percent, 2)} %` : changed ? "\u221e % (all of it was 0)" : "0 %");
  const [picture, picked, result] = [changeOf(cells, moved), changeOf(subsampled(cells, state), subsampled(moved, state)), changeOf(pooled(cells, state), pooled(moved, state))];
  return `Moved one cell ${state.shift}: the grid changes by ${word(picture)}, the first cells of the windows by ${word(picked)}, the result by ${word(result)} (${result.changed} of its ${result.of} numbers). To type, set shift to none.`;
}

function courseCalls(state) {
  const { kind, p, kernel_size, stride } = state, window = `${kernel_size}, stride=${stride}`;
  const means = kind === "mean" || kind === "sum", magnitudes = kind === "p-norm" && p === "max";
  const name = hasWinner(state) ? "max" : means ? "avg" : "lp", before = name === "lp" ? `${exponent(state)}, ` : "";
  const map = magnitudes ? "abs(x)" : "x", after = kind === "sum" ? ` * ${kernel_size ** 2}` : "";
  const rest = `${map}, ${before}${window}${name === "lp" && kind !== "L2" ? ", mean=True" : ""})${after}`;
  return { forward: `out = pooling.${name}_pool2d(${rest}`, backward: `grad_x = pooling.${name}_pool2d_backward(grad_out, ${rest}${magnitudes ? " * np.sign(x)" : ""}` };
}

function torchCall({ kind, p, kernel_size, stride }) {
  const window = `${kernel_size}, stride=${stride}`;
  if (kind === "max") return `F.max_pool2d(t, ${window})`;
  if (kind === "mean") return `F.avg_pool2d(t, ${window})`;
  if (kind === "sum") return `F.avg_pool2d(t, ${window}, divisor_override=1)`;
  if (kind === "L2") return `F.lp_pool2d(t, 2, ${window})`;
  return p === "max" ? `F.max_pool2d(t.abs(), ${window})` : `F.lp_pool2d(t.abs(), ${p}, ${window}) / ${kernel_size ** 2} ** (1 / ${p})`;
}

// The course_lib calls and the PyTorch calls that give the numbers shown.
export function showCode(cells, state) {
  const rows = shifted(cells, state.shift).map((row) => `[${row.join(", ")}]`).join(",\n              ");
  const { forward, backward } = courseCalls(state);
  const upstream = state.upstream === "ones" ? "np.ones(out.shape)" : "np.arange(1.0, out.size + 1).reshape(out.shape)";
  return {
    course: ["import numpy as np", "from course_lib import pooling", "", `x = np.array([${rows}], dtype=float)[None, None]  # (N, C, H, W)`,
      forward, `grad_out = ${upstream}`, backward].join("\n"),
    torch: ["import torch", "import torch.nn.functional as F", "", "t = torch.from_numpy(x).requires_grad_()",
      `out = ${torchCall(state)}`, "out.backward(torch.from_numpy(grad_out))", "grad_x = t.grad"].join("\n"),
  };
}
