// What the transposed explorer computes while a hand moves: pure functions, the twins of convolution.conv_transpose2d.
// A grid is a list of rows. `state` has size, kernel_size, stride, padding, output_padding and dilation, the same for
// height and width, and x and weight, of which the first `size` and `kernel_size` rows and columns count.

// Everything about one axis. The stamps lie on a canvas, from whose two ends the padding is taken away; the window
// slides over the stretched input, with `before` and `after` zeros at its ends (below 0: so many cells taken away).
export function axisOf({ size, kernel_size: kernel, stride, padding, output_padding: extra, dilation }) {
  const extent = dilation * (kernel - 1) + 1, stretched = (size - 1) * stride + 1, before = extent - 1 - padding;
  const canvas = stretched + extent - 1 + extra, out = canvas - 2 * padding;
  const axis = { size, kernel, stride, padding, extra, dilation, extent, stretched, before, after: before + extra, canvas, out, gathered: out + extent - 1 };
  return { ...axis, refused: refusal(axis) };
}

// Why the settings are refused, in the words of shapes.conv_transpose_output_size, and what would do; "" where they fit.
function refusal({ size, stride, dilation, padding, extra, canvas, out }) {
  const most = Math.max(stride, dilation) - 1;
  if (extra > most) {
    return `output_padding must be below the stride ${stride} or the dilation ${dilation}, not ${extra}: it chooses among the sizes that the stride makes equal. An output padding of at most ${most} would do, or a stride of ${extra + 1}.`;
  }
  if (out < 1) return `nothing is left: ${size} pixels spread to ${canvas}, and padding takes away ${padding} + ${padding}. A padding of at most ${Math.floor((canvas - 1) / 2)} would do.`;
  return "";
}

export const cornerOf = (grid, side) => grid.slice(0, side).map((row) => row.slice(0, side));
export const turned = (grid) => grid.map((row) => [...row].reverse()).reverse();
const zeros = (side) => Array.from({ length: side }, () => new Array(side).fill(0));

// The places along one axis that a kernel laid down at `start` meets.
export function taps(axis, start) {
  return Array.from({ length: axis.kernel }, (_, u) => start + u * axis.dilation);
}

// Where stamp n, counted from 0 in reading order, lies on the canvas.
export function stampAt(axis, n) {
  return { rows: taps(axis, Math.floor(n / axis.size) * axis.stride), columns: taps(axis, (n % axis.size) * axis.stride) };
}

// The canvas after so many stamps: { sums, counts }, what its cells hold and how many stamps each has got.
export function canvasAfter(state, axis, stamps) {
  const sums = zeros(axis.canvas), counts = zeros(axis.canvas);
  for (let n = 0; n < stamps; n++) {
    const { rows, columns } = stampAt(axis, n), value = state.x[Math.floor(n / axis.size)][n % axis.size];
    rows.forEach((row, u) => columns.forEach((column, v) => {
      sums[row][column] += value * state.weight[u][v];
      counts[row][column] += 1;
    }));
  }
  return { sums, counts };
}

// How many stamps each cell of the output gets: along one axis so many, in the map the product of two.
export function overlapMap(axis) {
  const counts = new Array(axis.canvas).fill(0);
  for (let i = 0; i < axis.size; i++) for (const place of taps(axis, i * axis.stride)) counts[place] += 1;
  const along = counts.slice(axis.padding, axis.padding + axis.out);
  return along.map((rows) => along.map((columns) => rows * columns));
}

// The different numbers of stamps that cells far from every edge get, in order: they repeat with the stride.
export function insideCounts({ stride, kernel, dilation }) {
  const along = new Array(stride).fill(0);
  for (let u = 0; u < kernel; u++) along[(u * dilation) % stride] += 1;
  return [...new Set(along.flatMap((rows) => along.map((columns) => rows * columns)))].sort((a, b) => a - b);
}

// What stands at a place along one axis of what the window slides over.
function kindAlong(axis, place) {
  const inside = place - axis.before;
  if (inside >= axis.stretched && place >= axis.gathered - axis.extra) return "extra";
  if (inside < 0 || inside >= axis.stretched) return "padding";
  return inside % axis.stride === 0 ? "input" : "between";
}

// "input", a zero put "between", a zero of the "padding", or an "extra" one of the output padding.
export function kindAt(axis, row, column) {
  const kinds = [kindAlong(axis, row), kindAlong(axis, column)];
  return ["extra", "padding", "between"].find((kind) => kinds.includes(kind)) ?? "input";
}

// What the window slides over: zeros between the input's cells, and around them.
export function gatheredInput(state, axis) {
  const source = (place) => (place - axis.before) / axis.stride;
  return zeros(axis.gathered).map((row, i) => row.map((_, j) => (kindAt(axis, i, j) === "input" ? state.x[source(i)][source(j)] : 0)));
}

