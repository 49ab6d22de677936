// What the im2col microscope computes while a hand moves: pure functions, the twins of convolution.im2col, col2im and
// conv2d for one picture. `state` has size [h, w], channels, kernel_size, stride, padding, dilation, filters, weight, and
// the place looked at: row and column of the column matrix, filter. A map is a list of rows, a volume a list of maps.

// Everything about one axis; `out` is 0 where the window does not fit.
function axisOf(size, { kernel_size: kernel, stride, padding, dilation }) {
  const extent = dilation * (kernel - 1) + 1, padded = size + 2 * padding, room = padded - extent;
  return { size, extent, padded, out: room < 0 ? 0 : Math.floor(room / stride) + 1 };
}

// The whole geometry, and the place looked at, moved inside where the settings have become smaller than it.
export function planOf(state) {
  const [down, right] = state.size.map((size) => axisOf(size, state)), { channels, kernel_size: kernel, filters } = state;
  const rows = channels * kernel ** 2, columns = down.out * right.out, within = (place, count) => Math.max(0, Math.min(place, count - 1));
  const refused = [down, right].map((axis) => refusal(axis, state)).find(Boolean) ?? "";
  const { stride, padding, dilation, weight } = state;
  return {
    down, right, channels, kernel, stride, padding, dilation, filters, weight, rows, columns, refused,
    row: within(state.row, rows), column: within(state.column, columns), filter: within(state.filter, filters),
  };
}

// Why the window does not fit, in the words of shapes.conv_output_size; "" where it does.
function refusal({ size, extent, padded, out }, { padding }) {
  return out ? "" : `a kernel that spans ${extent} pixels does not fit into ${size} + ${padding} + ${padding} = ${padded} pixels; use a smaller kernel or more padding`;
}

const range = (count) => Array.from({ length: count }, (_, n) => n);
const gridOf = (height, width, value) => range(height).map((i) => range(width).map((j) => value(i, j)));

// The pixel (i, j) of a channel, counted from 1 in reading order through all channels; outside the picture 0.
function pixel({ down, right, padding }, channel, i, j) {
  const [y, x] = [i - padding, j - padding], inside = y >= 0 && y < down.size && x >= 0 && x < right.size;
  return inside ? (channel * down.size + y) * right.size + x + 1 : 0;
}

// The padded picture, channel by channel.
export function paddedInput(plan) {
  return range(plan.channels).map((channel) => gridOf(plan.down.padded, plan.right.padded, (i, j) => pixel(plan, channel, i, j)));
}

// Where an entry of the column matrix comes from: the channel, the weight (u, v) and the place (i, j) in the padded picture.
export function sourceOf(plan, row, column) {
  const { kernel, stride, dilation, right } = plan, area = kernel ** 2;
  const channel = Math.floor(row / area), u = Math.floor((row % area) / kernel), v = row % kernel;
  return { channel, u, v, i: Math.floor(column / right.out) * stride + u * dilation, j: (column % right.out) * stride + v * dilation };
}

// The column matrix: every window a column, from the first channel's first weight down.
export function columnMatrix(plan) {
  return gridOf(plan.rows, plan.columns, (row, column) => {
    const { channel, i, j } = sourceOf(plan, row, column);
    return pixel(plan, channel, i, j);
  });
}

// Every [row, column] of the column matrix that holds the padded picture's place (i, j) of a channel, column by column.
export function entriesOf(plan, channel, i, j) {
  const { kernel, stride, dilation, down, right } = plan;
  const along = (place, out) => range(out).flatMap((n) => {
    const u = (place - n * stride) / dilation;
    return Number.isInteger(u) && u >= 0 && u < kernel ? [[n, u]] : [];
  });
  return along(i, down.out).flatMap(([m, u]) => along(j, right.out).map(([n, v]) => [channel * kernel ** 2 + u * kernel + v, m * right.out + n]));
}

// How often the windows read each place of the padded picture.
export function readCounts(plan) {
  return gridOf(plan.down.padded, plan.right.padded, (i, j) => entriesOf(plan, 0, i, j).length);
}

// All that is marked for the place looked at: the entry's source, its pixel {i, j} in the unpadded picture (null in the
// padding), every cell and the frame of its window, all entries that hold the same pixel, and the cell of the output.
export function marksOf(plan) {
  const { row, column, kernel, padding, down, right } = plan, source = sourceOf(plan, row, column), first = sourceOf(plan, 0, column);
  const taps = range(kernel ** 2).map((each) => sourceOf(plan, each, column)).map(({ i, j }) => [i, j]);
  const [i, j] = [source.i - padding, source.j - padding], isInside = i >= 0 && j >= 0 && i < down.size && j < right.size;
  return {
    source, pixel: isInside ? { i, j } : null, taps, frame: [first.i, first.j, down.extent, right.extent],
    entries: entriesOf(plan, source.channel, source.i, source.j), cell: [Math.floor(column / right.out), column % right.out],
  };
}

