// What the graph player's page works out by itself: reading a typed number, judging a typed gradient, counting visits.

// A number as learners type it (-4, 0.25, 1e-3, 2/3, 0,5, with either minus sign), or null. Nothing is evaluated.
export function typedNumber(text) {
  const plain = text.trim().replaceAll("\u2212", "-").replace(/^([^,]*),([^,]*)$/, "$1.$2");
  const parts = /^([-+]?(?:\d{1,20}\.?\d{0,20}|\.\d{1,20})(?:e[-+]?\d{1,3})?)(?:\/(\d{1,20}(?:\.\d{1,20})?))?$/i.exec(plain);
  if (!parts) return null;
  const value = Number(parts[1]) / (parts[2] === undefined ? 1 : Number(parts[2]));
  return Number.isFinite(value) ? value : null;
}

// Three significant digits are enough.
export function agree(typed, number) {
  return Math.abs(typed - number) <= 0.005 * Math.abs(number);
}

// What to say about a typed gradient: { state: "empty" | "unreadable" | "right" | "wrong", message }.
export function judge(text, blank) {
  if (text.trim() === "") return { state: "empty", message: "" };
  const typed = typedNumber(text);
  if (typed === null) return { state: "unreadable", message: "type a number, such as \u22124 or 0.25" };
  if (agree(typed, blank.right)) return { state: "right", message: "right" };
  const known = blank.mistakes.find(([wrong]) => agree(typed, wrong));
  const way = blank.wire === null ? "add up the shares that come back" : "incoming gradient times local derivative";
  return { state: "wrong", message: known ? known[1] : `not yet: ${way}` };
}

// Where a method of the order race stands after a number of visits: who is visited, how often each was, the gradients.
export function standing(method, visit, size) {
  const made = Math.min(visit, method.visits.length), finished = visit >= method.visits.length;
  const counts = Array.from({ length: size }, (_, place) => method.visits.slice(0, made).filter(([node]) => node === place).length);
  const gradients = finished ? method.final : method.visits[Math.max(0, made - 1)][1];
  return { made, finished, counts, gradients, at: made ? method.visits[made - 1][0] : null };
}
