// What the architecture explorer computes while a hand edits: pure functions of a table of rows [name, kind, settings].
// Counts are BigInt, for a wild table's multiply-adds pass what a double holds exactly.
const SAME_SHAPE = ["ReLU", "Tanh", "Sigmoid", "Dropout", "LocalResponseNorm"];
// The order in which settings are shown and written, whichever way they came.
const ORDER = ["out_channels", "kernel_size", "stride", "padding", "groups", "size", "alpha", "beta", "k", "p", "out_features"];
const WINDOWED = ["Conv2d", "MaxPool2d", "AvgPool2d"];

// Twin of shapes.conv_output_size for one axis with its padding's two sides; `out` is 0 where no window fits.
export function axisOf(size, { kernel_size: kernel, stride, padding }) {
  const total = padding === "same" ? Math.max((Math.ceil(size / stride) - 1) * stride + kernel - size, 0) : 2 * padding;
  const before = Math.floor(total / 2), padded = size + total, room = padded - kernel;
  return { size, before, after: total - before, padded, room, out: room < 0 ? 0 : Math.floor(room / stride) + 1 };
}

// (256, 6, 6) and (9216,), as Python writes them.
const tuple = (shape) => (shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`);

// Twin of architectures._out_shape: { shape }, or { message, advice } where the layer does not fit, the message in Python's words.
export function outShape(kind, settings, shape) {
  if (SAME_SHAPE.includes(kind)) return { shape };
  if (kind === "Flatten") return { shape: [shape.reduce((product, size) => product * size)] };
  if (kind === "Linear") {
    if (shape.length === 1) return { shape: [settings.out_features] };
    return { message: `a Linear layer takes one row of features, not ${tuple(shape)}; put a Flatten before it`, advice: "Add a Flatten, and move it up before this layer." };
  }
  if (shape.length !== 3) return { message: `a ${kind} layer takes maps (C, H, W), not ${tuple(shape)}`, advice: "Behind a Flatten there are no maps left: move this layer up, before it." };
  const [channels, size] = shape, { kernel_size: kernel, padding } = settings, axis = axisOf(size, settings);
  if (kind === "Conv2d") {
    const { groups, out_channels: filters } = settings;
    if (channels % groups || filters % groups) {
      const message = `${groups} groups cannot share ${channels} input and ${filters} output channels evenly`;
      return { message, advice: `As the number of groups, ${sharedDivisors(channels, filters)} would do.` };
    }
  } else if (Math.max(axis.before, axis.after) >= kernel) {
    return { message: `padding of ${Math.max(axis.before, axis.after)} leaves windows of ${kernel} pixels without any picture in them`, advice: `A padding of at most ${kernel - 1} would do.` };
  }
  if (axis.room >= 0) return { shape: [kind === "Conv2d" ? settings.out_channels : channels, axis.out, axis.out] };
  return {
    message: `a kernel that spans ${kernel} pixels does not fit into ${size} + ${axis.before} + ${axis.after} = ${axis.padded} pixels; use a smaller kernel or more padding`,
    advice: `Maps of ${size} \u00d7 ${size} arrive: a kernel of at most ${axis.padded} or a padding of at least ${Math.ceil((kernel - size) / 2)} would do.`,
  };
}

// "1, 2 or 4": the numbers of groups that both can be shared by, the first five of them.
function sharedDivisors(channels, filters) {
  const both = Array.from({ length: Math.min(channels, filters) }, (_, n) => n + 1).filter((n) => channels % n === 0 && filters % n === 0).slice(0, 5);
  return both.length === 1 ? "1" : `${both.slice(0, -1).join(", ")} or ${both.at(-1)}`;
}

// Twins of architectures._parameters and _multiply_adds.
function costs(kind, settings, before, after) {
  if (kind === "Linear") return [BigInt(after[0]) * BigInt(before[0] + 1), BigInt(after[0]) * BigInt(before[0])];
  if (kind !== "Conv2d") return [0n, 0n];
  const weights = BigInt((before[0] / settings.groups) * settings.kernel_size ** 2) * BigInt(after[0]);
  return [weights + BigInt(after[0]), weights * BigInt(after[1]) * BigInt(after[2])];
}

// Twin of architectures.summary: rows up to the first layer that does not fit, what is wrong there, and the sums of the rows.
// A row: { shape, parameters, multiplyAdds, bytes, seen: [pixels, jump] or null behind a Flatten, note }.
export function summarise(table, channels, size) {
  const rows = [];
  let shape = [channels, size, size], pixels = 1n, jump = 1n, refusal = null;
  for (const [name, kind, settings] of table) {
    const made = outShape(kind, settings, shape);
    if (made.message) {
      refusal = { ...made, message: `layer ${name}: ${made.message}` };
      break;
    }
    const note = WINDOWED.includes(kind) ? unevenText(settings, axisOf(shape[1], settings)) : "";
    if (WINDOWED.includes(kind)) {
      pixels += BigInt(settings.kernel_size - 1) * jump;
      jump *= BigInt(settings.stride);
    }
    const [parameters, multiplyAdds] = costs(kind, settings, shape, made.shape);
    shape = made.shape;
    rows.push({ shape, parameters, multiplyAdds, bytes: 4n * BigInt(shape.reduce((product, length) => product * length)), seen: shape.length === 3 ? [pixels, jump] : null, note });
  }
  const sum = (name) => rows.reduce((total, row) => total + row[name], 0n);
  return { rows, refusal, totals: { parameters: sum("parameters"), multiplyAdds: sum("multiplyAdds"), bytes: sum("bytes") } };
}

// Two decimals as Python writes them: a half goes to the even neighbour.
export function twoDecimals(value) {
  const hundreds = Math.floor(value * 100), half = value * 100 - hundreds === 0.5;
  return ((half ? hundreds + (hundreds % 2) : Math.round(value * 100)) / 100).toFixed(2);
}

// Where the last step does not reach the end: what shapes.conv_output_size says when it has to be exact, and what then happens.
export function unevenText({ kernel_size: kernel, stride }, axis) {
  const { padded, room, after, out } = axis, rest = room % stride;
  if (room < 0 || !rest) return "";
  const exact = `a kernel of ${kernel} pixels moved by ${stride} does not fit ${padded} pixels: (${padded} - ${kernel}) / ${stride} + 1 = ${twoDecimals(room / stride + 1)}`;
  const unread = Math.max(0, rest - after), lost = unread === 1 ? "the last row and column of pixels are" : `the last ${unread} rows and columns of pixels are`;
  return `${exact}. Rounded down to ${out}: ${unread ? `${lost} never read.` : "only padding is left unread."}`;
}

// Reading what is typed: nothing is ever evaluated. A rule is [least, most, step of the arrow keys]; a whole step wants whole numbers.

const isWhole = ([, , step]) => Number.isInteger(step);

// A setting as typed, or null where it is none.
export function parseSetting(text, name, rule) {
  if (name === "padding" && text.trim() === "same") return "same";
  const form = isWhole(rule) ? /^\s*\d{1,5}\s*$/ : /^\s*(\d{1,3}(\.\d{0,9})?|\.\d{1,9})(e-?\d)?\s*$/i;
  if (!form.test(text)) return null;
  const value = Number(text), odd = rule[2] !== 2 || value % 2 === 1;
  return value >= rule[0] && value <= rule[1] && odd ? value : null;
}

// The characters that a field needs.
export function fieldLength(name, rule) {
  return name === "padding" ? 4 : isWhole(rule) ? String(rule[1]).length : 6;
}

// What a setting takes, in words.
export function takesText(name, rule) {
  const number = rule[2] === 2 ? "an odd whole number" : isWhole(rule) ? "a whole number" : "a number";
  return `${number} from ${rule[0]} to ${rule[1]}${name === "padding" ? ", or the word same" : ""}`;
}

// One step of an arrow key up (1) or down (-1); from "same" to 0.
export function stepped(value, [least, most, step], way) {
  const next = value === "same" ? 0 : Number((value + way * step).toPrecision(10));
  return Math.max(least, Math.min(most, next));
}

// Changing the table; the table that comes in stays as it is.

export function withSetting(table, at, name, value) {
  return table.map(([own, kind, settings], n) => (n === at ? [own, kind, { ...settings, [name]: value }] : [own, kind, settings]));
}

// A new layer behind row `at`, called by its stem and the next free number.
export function withLayer(table, at, kind, stem, settings) {
  const numbers = table.map(([name]) => (name.startsWith(stem) ? name.slice(stem.length) : "none")).filter((rest) => /^\d*$/.test(rest)).map(Number);
  return [...table.slice(0, at + 1), [`${stem}${Math.max(0, ...numbers) + 1}`, kind, { ...settings }], ...table.slice(at + 1)];
}

export function withoutLayer(table, at) {
  return table.filter((_, n) => n !== at);
}

// Row `at` changes places with the one `by` further down.
export function withMoved(table, at, by) {
  const moved = [...table];
  [moved[at], moved[at + by]] = [moved[at + by], moved[at]];
  return moved;
}

// The name of the preset that this is, or "your own".
export function presetName(presets, table, size, channels) {
  const text = (rows) => JSON.stringify(rows.map(([name, kind, settings]) => [name, kind, ordered(settings)]));
  const found = presets.find(([, each]) => each.size === size && each.channels === channels && text(each.table) === text(table));
  return found ? found[0] : "your own";
}

// [[setting, value], ...] in the order in which they are shown.
export function ordered(settings) {
  return ORDER.filter((name) => name in settings).map((name) => [name, settings[name]]);
}

// For reading

// 34944 -> "34,944"
export function grouped(value) {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}

// Bytes as kB, MB, GB: thousands, as disks and networks count.
export function memoryText(bytes) {
  const value = Number(bytes), power = Math.min(4, Math.floor(Math.log10(Math.max(value, 1)) / 3));
  return `${Number((value / 1000 ** power).toPrecision(3))} ${["B", "kB", "MB", "GB", "TB"][power]}`;
}

export const shapeText = (shape) => shape.join(" \u00d7 ");

// The drawing: a box for the input and for each layer that makes something of another shape, or has weights.
// Height goes with the logarithm of H, width with that of the channels; `at` is the row, -1 for the input.
export function volumes(table, rows, channels, size) {
  const all = [{ at: -1, name: "input", kind: "input", shape: [channels, size, size] }, ...rows.map(({ shape }, at) => ({ at, name: table[at][0], kind: table[at][1], shape }))];
  return all.filter(({ kind }) => !SAME_SHAPE.includes(kind)).map((volume) => {
    const [wide, high] = [volume.shape[0], volume.shape[1] ?? 1];
    return { ...volume, width: Math.round(6 + 4 * Math.log2(wide)), height: Math.round(7 + 9 * Math.log2(high)), depth: Math.round(3 + 2.2 * Math.log2(high)) };
  });
}

// The state in words.
export function spokenText(table, { rows, refusal, totals }) {
  if (refusal) return `${refusal.message[0].toUpperCase()}${refusal.message.slice(1)}. ${refusal.advice}`;
  const uneven = rows.filter((row) => row.note).length, last = rows.at(-1).shape;
  const note = uneven ? ` ${uneven} layer${uneven === 1 ? " does" : "s do"} not fit exactly and round${uneven === 1 ? "s" : ""} down.` : "";
  return `${table.length} layer${table.length === 1 ? "" : "s"}, ${grouped(totals.parameters)} parameters, ${grouped(totals.multiplyAdds)} multiply-adds; out comes ${shapeText(last)}.${note}`;
}

// The code

const USUAL = { stride: 1, padding: 0, groups: 1 };  // what need not be written; a pooling's stride must be
const written = (value) => (typeof value === "string" ? `"${value}"` : String(value));

function courseRow([name, kind, settings]) {
  const told = ordered(settings).filter(([setting, value]) => USUAL[setting] !== value || (setting === "stride" && kind !== "Conv2d"));
  return `    ("${name}", "${kind}", {${told.map(([setting, value]) => `"${setting}": ${written(value)}`).join(", ")}}),`;
}

// The lines of one layer in PyTorch, which pads evenly only, and a pooling by half its window at most: the rest is a layer of its own.
function torchLines([name, kind, settings], before) {
  const line = (code) => `    nn.${code},  # ${name}`;
  if (!WINDOWED.includes(kind)) {
    const { p, size, alpha, beta, k, out_features: features } = settings;
    const own = { Linear: `${before[0]}, ${features}`, Dropout: `${p}`, LocalResponseNorm: `${size}, alpha=${alpha}, beta=${beta}, k=${k}` }[kind] ?? "";
    const flat = kind === "LocalResponseNorm" && before.length === 1;  // PyTorch's takes maps, be they of one pixel
    return flat ? [`    nn.Unflatten(1, (${before[0]}, 1)),`, line(`${kind}(${own})`), "    nn.Flatten(),"] : [line(`${kind}(${own})`)];
  }
  const axis = axisOf(before[1], settings), { kernel_size: kernel, stride, groups } = settings, isConv = kind === "Conv2d";
  const own = axis.before === axis.after && (isConv || 2 * axis.before <= kernel), sides = [axis.before, axis.after, axis.before, axis.after].join(", ");
  const told = [isConv ? `${before[0]}, ${settings.out_channels}, ${kernel}` : `${kernel}`];
  if (stride !== 1 || !isConv) told.push(`stride=${stride}`);
  if (own && axis.before) told.push(`padding=${axis.before}`);
  if (isConv && groups !== 1) told.push(`groups=${groups}`);
  const pad = kind === "MaxPool2d" ? `ConstantPad2d((${sides}), float("-inf"))` : `ZeroPad2d((${sides}))`;
  return [...(own ? [] : [`    nn.${pad},`]), line(`${kind}(${told.join(", ")})`)];
}

// The call that gives this very table, with course_lib and with PyTorch.
export function showCode(table, channels, size, { rows, refusal, totals }) {
  const shape = `(${channels}, ${size}, ${size})`, stop = refusal ? [`# ${refusal.message}`] : [];
  const course = ["from course_lib import architectures", "", "table = [", ...table.map(courseRow), "]", ...stop, `print(architectures.summary(table, ${shape}))`];
  if (!refusal) course.push(`network = architectures.build(table, ${shape})  # ${grouped(totals.parameters)} parameters`);
  const shapes = [[channels, size, size], ...rows.map((row) => row.shape)];
  const layers = table.slice(0, rows.length).flatMap((row, at) => torchLines(row, shapes[at]));
  const torch = ["from torch import nn", "", "network = nn.Sequential(", ...layers, ")", ...stop, "print(sum(weight.numel() for weight in network.parameters()))" + `  # ${grouped(totals.parameters)}`];
  return { course: course.join("\n"), torch: torch.join("\n") };
}