// What col2im makes of the column matrix: at each pixel the sum of all entries that hold it, the padding cut off.
export function foldedBack(plan) {
  const { channels, down, right, padding } = plan, matrix = columnMatrix(plan);
  return range(channels).map((channel) => gridOf(down.size, right.size, (i, j) =>
    entriesOf(plan, channel, i + padding, j + padding).reduce((sum, [row, column]) => sum + matrix[row][column], 0)));
}

// The filters as rows, (F, C*KH*KW).
export function weightMatrix({ weight, filters, rows, kernel }) {
  return gridOf(filters, rows, (filter, row) => weight[filter][Math.floor(row / kernel ** 2)][Math.floor((row % kernel ** 2) / kernel)][row % kernel]);
}

// [weight, pixel] of each product in one entry of the result.
export function termsOf(plan, filter, column) {
  const weights = weightMatrix(plan)[filter], matrix = columnMatrix(plan);
  return weights.map((weight, row) => [weight, matrix[row][column]]);
}

const sumOf = (terms) => terms.reduce((sum, [weight, value]) => sum + weight * value, 0);

// The weight matrix times the column matrix, (F, OH*OW).
export function productMatrix(plan) {
  const weights = weightMatrix(plan), matrix = columnMatrix(plan);
  return gridOf(plan.filters, plan.columns, (filter, column) => sumOf(weights[filter].map((weight, row) => [weight, matrix[row][column]])));
}

// The rows of the product as maps, (F, OH, OW).
export function outputMaps({ right, down }, product) {
  return product.map((row) => gridOf(down.out, right.out, (i, j) => row[i * right.out + j]));
}

// A step from the place looked at: { row, column, filter } as far as they change.
const stepped = (place, step, count) => Math.max(0, Math.min(count - 1, place + step));

export function entryMoved(plan, rows, columns) {
  return { row: stepped(plan.row, rows, plan.rows), column: stepped(plan.column, columns, plan.columns) };
}

export function productMoved(plan, rows, columns) {
  return { filter: stepped(plan.filter, rows, plan.filters), column: stepped(plan.column, columns, plan.columns) };
}

// The output cell that so many rows and columns away lies, from the cell looked at; it stays on the map.
export function outputMoved(plan, rows, columns) {
  const { right, down, column } = plan;
  const i = stepped(Math.floor(column / right.out), rows, down.out), j = stepped(column % right.out, columns, right.out);
  return { column: i * right.out + j };
}

// The place nearest to (row, column) of a grid so large.
export function nearest(row, column, height, width) {
  return [stepped(Math.round(row), 0, height), stepped(Math.round(column), 0, width)];
}

// An entry that holds place (i, j) of the padded picture, in the present column if there is one; null where no window reads it.
export function entryAt(plan, channel, i, j) {
  const entries = entriesOf(plan, channel, i, j), [row, column] = entries.find(([, column]) => column === plan.column) ?? entries[0] ?? [];
  return row === undefined ? null : { row, column };
}

// The next place that a window reads, from the present entry's in a direction; where there is none, the entry stays.
export function pixelMoved(plan, rows, columns) {
  const { channel, i, j } = sourceOf(plan, plan.row, plan.column), { down, right } = plan;
  for (let n = 1; n < Math.max(down.padded, right.padded); n++) {
    const [y, x] = [i + n * rows, j + n * columns];
    if (y < 0 || x < 0 || y >= down.padded || x >= right.padded) break;
    const entry = entryAt(plan, channel, y, x);
    if (entry) return entry;
  }
  return { row: plan.row, column: plan.column };
}

export const plainText = (value) => String(value).replace("-", "\u2212");
const signed = (value) => (value < 0 ? `(${plainText(value)})` : String(value));
const counted = (count, thing) => `${count} ${thing}${count === 1 ? "" : "s"}`;

// "25 numbers become 9 × 9 = 81: 3.24 times as many."
export function sizeText({ channels, kernel, down, right, rows, columns }) {
  const numbers = channels * down.size * right.size, entries = rows * columns, ratio = Number((entries / numbers).toPrecision(3));
  return `Column matrix: C\u00b7KH\u00b7KW = ${channels}\u00b7${kernel}\u00b7${kernel} = ${rows} rows, OH\u00b7OW = ${down.out}\u00b7${right.out} = ${counted(columns, "column")}. The input's ${counted(numbers, "number")} become ${entries}: ${ratio} times as many.`;
}

