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

// The kernel laid on every place of a padded plane where it fits; null where it fits nowhere. A result of before may be
// given as `spare` to be written over: memory that is not thrown away needs no pause for collecting it.
export function correlatePadded(padded, kernel, spare) {
  const height = padded.height - kernel.length + 1, width = padded.width - kernel[0].length + 1;
  if (height < 1 || width < 1) return null;
  const values = spare?.values.length === height * width ? spare.values : new Float64Array(height * width);
  const addRows = rowAdder(kernel), row = rowOf(width);
  for (let i = 0; i < height; i++) {
    addRows(row, padded, i);
    for (let j = 0; j < width; j++) values[i * width + j] = row[j];
  }
  return { values, height, width };
}

// The places [row, column] at which two kernels of one size differ.
export function changedPlaces(before, after) {
  return after.flatMap((row, u) => row.map((_, v) => [u, v])).filter(([u, v]) => before[u][v] !== after[u][v]);
}

// The sums over all of the kernel but the weight in row u, column v, as { place, planes } for filteredPixels: while a hand
// moves that weight, they stay what they are. Those of before may be given as `spare`.
export function sumsOfOthers(paddedPlanes, kernel, [u, v], spare) {
  const others = kernel.map((row, i) => row.map((weight, j) => (i === u && j === v ? 0 : weight)));
  return { place: [u, v], planes: paddedPlanes.map((padded, n) => correlatePadded(padded, others, spare?.planes[n])) };
}

// What greyLevels makes of correlatePadded's results, for one plane or three, row by row: a row of sums stays in the
// processor's cache until it is pixels. Null where the kernel fits nowhere.
export function filteredPixels(paddedPlanes, kernel, spare, others) {
  const height = paddedPlanes[0].height - kernel.length + 1, width = paddedPlanes[0].width - kernel[0].length + 1;
  if (height < 1 || width < 1) return null;
  const rgba = pixelsFor(height * width, spare), addRows = others ? weightAdder(kernel, others) : rowAdder(kernel), rows = paddedPlanes.map(() => rowOf(width));
  for (let i = 0; i < height; i++) {
    rows.forEach((row, n) => addRows(row, paddedPlanes[n], i, n));
    writePixels(rgba, i * width, width, rows);
  }
  return { rgba: new Uint8ClampedArray(rgba.buffer), height, width };
}

const rowOf = (width) => new Float64Array(4 * Math.ceil(width / 4));  // sums are made by fours; what is too many is not read

// addRows(out, padded, i) puts into out, row by row of the kernel, what it gives in row i of the result. The widths that the
// playground uses are written out, each value read once and handed on: several times faster, and the same sums.
function rowAdder(kernel) {
  const add = { 3: addRow3, 5: addRow5 }[kernel[0].length] ?? addRowAny;
  const weights = kernel.map((row) => Float64Array.from(row));
  return (out, { values, width }, i) => {
    out.fill(0);
    for (let u = 0; u < weights.length; u++) add(out, values, (i + u) * width, weights[u]);
  };
}

// The same from the other weights' sums: added in another order, they may differ in the last bits, which no grey level shows.
function weightAdder(kernel, { place: [u, v], planes }) {
  return (out, { values, width }, i, n) => addWeight(out, planes[n], i, values, (i + u) * width + v, kernel[u][v]);
}

function addWeight(out, { values: sums, width }, i, values, p, weight) {
  for (let j = 0, at = i * width; j < width; j++) out[j] = sums[at + j] + weight * values[p + j];
}

function addRow3(out, values, p, [a, b, c]) {
  let v = values[p++], w = values[p++];
  for (let n = 0; n < out.length; n += 4) {
    const x = values[p++], y = values[p++], z = values[p++], last = values[p++];
    out[n] = out[n] + a * v + b * w + c * x;
    out[n + 1] = out[n + 1] + a * w + b * x + c * y;
    out[n + 2] = out[n + 2] + a * x + b * y + c * z;
    out[n + 3] = out[n + 3] + a * y + b * z + c * last;
    v = z; w = last;
  }
}

