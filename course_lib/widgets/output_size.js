// What the output-size explorer computes while a hand moves: pure functions of whole numbers, mostly one axis at a time.

// Twin of shapes.window_extent: the pixels from a kernel's first weight to its last.
export function windowExtent(kernel, dilation) {
  return dilation * (kernel - 1) + 1;
}

// Twin of shapes.same_padding: an odd zero goes after.
export function samePadding(size, kernel, stride, dilation) {
  const total = Math.max((Math.ceil(size / stride) - 1) * stride + windowExtent(kernel, dilation) - size, 0);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

// [before, after] of a padding along one axis: a number per side, "valid", "same" or "full".
export function paddingSides(padding, size, kernel, stride, dilation) {
  if (padding === "valid") return [0, 0];
  if (padding === "same") return samePadding(size, kernel, stride, dilation);
  const side = padding === "full" ? windowExtent(kernel, dilation) - 1 : padding;
  return [side, side];
}

// Everything about one axis; `out` is 0 where no window fits, or where "exact" refuses.
export function axisOf({ size, kernel, stride, padding, dilation, rounding }) {
  const [before, after] = paddingSides(padding, size, kernel, stride, dilation), extent = windowExtent(kernel, dilation);
  const padded = before + size + after, room = padded - extent, even = room % stride === 0;
  const fits = room >= 0 && (even || rounding !== "exact");
  const out = fits ? (rounding === "ceil" ? Math.ceil(room / stride) : Math.floor(room / stride)) + 1 : 0;
  const over = fits ? Math.max(0, (out - 1) * stride + extent - padded) : 0;  // how far the last window hangs over
  const behind = fits && rounding === "ceil" && (out - 1) * stride >= before + size;  // pooling leaves such a window out
  return { size, kernel, stride, dilation, rounding, before, after, extent, padded, room, even, out, over, behind };
}

// The places in the padded row that the weights of window `place` meet.
export function windowCells(axis, place) {
  return Array.from({ length: axis.kernel }, (_, u) => place * axis.stride + u * axis.dilation);
}

// How many windows read each pixel of the row, without its padding.
export function readCounts(axis) {
  const counts = new Array(axis.padded + axis.over).fill(0);
  for (let place = 0; place < axis.out; place++) for (const cell of windowCells(axis, place)) counts[cell] += 1;
  return counts.slice(axis.before, axis.before + axis.size);
}

// Rows and columns that are read more or less often: the count of a pixel is the product of the two.
export function unreadPixels(rows, columns) {
  const read = (counts) => counts.filter((count) => count > 0).length;
  return rows.length * columns.length - read(rows) * read(columns);
}

// The window over padded place (row, column) that lies nearest, as a number in reading order; both axes must have windows.
export function windowAt(down, right, row, column) {
  const nearest = (axis, cell) => Math.max(0, Math.min(axis.out - 1, Math.round((cell - (axis.extent - 1) / 2) / axis.stride)));
  return nearest(down, row) * right.out + nearest(right, column);
}

// Twin of shapes.receptive_field for layers of [kernel, stride, dilation].
export function receptiveField(layers) {
  return layers.reduce(([pixels, jump], [kernel, stride, dilation]) => [pixels + (windowExtent(kernel, dilation) - 1) * jump, jump * stride], [1, 1]);
}

export function parameterCount(channels, filters, [height, width]) {
  return filters * (channels * height * width + 1);
}

export function multiplyCount(channels, filters, [height, width], [outHeight, outWidth]) {
  return filters * channels * height * width * outHeight * outWidth;
}

// 34944 -> "34,944"
export function grouped(value) {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}

// The formula with the numbers in it, and what comes out; `hidden` leaves a question mark for the result.
export function formulaText(axis, hidden = false) {
  const { size, before, after, dilation, kernel, extent, padded, room, stride, rounding, out } = axis;
  const span = dilation === 1 ? `${extent}` : `(${dilation}\u00b7(${kernel} \u2212 1) + 1)`;
  const [open, close] = { floor: ["\u230a", "\u230b"], ceil: ["\u2308", "\u2309"], exact: ["", ""] }[rounding];
  const start = `${open}(${size} + ${before} + ${after} \u2212 ${span}) / ${stride}${close} + 1`;
  if (hidden) return `${start} = ?`;
  if (room < 0) return `${start}: a window of ${extent} does not fit into ${padded} pixels`;
  const middle = `${start} = ${open}${room} / ${stride}${close} + 1`;
  if (!out) return `${middle} = ${(room / stride + 1).toFixed(2)}: does not fit`;
  return `${middle} = ${out}`;
}

// Twin of practice.size_mistakes: [wrong size, what went wrong] in the order in which they are recognised; 0 is "does not fit".
export function sizeMistakes(axis) {
  const { size, kernel, stride, dilation, rounding, before, after, extent, padded, room, out } = axis;
  const rounded = (pixels) => (rounding === "ceil" ? Math.ceil(pixels / stride) : Math.floor(pixels / stride)) + 1;
  const oneSide = "padded one side only: zeros are added before and after", forgot = "forgot to take the kernel away";
  const exact = 'it does not fit: the last window would not end where the pixels end, and "exact" refuses that';
  const [down, up] = [Math.floor(room / stride) + 1, Math.ceil(room / stride) + 1];
  const reasons = [
    ...(rounding === "exact" ? [[down, exact], [up, exact]] : []),
    [rounded(room) - 1, "forgot the + 1: n steps have n + 1 places to stand on"],
    [rounded(room - after), oneSide],
    [rounded(room - before), oneSide],
    [rounded(size - extent), "forgot the padding"],
    [rounded(padded - kernel), "ignored the dilation: the kernel spans dilation * (kernel - 1) + 1 pixels"],
    [rounded(padded - dilation * kernel), "the gaps lie between the weights: dilation * (kernel - 1) + 1"],
    [room + 1, "forgot the stride"],
    [up, "rounded up: the last window would hang over the end, so it does not count"],
    [down, 'rounded down: with "ceil" the last window may hang over the end'],
    [Math.floor(padded / stride), forgot],
    [Math.floor(padded / stride) + 1, forgot],
    [0, "it does fit"],
  ];
  const first = new Map();
  for (const [wrong, text] of reasons) if (wrong >= 0 && wrong !== out && !first.has(wrong)) first.set(wrong, text);
  return [...first];
}

// What to say about a guess [height, width] of the output's size; { right, text }.
export function verdict(axes, guess) {
  const wrong = axes.map((axis, n) => {
    if (guess[n] === axis.out) return "";
    const known = sizeMistakes(axis).find(([size]) => size === guess[n]);
    return known ? known[1] : "take the window's span from the padded pixels, divide by the stride, add 1";
  });
  const fits = axes.every((axis) => axis.out);
  if (!wrong[0] && !wrong[1]) return { right: true, text: fits ? `${guess[0]} \u00d7 ${guess[1]} is right.` : "It does not fit, that is right." };
  if (wrong[0] === wrong[1]) return { right: false, text: `Not yet: ${wrong[0]}.` };
  const parts = ["height", "width"].map((name, n) => wrong[n] && `${name} ${guess[n]}: ${wrong[n]}`).filter(Boolean);
  return { right: false, text: `Not yet. ${parts.join("; ")}.` };
}

// What is said to whoever asks for the answer.
export const toldText = (axes) => (axes.every((axis) => axis.out) ? `It is ${axes[0].out} \u00d7 ${axes[1].out}.` : "It does not fit.");

// A whole number as typed, or null: nothing that is typed is ever evaluated.
export function parseWhole(text, low, high) {
  if (!/^\s*\d{1,4}\s*$/.test(text)) return null;
  const value = Number(text);
  return value >= low && value <= high ? value : null;
}

// Settings for puzzle n, the same for every learner: small at first, then with padding, stride and dilation.
export function puzzle(n) {
  let seed = (n * 2654435761) % 4294967296;
  const draw = (low, high) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return low + Math.floor((seed / 4294967296) * (high - low + 1));
  };
  const kernel = draw(2, 5), dilation = n > 6 && draw(0, 2) === 0 ? 2 : 1, stride = n > 1 ? draw(1, 3) : 1;
  const padding = n > 3 ? draw(0, Math.floor(kernel / 2)) : 0, size = draw(Math.max(6, windowExtent(kernel, dilation)), 15);
  const both = (value) => [value, value];
  return { size: both(size), kernel_size: both(kernel), stride: both(stride), padding: both(padding), dilation: both(dilation) };
}