// The entry of the product, written out.
export function sumText(plan) {
  const { filter, column, right } = plan, terms = termsOf(plan, filter, column);
  const written = terms.map(([weight, value]) => `${signed(weight)}\u00b7${value}`).join(" + ");
  return `Output cell row ${Math.floor(column / right.out)}, column ${column % right.out} of filter ${filter} = row ${filter} of the weights times column ${column}: ${written} = ${plainText(sumOf(terms))}.`;
}

// What the entry of the column matrix copies, and how often that is read.
export function entryText(plan) {
  const { row, column, channels, padding, down, right } = plan, { channel, u, v, i, j } = sourceOf(plan, row, column);
  const value = pixel(plan, channel, i, j), entries = entriesOf(plan, channel, i, j), where = channels > 1 ? ` of channel ${channel}` : "";
  const copied = value ? `the ${value} in row ${i - padding}, column ${j - padding}${where} of the input` : `a zero of the padding${where}`;
  const columns = entries.map(([, each]) => each).join(", ");
  return `Entry in row ${row}, column ${column}: ${copied}, where the window of output cell (${Math.floor(column / right.out)}, ${column % right.out}) has its weight (${u}, ${v}). It is read ${counted(entries.length, "time")}: column${entries.length === 1 ? "" : "s"} ${columns}.`;
}

// What col2im makes of the pixel that the entry holds.
export function foldText(plan) {
  const { row, column, padding } = plan, { channel, i, j } = sourceOf(plan, row, column);
  const value = pixel(plan, channel, i, j), count = entriesOf(plan, channel, i, j).length;
  if (!value) return "col2im adds up what lies over the padding too, and cuts it off.";
  const where = `of row ${i - padding}, column ${j - padding}`;
  if (count === 1) return `col2im finds one entry ${where}: ${value}.`;
  return `col2im adds up all ${count} entries ${where}: ${range(count).map(() => value).join(" + ")} = ${count} \u00d7 ${value} = ${count * value}.`;
}

const asPython = (values) => (Array.isArray(values) ? `[${values.map(asPython).join(", ")}]` : String(values));

// The course_lib calls and the PyTorch calls that give the numbers shown.
export function showCode(plan) {
  const { channels, kernel, stride, padding, dilation, filters, down, right, rows, refused } = plan, [height, width] = [down.size, right.size];
  const corner = plan.weight.slice(0, filters).map((filter) => filter.slice(0, channels).map((map) => map.slice(0, kernel).map((row) => row.slice(0, kernel))));
  const settings = `stride=${stride}, padding=${padding}, dilation=${dilation}`, shape = `(${filters}, ${down.out}, ${right.out})`;
  const arrays = ["import numpy as np", "from course_lib import convolution", "",
    `x = np.arange(1.0, ${channels * height * width + 1}).reshape(1, ${channels}, ${height}, ${width})  # (N, C, H, W)`,
    `weight = np.array([${corner.map(asPython).join(`,\n${" ".repeat(19)}`)}], dtype=float)  # (F, C, KH, KW)`, ""];
  const call = `columns = convolution.im2col(x, kernel_size=${kernel}, ${settings})`;
  const torch = ["import torch", "import torch.nn.functional as F", "", "t, w = torch.from_numpy(x), torch.from_numpy(weight)", `columns = F.unfold(t, kernel_size=${kernel}, ${settings})`];
  if (refused) return { course: [...arrays, call, "# raises a ValueError that says why"].join("\n"), torch: [...torch, "# PyTorch refuses as well"].join("\n") };
  return {
    course: [...arrays, `${call}  # (N, C*KH*KW, OH*OW)`, `product = weight.reshape(${filters}, ${rows}) @ columns[0]`, `out = product.reshape${shape}  # as convolution.conv2d(x, weight, ${settings})[0]`,
      `back = convolution.col2im(columns, x.shape, kernel_size=${kernel}, ${settings})`].join("\n"),
    torch: [...torch, `product = w.reshape(${filters}, ${rows}) @ columns[0]`, `out = product.reshape${shape}  # as F.conv2d(t, w, ${settings})[0]`, `back = F.fold(columns, output_size=(${height}, ${width}), kernel_size=${kernel}, ${settings})`].join("\n"),
  };
}
