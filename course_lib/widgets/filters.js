// What the kernel playground computes while a hand moves: pure functions, the twins of course_lib/filters.py.
// Sums run over the kernel row by row in float64, as filters.correlate2d does, so both give the same bits.

export const BORDERS = ["zero", "edge", "reflect", "wrap", "valid"];

// For each place of a padded row, the place in the unpadded one that it copies; -1 for a black pixel.
export function borderPlaces(size, pixels, border) {
  return Int32Array.from({ length: size + 2 * pixels }, (_, place) => {
    const at = place - pixels;
    if (at >= 0 && at < size) return at;
    if (border === "zero") return -1;
    if (border === "edge" || size === 1) return at < 0 ? 0 : size - 1;
    if (border === "wrap") return ((at % size) + size) % size;
    const period = 2 * (size - 1);
    const folded = ((at % period) + period) % period;
    return folded < size ? folded : period - folded;
  });
}

// A plane is { values: Float64Array, height, width }, row after row.
export function padPlane(plane, rows, columns, border) {
  if (border === "valid") return plane;
  const fromRow = borderPlaces(plane.height, rows, border);
  const fromColumn = borderPlaces(plane.width, columns, border);
  const height = fromRow.length, width = fromColumn.length;
  const values = new Float64Array(height * width);
  for (let i = 0; i < height; i++) {
    if (fromRow[i] < 0) continue;
    const source = fromRow[i] * plane.width;
    for (let j = 0; j < width; j++) {
      if (fromColumn[j] >= 0) values[i * width + j] = plane.values[source + fromColumn[j]];
    }
  }
  return { values, height, width };
}

// The kernel laid on every place of a padded plane where it fits; null where it fits nowhere.
export function correlatePadded(padded, kernel) {
  const kernelWidth = kernel[0].length;
  const height = padded.height - kernel.length + 1, width = padded.width - kernelWidth + 1;
  if (height < 1 || width < 1) return null;
  const out = new Float64Array(height * width);
  const addRow = { 3: addRow3, 5: addRow5 }[kernelWidth] ?? addRowAny;
  kernel.forEach((weights, u) => {
    if (weights.every((weight) => weight === 0)) return;
    for (let i = 0; i < height; i++) addRow(out, i * width, width, padded.values, (i + u) * padded.width, weights);
  });
  return { values: out, height, width };
}

// Written out for the sizes that the playground uses: twice as fast as the general one, the same sums.
function addRow3(out, start, width, values, from, [a, b, c]) {
  for (let j = 0; j < width; j++) {
    const at = from + j;
    out[start + j] = out[start + j] + a * values[at] + b * values[at + 1] + c * values[at + 2];
  }
}

function addRow5(out, start, width, values, from, [a, b, c, d, e]) {
  for (let j = 0; j < width; j++) {
    const at = from + j;
    out[start + j] = out[start + j] + a * values[at] + b * values[at + 1] + c * values[at + 2]
      + d * values[at + 3] + e * values[at + 4];
  }
}

function addRowAny(out, start, width, values, from, weights) {
  for (let j = 0; j < width; j++) {
    let sum = out[start + j];
    for (let v = 0; v < weights.length; v++) sum += weights[v] * values[from + j + v];
    out[start + j] = sum;
  }
}

export function correlate2d(plane, kernel, border) {
  const rows = (kernel.length - 1) / 2, columns = (kernel[0].length - 1) / 2;
  return correlatePadded(padPlane(plane, rows, columns, border), kernel);
}

export function turned(kernel) {
  return kernel.map((row) => [...row].reverse()).reverse();
}

export function kernelSum(kernel) {
  return kernel.flat().reduce((sum, weight) => sum + weight, 0);
}

// Twin of filters.gaussian_kernel.
export function gaussianKernel(size, sigma) {
  const profile = Array.from({ length: size }, (_, i) => Math.exp(-(((i - (size - 1) / 2) / sigma) ** 2) / 2));
  const sum = profile.reduce((a, b) => a + b, 0);
  return profile.map((a) => profile.map((b) => (a / sum) * (b / sum)));
}

// The planes of a picture given as RGBA bytes: one of brightness (as data.to_grey, in whole numbers), or red, green, blue.
export function planes(rgba, height, width, grey) {
  const channels = Array.from({ length: grey ? 1 : 3 }, () => ({ values: new Float64Array(height * width), height, width }));
  for (let n = 0; n < height * width; n++) {
    const [r, g, b] = [rgba[4 * n], rgba[4 * n + 1], rgba[4 * n + 2]];
    if (grey) channels[0].values[n] = (r * 19595 + g * 38470 + b * 7471 + 32768) >> 16;
    else [r, g, b].forEach((value, channel) => { channels[channel].values[n] = value; });
  }
  return channels;
}

// Twin of filters.to_grey_levels for one value: rounded, halves up, cut off at 0 and 255.
export function greyLevel(value) {
  const level = Math.floor(value + 0.5);
  return level < 0 ? 0 : level > 255 ? 255 : level;
}

// RGBA bytes of one plane (grey) or three (colour).
export function greyLevels(results) {
  const count = results[0].values.length;
  const rgba = new Uint8ClampedArray(4 * count);
  const [red, green, blue] = results.length === 3 ? results : [results[0], results[0], results[0]];
  for (let n = 0; n < count; n++) {
    rgba[4 * n] = greyLevel(red.values[n]);
    rgba[4 * n + 1] = results.length === 3 ? greyLevel(green.values[n]) : rgba[4 * n];
    rgba[4 * n + 2] = results.length === 3 ? greyLevel(blue.values[n]) : rgba[4 * n];
    rgba[4 * n + 3] = 255;
  }
  return rgba;
}

