// The site's only script: it brings explorers to life without Jupyter, searches headings and switches light and dark.
// A classic script, like all others here, so that a page also works from file://, where browsers load no modules.

const course = { sources: {}, headings: [] };

// What an explorer knows of Jupyter (anywidget's model): a state to get and set, and who wants to hear of its changes.
function modelOf({ state, buffers }) {
  for (const { path, data } of buffers) {
    const place = path.slice(0, -1).reduce((inner, key) => inner[key], state);
    place[path.at(-1)] = new DataView(Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0)).buffer);
  }
  const listeners = {};
  return {
    get: (name) => state[name],
    set(name, value) {
      if (state[name] === value) return;
      state[name] = value;
      for (const event of [`change:${name}`, "change"]) for (const listener of [...(listeners[event] ?? [])]) listener();
    },
    on(event, listener) { (listeners[event] ??= []).push(listener); },
    off(event, listener) { listeners[event] = (listeners[event] ?? []).filter((other) => other !== listener); },
    save_changes() {}, // no Python is here to hear of them
    send() {},
  };
}

const models = {}; // by id: an explorer shown twice has one state
const fronts = {}; // by name: front ends that lessons share are loaded once

function model(id) {
  return (models[id] ??= modelOf(JSON.parse(document.querySelector(`script[data-state="${id}"]`).textContent)));
}

function frontEnd(name) {
  return (fronts[name] ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.onload = resolve;
    script.onerror = () => reject(new Error(`explorers/${name}.js did not load`));
    script.src = `explorers/${name}.js`;
    document.head.append(script);
  }).then(() => import(URL.createObjectURL(new Blob([course.sources[name]], { type: "text/javascript" })))));
}

// Its still picture stays in the page: for print, and where the front end fails.
async function bringToLife(place) {
  const front = await frontEnd(place.dataset.module);
  const alive = document.createElement("div");
  alive.className = "alive";
  place.append(alive);
  await front.default.render({ model: model(place.dataset.model), el: alive });
  place.classList.add("is-alive");
}

// The first one at once, the others when they come near; with an anchor in the address all wait, so that nothing moves it.
const explorers = [...document.querySelectorAll(".explorer")];
if (explorers.length && !location.hash) bringToLife(explorers.shift());
const inView = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    inView.unobserve(target);
    bringToLife(target);
  }
}, { rootMargin: "800px" });
for (const place of explorers) inView.observe(place);

// Explorers link to notebooks, as in JupyterLab.
for (const event of ["click", "auxclick", "contextmenu"]) {
  document.addEventListener(event, ({ target }) => {
    const link = target.closest?.("a[href]");
    link?.setAttribute("href", link.getAttribute("href").replace(/^(?:\.\/)?(\d\d_\w+)\.ipynb(?=#|$)/, "$1.html"));
  }, true);
}

// Light or dark: as the system says, until a reader chooses.
const root = document.documentElement;
const systemIsDark = matchMedia("(prefers-color-scheme: dark)");
const themeButton = document.getElementById("theme");

function showTheme() {
  const isDark = root.dataset.theme ? root.dataset.theme === "dark" : systemIsDark.matches;
  document.body.dataset.jpThemeLight = String(!isDark);
  themeButton.textContent = isDark ? "☀ Light" : "☾ Dark";
  themeButton.setAttribute("aria-label", isDark ? "Switch to light colours" : "Switch to dark colours");
  return isDark;
}
themeButton.addEventListener("click", () => {
  root.dataset.theme = showTheme() ? "light" : "dark";
  try { localStorage.setItem("course-theme", root.dataset.theme); } catch { /* a browser that keeps nothing */ }
  showTheme();
});
systemIsDark.addEventListener("change", showTheme);
showTheme();
themeButton.hidden = false;

// On a narrow page the contents open when asked for.
const contents = document.querySelector("details.contents");
const isNarrow = matchMedia("(max-width: 62rem)");
const fold = () => { if (contents) contents.open = !isNarrow.matches; };
isNarrow.addEventListener("change", fold);
fold();
contents?.addEventListener("click", ({ target }) => { if (isNarrow.matches && target.closest("a")) contents.open = false; });
const here = document.querySelector(".contents .here");
if (here && !isNarrow.matches) contents.scrollTop = here.offsetTop - contents.clientHeight / 3;

// Search: every word must be in the heading or in the lesson's title.
const search = document.getElementById("search");
const found = document.getElementById("found");
search.hidden = false;

function showFound() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const isIn = ([, heading, lesson]) => words.every((word) => `${lesson} ${heading}`.toLowerCase().includes(word));
  const hits = words.length ? course.headings.filter(isIn) : [];
  found.hidden = !words.length;
  found.replaceChildren(...hits.slice(0, 12).map(([href, heading, lesson]) => {
    const link = document.createElement("a");
    link.href = href;
    const where = document.createElement("small");
    where.textContent = lesson;
    link.append(heading, where);
    return link;
  }));
  if (words.length && !hits.length) found.textContent = "No heading has these words.";
  if (hits.length > 12) found.append(Object.assign(document.createElement("p"), { textContent: `and ${hits.length - 12} more: add a word` }));
}

function move(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const links = [...found.querySelectorAll("a")];
  if (event.key === "Escape") { search.value = ""; showFound(); search.focus(); }
  if (event.key === "Enter" && event.target === search) links[0]?.click();
  if (!step || !links.length) return;
  event.preventDefault();
  const place = links.indexOf(document.activeElement) + step;
  if (place < 0) search.focus(); else links[Math.min(place, links.length - 1)].focus();
}
search.addEventListener("input", showFound);
search.parentElement.addEventListener("keydown", move);
document.addEventListener("click", ({ target }) => { if (!search.parentElement.contains(target)) found.hidden = true; });
found.addEventListener("click", () => { search.value = ""; found.hidden = true; });
search.addEventListener("focus", showFound);
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.target.closest("input, textarea, select, .explorer")) return;
  event.preventDefault();
  search.focus();
});