// [h, w] as Python: one number where both are equal.
function written(pair) {
  const texts = pair.map((part) => (Array.isArray(part) ? `(${part.join(", ")})` : `${part}`));
  return texts[0] === texts[1] && !Array.isArray(pair[0]) ? texts[0] : `(${texts.join(", ")})`;
}

// The call that gives this very picture, with course_lib and with PyTorch.
export function showCode(state, axes) {
  const { size, kernel_size, stride, padding, dilation, rounding, channels, filters } = state, fits = axes.every((axis) => axis.out);
  const sides = axes.map((axis) => [axis.before, axis.after + axis.over]), uneven = sides.some(([before, after]) => before !== after);
  const named = typeof padding === "string" && !axes.some((axis) => axis.over);
  const given = named ? `"${padding}"` : uneven ? written(sides) : written(sides.map(([before]) => before));
  const call = (n) => `shapes.conv_output_size(${size[n]}, ${kernel_size[n]}, ${stride[n]}, (${axes[n].before}, ${axes[n].after}), ${dilation[n]}, "${rounding}")`;
  const course = ["import numpy as np", "from course_lib import convolution, shapes", "", `height = ${call(0)}`, `width = ${call(1)}`];
  if (!fits) return { course: [...course.slice(1), "# raises a ValueError that says why it does not fit"].join("\n"), torch: refusedByTorch(state, axes) };
  const shape = (library) => [`x = ${library}.zeros((1, ${channels}, ${size.join(", ")}))`, `weight, bias = ${library}.zeros((${filters}, ${channels}, ${kernel_size.join(", ")})), ${library}.zeros(${filters})`];
  course.push("", ...shape("np"));
  if (axes.some((axis) => axis.over)) course.push("# the windows that hang over meet zeros: padding that is added after");
  course.push(`out = convolution.conv2d(x, weight, bias, stride=${written(stride)}, padding=${given}, dilation=${written(dilation)})`);
  const windows = `np.ones((1, ${kernel_size[0] * kernel_size[1]}, height * width))`;
  course.push(`read = convolution.col2im(${windows}, (1, 1, ${size.join(", ")}), ${written(kernel_size)}, ${written(stride)}, ${given}, ${written(dilation)})[0, 0]`, "print(out.shape, read)");
  const torch = ["import torch", "import torch.nn.functional as F", "", ...shape("torch")];
  const [[top, bottom], [left, right]] = sides;
  if (uneven) torch.push(`x = F.pad(x, (${left}, ${right}, ${top}, ${bottom}))  # conv2d itself takes one number for both sides`);
  torch.push(`out = F.conv2d(x, weight, bias, stride=${written(stride)}, padding=${uneven ? 0 : written(sides.map(([before]) => before))}, dilation=${written(dilation)})`, "print(out.shape)");
  return { course: course.join("\n"), torch: torch.join("\n") };
}

function refusedByTorch(state, axes) {
  if (axes.some((axis) => axis.room < 0)) return "# PyTorch refuses as well: Kernel size can't be greater than actual input size";
  return "# PyTorch has no exact mode: it rounds down";
}
