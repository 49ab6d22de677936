// Which rows of the table the filters leave, and what is said of them: pure functions, tested against source_table.py.

// The row of an array as an object, by the fields' names.
export function named(fields, row) {
  return Object.fromEntries(fields.map((field, n) => [field, row[n]]));
}

// Whether a row passes the filters. Every word must occur somewhere; letters' case does not count.
export function fits(row, { lesson, source, verdict, words }, searched) {
  const apart = verdict === "not recomputed" ? row.why !== "" : row.verdict === verdict;
  const text = searched.map((field) => row[field]).join(" ").toLowerCase();
  return (lesson === "all" || row.lesson === lesson) && (source === "all" || row.sources.includes(source.slice(0, 3)))
    && (verdict === "all" || apart) && words.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

// The place of the row that an arrow key leads to; -1 where there is none.
export function moved(key, place, count) {
  const to = { ArrowDown: place + 1, ArrowUp: place - 1, PageDown: place + 10, PageUp: place - 10, Home: 0, End: count - 1 }[key];
  return to === undefined || !count ? -1 : Math.max(0, Math.min(count - 1, to));
}

export function countText(shown, all) {
  return `showing ${shown} of ${all}`;
}

// The counts by verdict of some rows, with signs and words; verdicts that do not occur are left out.
export function verdictText(rows, looks) {
  const parts = looks.map(([name, sign, word]) => [sign, rows.filter((row) => row.verdict === name).length, word]);
  return parts.filter(([, count]) => count).map(([sign, count, word]) => `${sign} ${count} ${word}`).join(", ");
}

// The sign and the word of a verdict.
export function lookOf(looks, verdict) {
  return looks.find(([name]) => name === verdict).slice(1);
}

// A row in one sentence, for the ear.
export function spoken(row, looks) {
  const result = row.why ? `not recomputed: ${row.why}` : `recomputed ${row.result}`;
  return `${row.id}: ${row.says}. Printed ${row.printed || "nothing"}; ${result}. Verdict: ${lookOf(looks, row.verdict)[1]}${row.kind ? `, ${row.kind}` : ""}.`;
}

// Where a lesson lies beside the page that shows this one: a page of the built site links to pages, a notebook to notebooks.
export function lessonLink(pathname, lesson) {
  return `${lesson}.${/\.html?$/.test(pathname) ? "html" : "ipynb"}`;
}

// The lesson's path for JupyterLab, beside a notebook whose address is known: the one that the window shows (.../tree/PATH)
// or that of a link in the notebook (.../files/PATH); null where none of the addresses is such.
export function labPath(addresses, lesson) {
  const found = addresses.map((address) => /\/(?:tree|files)\/((?:[^?#]*\/)?)[^/?#]+\.ipynb(?:[?#]|$)/.exec(address)).find(Boolean);
  return found ? `${decodeURIComponent(found[1])}${lesson}.ipynb` : null;
}