// [number, weight] for each weight of the turned kernel that meets a number of the input, at window (i, j).
export function meetings(state, axis, i, j) {
  const grid = gatheredInput(state, axis), kernel = turned(cornerOf(state.weight, axis.kernel)), columns = taps(axis, j);
  return taps(axis, i).flatMap((row, u) => columns.flatMap((column, v) => (kindAt(axis, row, column) === "input" ? [[grid[row][column], kernel[u][v]]] : [])));
}

// The output, gathered: the turned kernel on every window, all its zeros included.
export function gatheredOutput(state, axis) {
  const grid = gatheredInput(state, axis), kernel = turned(cornerOf(state.weight, axis.kernel)), { dilation } = axis;
  const sumAt = (i, j) => kernel.reduce((sum, row, u) => row.reduce((part, weight, v) => part + weight * grid[i + u * dilation][j + v * dilation], sum), 0);
  return zeros(axis.out).map((row, i) => row.map((_, j) => sumAt(i, j)));
}

// The sizes of which a convolution with the same numbers makes `size`.
export function sizesBack({ canvas, extra, padding, stride }) {
  const smallest = canvas - extra - 2 * padding;
  return Array.from({ length: stride }, (_, n) => smallest + n).filter((size) => size >= 1);
}

// The stamp, or the window, that lies nearest to a place of its grid, counted from 0 in reading order.
export function stampNear(axis, row, column) {
  const nearest = (place) => Math.max(0, Math.min(axis.size - 1, Math.round((place - (axis.extent - 1) / 2) / axis.stride)));
  return nearest(row) * axis.size + nearest(column);
}
export function windowNear(axis, row, column) {
  const nearest = (place) => Math.max(0, Math.min(axis.out - 1, Math.round(place)));
  return nearest(row) * axis.out + nearest(column);
}

// "3" -> 3, from -9 to 9; anything else -> null. Nothing typed is ever evaluated.
export function parseDigit(text) {
  const plain = text.trim().replace("\u2212", "-");
  return /^[+-]?[0-9]$/.test(plain) ? Number(plain) + 0 : null;
}

export const steppedDigit = (value, step) => Math.max(-9, Math.min(9, value + step));
export const plainText = (value) => String(value).replace("-", "\u2212");
const signed = (value) => (value < 0 ? `(${plainText(value)})` : String(value));
const listed = (values, word) => (values.length > 1 ? `${values.slice(0, -1).join(", ")} ${word} ${values.at(-1)}` : `${values[0]}`);
const counted = (count, thing) => `${count} ${thing}${count === 1 ? "" : "s"}`;

// A 5 x 5 grid of which any corner will do; the tent is made for one side: 1 2 1, 1 3 3 1, 1 2 3 2 1.
export const COUNTING = [[1, 2, 3, 1, 2], [4, 5, 6, 3, 4], [7, 8, 9, 5, 6], [1, 3, 5, 7, 8], [2, 4, 6, 8, 9]];
export function filling(name, side) {
  const tent = side === 4 ? [1, 3, 3, 1] : Array.from({ length: side }, (_, n) => Math.min(n + 1, side - n)), middle = Math.floor((side - 1) / 2);
  const value = { "ones": () => 1, "1 2 3": (i, j) => COUNTING[i][j], "tent": (i, j) => (tent[i] ?? 0) * (tent[j] ?? 0), "one dot": (i, j) => Number(i === middle && j === middle) }[name];
  return COUNTING.map((row, i) => row.map((_, j) => value(i, j)));
}

// The size formula with its numbers: "2·(3 − 1) + 3 − 2·0 + 0 = 7".
export function sizeText({ size, kernel, stride, padding, extra, dilation, out }) {
  const span = dilation === 1 ? `${kernel}` : `${dilation}\u00b7(${kernel} \u2212 1) + 1`;
  return `${stride}\u00b7(${size} \u2212 1) + ${span} \u2212 2\u00b7${padding} + ${extra} = ${plainText(out)}`;
}

// The same size on the way of the window.
export function gatherText({ size, stride, stretched, before, after, gathered, extent, out }) {
  const ends = Math.min(before, after) < 0 ? `${plainText(before)} before and ${plainText(after)} after (below 0: cells taken away)` : `${counted(before, "zero")} before and ${after} after`;
  return `stretched to ${stride}\u00b7(${size} \u2212 1) + 1 = ${stretched}; ${ends}: ${gathered}; ${gathered} \u2212 ${extent} + 1 = ${out}`;
}