function largestMagnitude(plane) {
  let largest = 0;
  for (const value of plane.values) if (Math.abs(value) > largest) largest = Math.abs(value);
  return largest;
}

// Twin of plots.filters.signed_colours: negative blue, zero white, positive orange, full colour from fullColour(plane) on.
export function fullColour(plane) {
  return largestMagnitude(plane) / 3;
}

const NEGATIVE = [33, 102, 172], ZERO = [247, 247, 247], POSITIVE = [179, 88, 6];
export function signedColours(plane) {
  const scale = fullColour(plane) || 1;
  const rgba = new Uint8ClampedArray(4 * plane.values.length);
  plane.values.forEach((value, n) => {
    const end = value < 0 ? NEGATIVE : POSITIVE, share = Math.min(Math.abs(value) / scale, 1);
    for (let c = 0; c < 3; c++) rgba[4 * n + c] = Math.floor(ZERO[c] + (end[c] - ZERO[c]) * share + 0.5);
    rgba[4 * n + 3] = 255;
  });
  return rgba;
}

// What stands under the kernel when its centre lies on (row, column): [value or null outside, ...] row by row,
// its products with the weights and their sum; null where "valid" has no such place.
export function windowAt(plane, kernel, border, row, column) {
  const rows = (kernel.length - 1) / 2, columns = (kernel[0].length - 1) / 2;
  const fits = row >= rows && row < plane.height - rows && column >= columns && column < plane.width - columns;
  if (border === "valid" && !fits) return null;
  const fromRow = borderPlaces(plane.height, rows, border), fromColumn = borderPlaces(plane.width, columns, border);
  const values = kernel.map((weights, u) => weights.map((_, v) => {
    const i = fromRow[row + u], j = fromColumn[column + v];
    return i < 0 || j < 0 ? 0 : plane.values[i * plane.width + j];
  }));
  const products = kernel.map((weights, u) => weights.map((weight, v) => weight * values[u][v]));
  return { values, products, sum: kernelSum(products) };
}

// "0.5", "-3", ".25", "1/9" -> a number; anything else -> null. Nothing typed is ever evaluated.
export function parseNumber(text) {
  const number = "[+-]?(?:\\d+\\.?\\d*|\\.\\d+)";
  const match = text.trim().replace("\u2212", "-").replace(",", ".").match(new RegExp(`^(${number})(?:/(${number}))?$`));
  if (!match) return null;
  const value = Number(match[1]) / Number(match[2] ?? 1);
  return Number.isFinite(value) && Math.abs(value) <= 1000 ? value : null;
}

// At most `decimals` decimals, no trailing zeros, a real minus sign for reading.
export function shown(value, decimals = 3) {
  const text = String(Number(value.toFixed(decimals)));
  return text === "-0" ? "0" : text.replace("-", "\u2212");
}

export function brightnessText(sum) {
  const rounded = Math.round(sum * 1000) / 1000;
  if (rounded === 1) return "sum 1: flat areas keep their brightness";
  if (rounded === 0) return "sum 0: flat areas become 0, only differences remain";
  if (rounded < 0) return `sum ${shown(sum)}: a flat 10 becomes ${shown(10 * sum)}, below black`;
  const change = Math.round(Math.abs(sum - 1) * 100);
  return `sum ${shown(sum)}: flat areas get ${change ? `${change} % ` : "slightly "}${sum > 1 ? "brighter" : "darker"}`;
}

// The kernel as Python source, exact: what is typed back gives the same bits.
function pythonArray(kernel) {
  return `np.array([${kernel.map((row) => `[${row.map((weight) => String(weight)).join(", ")}]`).join(",\n                   ")}])`;
}

// The course_lib call and the PyTorch call that give the very picture shown.
export function showCode({ picture, kernel, flip, border, grey, signed }) {
  const own = picture === "own file";
  const load = own ? "playground.image" : `data.scale_down(data.load_image("${picture}"), 512)`;
  const isGrey = grey || signed;
  const image = isGrey && !own ? `data.to_grey(${load})` : load;
  const operation = flip ? "convolve2d" : "correlate2d";
  const course = [
    "import numpy as np",
    `from course_lib import ${own ? "" : "data, "}filters`,
    ...(signed ? ["from course_lib.plots.filters import signed_colours"] : []),
    "",
    `image = ${image}.astype(float)${own ? "  # playground: your name for this explorer" : ""}`,
    `kernel = ${pythonArray(kernel)}`,
    `result = filters.${operation}(image, kernel, border="${border}")`,
    signed ? "shown = signed_colours(result)" : "shown = filters.to_grey_levels(result)",
  ];
  const [rows, columns] = [(kernel.length - 1) / 2, (kernel[0].length - 1) / 2];
  const mode = { zero: "constant", edge: "replicate", reflect: "reflect", wrap: "circular" }[border];
  const torch = [
    "import torch",
    "import torch.nn.functional as F",
    "",
    isGrey ? "x = torch.from_numpy(image)[None, None]" : "x = torch.from_numpy(image).permute(2, 0, 1)[:, None]  # each colour by itself",
    `weight = torch.from_numpy(kernel)[None, None]${flip ? ".flip(2, 3)  # F.conv2d does not turn the kernel" : ""}`,
    ...(mode ? [`x = F.pad(x, (${columns}, ${columns}, ${rows}, ${rows}), mode="${mode}")`] : []),
    isGrey ? "result = F.conv2d(x, weight)[0, 0]" : "result = F.conv2d(x, weight)[:, 0].permute(1, 2, 0)",
  ];
  return { course: course.join("\n"), torch: torch.join("\n") };
}
