// The scanner's arithmetic: pure functions over tables that Python computed. `g` is the geometry: side of a photograph,
// margin outside the frame, window, stride; `state` has the picture's number, right, down, row, column, form and step.

export const FORMS = ["all at once", "window by window"];
const NO_FACE = [247, 247, 247], FACE = [8, 48, 107], WAITING = [[176, 176, 176], [150, 150, 150]];

// The sizes that follow from the geometry: pixels of the frame, scores a side of the map and of the table.
export function sizesOf(g) {
  const frame = g.side - 2 * g.margin, last = frame - g.window;
  return { frame, last, places: Math.floor(last / g.stride) + 1, table: g.side - g.window + 1 };
}

// Bytes as numbers: whole numbers of 1 / units, four bytes each, the lowest first.
export function readScores(bytes, units) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float64Array.from({ length: bytes.byteLength / 4 }, (_, n) => view.getUint32(4 * n, true) / units);
}

// The score of the window whose top left pixel is (row, column) of the frame, with the photograph moved.
export function scoreAt(g, scores, { picture, right, down }, row, column) {
  const { table } = sizesOf(g);
  return scores[picture * table * table + (g.margin - down + row) * table + g.margin - right + column];
}

// The score map, row by row: one score every `stride` pixels.
export function mapOf(g, scores, state) {
  const { places } = sizesOf(g);
  return Float64Array.from({ length: places * places }, (_, n) => scoreAt(g, scores, state, Math.floor(n / places) * g.stride, (n % places) * g.stride));
}

// Where the map is largest: { value, i, j }, the first in reading order.
export function largestOf(map) {
  const side = Math.sqrt(map.length), value = Math.max(...map), n = map.indexOf(value);
  return { value, i: Math.floor(n / side), j: n % side };
}

// The place of the map to which a window belongs, or null where it stands between two.
export function placeOf(g, row, column) {
  return row % g.stride || column % g.stride ? null : { i: row / g.stride, j: column / g.stride };
}

// The window that is the step-th in reading order, counted from 1.
export function windowOf(g, step) {
  const { places } = sizesOf(g), n = Math.max(step, 1) - 1;
  return { row: Math.floor(n / places) * g.stride, column: (n % places) * g.stride };
}

// A window moved by some pixels, kept inside the frame.
export function movedWindow(g, { row, column }, rows, columns) {
  const { last } = sizesOf(g), inside = (value) => Math.max(0, Math.min(last, value));
  return { row: inside(row + rows), column: inside(column + columns) };
}

// A window moved by some places of the map; one that stands between two goes to the next place that way first.
export function movedPlace(g, { row, column }, rows, columns) {
  const next = (pixel, places) => ((places < 0 ? Math.ceil : Math.floor)(pixel / g.stride) + places) * g.stride;
  return movedWindow(g, { row: next(row, rows), column: next(column, columns) }, 0, 0);
}

// The map of the moved photograph against the unmoved one's map, moved by as many whole places as fit into the shift:
// { whole, rows, columns, places, difference }, compared where both have scores.
export function comparedWithUnmoved(g, scores, state) {
  const { places } = sizesOf(g), [rows, columns] = [state.down, state.right].map((pixels) => Math.trunc(pixels / g.stride));
  const before = mapOf(g, scores, { ...state, right: 0, down: 0 }), now = mapOf(g, scores, state);
  let difference = 0, count = 0;
  for (let i = Math.max(rows, 0); i < places + Math.min(rows, 0); i++) {
    for (let j = Math.max(columns, 0); j < places + Math.min(columns, 0); j++) {
      difference = Math.max(difference, Math.abs(now[i * places + j] - before[(i - rows) * places + j - columns]));
      count += 1;
    }
  }
  return { whole: state.down % g.stride === 0 && state.right % g.stride === 0, rows: rows + 0, columns: columns + 0, places: count, difference };
}

// The largest difference of two maps among their first `count` places.
export function largestDifference(a, b, count) {
  let largest = 0;
  for (let n = 0; n < count; n++) largest = Math.max(largest, Math.abs(a[n] - b[n]));
  return largest;
}

// What is seen of the photograph, as RGBA.
export function framePixels(g, pixels, { picture, right, down }) {
  const { frame } = sizesOf(g), rgba = new Uint8ClampedArray(frame * frame * 4).fill(255);
  for (let i = 0; i < frame; i++) {
    for (let j = 0; j < frame; j++) {
      const from = 3 * (picture * g.side * g.side + (g.margin - down + i) * g.side + g.margin - right + j);
      for (let c = 0; c < 3; c++) rgba[4 * (i * frame + j) + c] = pixels[from + c];
    }
  }
  return rgba;
}

// The score map as RGBA, 0 white to 1 dark blue; places from `done` on are still waiting, in two greys.
export function mapPixels(map, done = map.length) {
  const side = Math.sqrt(map.length), rgba = new Uint8ClampedArray(map.length * 4).fill(255);
  map.forEach((score, n) => {
    const waiting = WAITING[(Math.floor(n / side) + (n % side)) % 2];
    for (let c = 0; c < 3; c++) rgba[4 * n + c] = n < done ? Math.round(NO_FACE[c] + (FACE[c] - NO_FACE[c]) * score) : waiting[c];
  });
  return rgba;
}