export function sizesText(axis) {
  const sizes = sizesBack(axis), which = sizes.length > 1 ? ": output padding says which is meant" : "";
  const beyond = sizes.includes(axis.out) ? "" : ` Here the output padding is not below the stride, and ${axis.out} is none of these.`;
  return `A convolution with the same numbers makes ${axis.size} of ${listed(sizes, "or")}${which}.${beyond}`;
}

// What the last of so many stamps does.
export function stampText(state, axis, stamps) {
  if (stamps === 0) return "The canvas is empty.";
  const n = stamps - 1, { rows, columns } = stampAt(axis, n), { counts } = canvasAfter(state, axis, n);
  const before = rows.flatMap((row) => columns.filter((column) => counts[row][column] > 0)).length, value = state.x[Math.floor(n / axis.size)][n % axis.size];
  const adds = before ? `${before} of its ${axis.kernel ** 2} cells had a stamp already: there it adds.` : "All its cells were empty.";
  return `Stamp ${stamps}: ${plainText(value)} times the kernel, from row ${rows[0]}, column ${columns[0]} of the canvas on. ${adds}`;
}

// What the last of so many windows gathers.
export function windowText(state, axis, windows) {
  if (windows === 0) return "No window yet.";
  const i = Math.floor((windows - 1) / axis.out), j = (windows - 1) % axis.out, met = meetings(state, axis, i, j), all = axis.kernel ** 2;
  const start = `Row ${i}, column ${j}: ${met.length} of ${counted(all, "weight")} ${met.length === 1 ? "meets" : "meet"} a number of the input`;
  const shown = met.slice(0, 9).map(([number, weight]) => `${signed(number)}\u00b7${signed(weight)}`).join(" + ");
  const sum = met.reduce((total, [number, weight]) => total + number * weight, 0);
  return met.length ? `${start}: ${shown}${met.length > 9 ? " + \u2026" : ""} = ${plainText(sum)}.` : `${start}: 0.`;
}

// Whether the stamps lie evenly.
export function overlapText(axis) {
  const inside = insideCounts(axis), spread = axis.dilation > 1 ? `, dilation ${axis.dilation}` : "";
  if (inside.length === 1) return `Inside, far from the edges, every cell gets ${counted(inside[0], "stamp")}: even.`;
  const holes = inside[0] === 0 ? " Cells with a cross get none: they stay 0." : "";
  return `Inside, far from the edges, cells get ${listed(inside, "or")} stamps: an uneven pattern, for kernel size ${axis.kernel}${spread} with stride ${axis.stride}.${holes}`;
}

const asPython = (name, grid) => `${name} = np.array([${grid.map((row) => `[${row.join(", ")}]`).join(`,\n${" ".repeat(name.length + 13)}`)}], dtype=float)[None, None]`;

// The course_lib calls and the PyTorch calls that give the numbers shown.
export function showCode(state, axis) {
  const { stride, padding, extra, dilation, before, after, stretched } = axis;
  const settings = `stride=${stride}, padding=${padding}, output_padding=${extra}, dilation=${dilation}`;
  const arrays = ["import numpy as np", "from course_lib import convolution", "",
    `${asPython("x", cornerOf(state.x, axis.size))}  # (N, C, H, W)`, `${asPython("weight", cornerOf(state.weight, axis.kernel))}  # (C, F, KH, KW)`, ""];
  const call = `out = convolution.conv_transpose2d(x, weight, ${settings})`;
  const torch = ["import torch", "import torch.nn.functional as F", "", "t, w = torch.from_numpy(x), torch.from_numpy(weight)", `out = F.conv_transpose2d(t, w, ${settings})`];
  if (axis.refused) return { course: [...arrays, call, "# raises a ValueError that says why"].join("\n"), torch: [...torch, "# PyTorch refuses as well"].join("\n") };
  const [first, last] = [Math.max(0, -before), stretched - Math.max(0, -after)], [top, bottom] = [Math.max(0, before), Math.max(0, after)];
  const cut = first > 0 || last < stretched ? [`stretched = stretched[..., ${first}:${last}, ${first}:${last}]  # padding takes more away than the kernel adds`] : [];
  return {
    course: [...arrays, call, `stamps = convolution.conv_transpose2d(np.ones(x.shape), np.ones(weight.shape),`, `${" ".repeat(38)}${settings})`, "",
      "# the same, gathered", `stretched = np.zeros((1, 1, ${stretched}, ${stretched}))`, `stretched[..., ::${stride}, ::${stride}] = x`, ...cut,
      `same = convolution.conv2d(stretched, weight[..., ::-1, ::-1], padding=((${top}, ${bottom}), (${top}, ${bottom})), dilation=${dilation})`].join("\n"),
    torch: torch.join("\n"),
  };
}