function addRow5(out, values, p, [a, b, c, d, e]) {
  let v = values[p++], w = values[p++], x = values[p++], y = values[p++];
  for (let n = 0; n < out.length; n += 4) {
    const z = values[p++], next = values[p++], after = values[p++], last = values[p++];
    out[n] = out[n] + a * v + b * w + c * x + d * y + e * z;
    out[n + 1] = out[n + 1] + a * w + b * x + c * y + d * z + e * next;
    out[n + 2] = out[n + 2] + a * x + b * y + c * z + d * next + e * after;
    out[n + 3] = out[n + 3] + a * y + b * z + c * next + d * after + e * last;
    v = z; w = next; x = after; y = last;
  }
}

function addRowAny(out, values, p, weights) {
  for (let n = 0; n < out.length; n++) weights.forEach((weight, v) => { out[n] += weight * values[p + n + v]; });
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
  for (let n = 0, at = 0; n < height * width; n++, at += 4) {
    const r = rgba[at], g = rgba[at + 1], b = rgba[at + 2];
    if (grey) {
      channels[0].values[n] = (r * 19595 + g * 38470 + b * 7471 + 32768) >> 16;
    } else {
      channels[0].values[n] = r;
      channels[1].values[n] = g;
      channels[2].values[n] = b;
    }
  }
  return channels;
}

// Twin of filters.to_grey_levels for one value below 2 ** 31: rounded, halves up (also what is a half but for the last
// bits), cut off at 0 and 255. Without a branch: a photograph's sums come in no order that a processor could guess.
export function greyLevel(value) {
  const level = (value + 0.5000005) | 0, notNegative = level & ~(level >> 31);
  return (notNegative | ((255 - notNegative) >> 31)) & 255;
}

// One pixel as canvases keep it: four bytes, red first.
const pixel = (red, green, blue) => red | (green << 8) | (blue << 16) | (255 << 24);

// RGBA bytes of one plane (grey) or three (colour).
export function greyLevels(planes) {
  const count = planes[0].values.length, rgba = pixelsFor(count);
  writePixels(rgba, 0, count, planes.map((plane) => plane.values));
  return new Uint8ClampedArray(rgba.buffer);
}

function writePixels(rgba, at, count, [red, green, blue]) {
  if (green) {
    for (let n = 0; n < count; n++) rgba[at + n] = pixel(greyLevel(red[n]), greyLevel(green[n]), greyLevel(blue[n]));
  } else {
    for (let n = 0; n < count; n++) rgba[at + n] = greyLevel(red[n]) * 0x10101 | (255 << 24);
  }
}

function pixelsFor(count, spare) {
  return spare?.length === 4 * count ? new Int32Array(spare.buffer) : new Int32Array(count);
}

function largestMagnitude({ values }) {
  let largest = 0;
  for (let n = 0; n < values.length; n++) {
    const magnitude = Math.abs(values[n]);
    if (magnitude > largest) largest = magnitude;
  }
  return largest;
}

// From this magnitude on, signedColours shows the full colour.
export function fullColour(plane) {
  return largestMagnitude(plane) / 3;
}

// Twin of plots.filters.signed_colours: negative blue, zero white, positive orange.
const NEGATIVE = [33, 102, 172], ZERO = [247, 247, 247], POSITIVE = [179, 88, 6];
export function signedColours(plane, full, spare) {
  const { values } = plane, scale = full || 1, rgba = pixelsFor(values.length, spare);
  for (let n = 0; n < rgba.length; n++) {
    const end = values[n] < 0 ? NEGATIVE : POSITIVE, share = Math.min(Math.abs(values[n]) / scale, 1);
    rgba[n] = pixel(mixed(end[0], ZERO[0], share), mixed(end[1], ZERO[1], share), mixed(end[2], ZERO[2], share));
  }
  return new Uint8ClampedArray(rgba.buffer);
}

function mixed(end, zero, share) {
  return (zero + (end - zero) * share + 0.5) | 0;
}

// Browsers compile what has run for a while: with every path run beforehand, the first touch is as quick as the next.
export function rehearse() {
  for (const size of [3, 5]) {
    const plane = { values: new Float64Array(64 * 64).fill(9), height: 64, width: 64 }, kernel = Array.from({ length: size }, () => Array(size).fill(1 / 9));
    for (let n = 0; n < 10; n++) {
      for (const planes of [[plane], [plane, plane, plane]]) filteredPixels(planes, kernel, undefined, sumsOfOthers(planes, kernel, [1, 1]));
      signedColours(correlatePadded(plane, kernel), 9);
    }
  }
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
  return `np.array([${kernel.map((row) => `[${row.map((weight) => String(weight)).join(", ")}]`).join(",\n                   ")}], dtype=float)`;
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