export const written = (score, decimals = 6) => score.toFixed(decimals);

// Multiplications for all scores of the frame, in millions: by convolutions, and window by window without the zeros.
export function multiplications(g) {
  const { frame, places } = sizesOf(g), layers = [[3, 10, 3], [10, 16, 3], [16, 32, 3], [32, 2, 1]];  // channels in, out, kernel
  const products = (size) => {
    let side = size, total = 0;
    layers.forEach(([from, to, kernel], n) => {
      side -= kernel - 1;
      total += from * to * kernel * kernel * side * side;
      if (n === 0) side = Math.ceil(side / 2);
    });
    return total;
  };
  return { scan: products(frame), windows: products(g.window) * places * places };
}

export function windowWords(g, scores, state) {
  const score = scoreAt(g, scores, state, state.row, state.column), place = placeOf(g, state.row, state.column);
  const where = place ? `It is place (${place.i}, ${place.j}) of the map.` : `It stands between the places of the map: the net steps ${g.stride} pixels at a time.`;
  return `Window at row ${state.row}, column ${state.column}: score ${written(score)}, ${score > 0.5 ? "a face" : "no face"}. ${where}`;
}

export function largestWords(g, scores, state) {
  const now = largestOf(mapOf(g, scores, state)), before = largestOf(mapOf(g, scores, { ...state, right: 0, down: 0 }));
  const unmoved = state.right || state.down ? ` Before the move: ${written(before.value)} at (${before.i}, ${before.j}).` : "";
  return `Largest score of the map (ring): ${written(now.value)} at place (${now.i}, ${now.j}).${unmoved}`;
}

const sided = (amount, positive, negative) => `${Math.abs(amount)} ${amount < 0 ? negative : positive}`;

export function shiftWords(g, scores, state) {
  if (!state.right && !state.down) return "";
  const { whole, rows, columns, places, difference } = comparedWithUnmoved(g, scores, state);
  const photograph = `Photograph moved ${sided(state.right, "right", "left")}, ${sided(state.down, "down", "up")} (pixels).`;
  const by = `${sided(columns, "right", "left")}, ${sided(rows, "down", "up")} (places)`;
  const result = `on the ${places} places that both maps have, scores differ by at most ${written(difference)}`;
  return whole ? `${photograph} The map moves with it, ${by}: ${result}.`
    : `${photograph} That is no whole number of places. Against the old map, moved ${by}: ${result}.`;
}

// What the two forms have in common so far.
export function formWords(g, byScan, byWindow, state, decimals) {
  if (state.form !== FORMS[1]) return "";
  const total = sizesOf(g).places ** 2, maps = [byScan, byWindow].map((scores) => mapOf(g, scores, state)), counts = multiplications(g);
  if (state.step === 0) return `0 of ${total} windows done: press play, or move the slider.`;
  const [scan, alone] = maps.map((map) => written(map[state.step - 1], 8)), difference = written(largestDifference(...maps, state.step), 8);
  const whole = state.step === total ? ` Python compared all digits, in all pictures: equal to ${decimals} decimals. Multiplications: ${(counts.windows / 1e6).toFixed(1)} million window by window, ${(counts.scan / 1e6).toFixed(1)} million all at once.` : "";
  return `${state.step} of ${total} windows done. The last: ${alone} by the dense net, ${scan} all at once. Largest difference so far: ${difference}.${whole}`;
}

// The course_lib calls and the PyTorch calls that give the map shown.
export function showCode(g, state, { file, top, left, size }) {
  const { frame } = sizesOf(g), rows = g.margin - state.down, columns = g.margin - state.right;
  const call = state.form === FORMS[1] ? "scan_windows" : "scan";
  return {
    course: ["from course_lib import data, scanning", "", `photograph = data.load_image("${file}")[${top}:${top + size}, ${left}:${left + size}]`,
      `image = data.scale_down(photograph, ${g.side})[${rows}:${rows + frame}, ${columns}:${columns + frame}]`,
      "detector = scanning.FaceDetector(data.load_face_detector())", `scores = detector.${call}(image)`,
      `window = image[${state.row}:${state.row + g.window}, ${state.column}:${state.column + g.window}]`, "window_score = detector.scan(window)[0, 0]"].join("\n"),
    torch: ["import torch", "import torch.nn.functional as F", "", "p = {name: torch.tensor(array).double() for name, array in data.load_face_detector().items()}",
      "x = ((torch.tensor(image).double() - 127.5) / 128).permute(2, 0, 1)[None]",
      'x = F.prelu(F.conv2d(x, p["conv1_weight"], p["conv1_bias"]), p["conv1_slopes"])', "x = F.max_pool2d(x, 2, ceil_mode=True)",
      'x = F.prelu(F.conv2d(x, p["conv2_weight"], p["conv2_bias"]), p["conv2_slopes"])',
      'x = F.prelu(F.conv2d(x, p["conv3_weight"], p["conv3_bias"]), p["conv3_slopes"])',
      'scores = F.softmax(F.conv2d(x, p["face_weight"], p["face_bias"]), dim=1)[0, 1]'].join("\n"),
  };
}
