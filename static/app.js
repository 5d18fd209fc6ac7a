// Additions only: every page works without this file. Written by scripts/bundle.py from static/js.

// Short messages in the live region at the bottom of the page.
let timer;

// With 0 ms, the text stays until the next message.
function say(text, ms = 1800) {
  const toast = document.querySelector("#toast");
  toast.textContent = text;
  toast.classList.add("on");
  clearTimeout(timer);
  if (ms) timer = setTimeout(() => toast.classList.remove("on"), ms);
}

// What takes long says so, and is not started twice.

// Mark an element as busy; return false if it already was.
function begin(element) {
  const free = !element.hasAttribute("aria-busy");
  element.setAttribute("aria-busy", "true");
  return free;
}

function end(element) {
  element.removeAttribute("aria-busy");
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.dataset.busy) return;
  if (begin(form)) say(form.dataset.busy, 0);
  else event.preventDefault();
});

document.addEventListener("htmx:afterRequest", ({ target }) => {
  if (!target.dataset.busy) return;
  end(target);
  say("", 1);
});

// The browser's "back" brings a page as it was left: its forms are free again.
addEventListener("pageshow", ({ persisted }) => {
  if (persisted) document.querySelectorAll("form[aria-busy]").forEach(end);
});

// One listener for the whole page: parts of it are exchanged by htmx, their handlers are not.
function onClick(selector, act) {
  document.addEventListener("click", (event) => {
    const element = event.target.closest(selector);
    if (element) act(element, event);
  });
}

// A link that does something else here; with Ctrl, Meta or Shift it stays a link.
function onLink(selector, act) {
  onClick(selector, (link, event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    act(link);
  });
}

// Files of the portal, fetched by script.

// A redirect leads to the sign-in page: the session has ended, and that page is not the file.
async function fetchFile(url) {
  const answer = await fetch(url);
  if (!answer.ok || answer.redirected) throw new Error(answer.status);
  return answer;
}

// Copy buttons: data-copy holds the text, or is empty beside a <pre>, or where data-from names a field.
// data-says is said afterwards.

async function copy(text, says) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    copyBySelection(text);
  }
  say(says || document.documentElement.dataset.copied.replace("%s", () => text));
}

// Over plain http, on a LAN, there is no clipboard API.
function copyBySelection(text) {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "sr";
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

// A list with an address of its own, one id a line. If the clipboard refuses it, the browser downloads it.
async function copyList(link) {
  const text = fetchFile(link.href).then((answer) => answer.text());
  try {
    await writeLater(text);
    say(link.dataset.says);
  } catch {
    location.href = link.href;
  }
}

// Safari allows a text that arrives after the click only as a promise.
async function writeLater(text) {
  if (!window.ClipboardItem) return navigator.clipboard.writeText(await text);
  const blob = text.then((plain) => new Blob([plain], { type: "text/plain" }));
  return navigator.clipboard.write([new ClipboardItem({ "text/plain": blob })]);
}

function textOf(button) {
  if (button.dataset.from) return document.querySelector(button.dataset.from).value;
  return button.dataset.copy || button.parentElement.querySelector("pre").textContent;
}

onClick("[data-copy]", (button) => copy(textOf(button), button.dataset.says));
onLink("[data-list]", copyList);

// An export is counted while it arrives, and saved only when it is complete.

const NEWLINE = 10;

async function save(link) {
  if (!begin(link)) return;
  try {
    const answer = await fetchFile(link.href);
    const parts = await read(answer, (lines) => say(link.dataset.busy.replace("%s", lines), 0));
    const name = /filename="(.+)"/.exec(answer.headers.get("Content-Disposition"))[1];
    download(new Blob(parts), name);
    say(link.dataset.says.replace("%s", () => name));
  } catch {
    say(link.dataset.broke, 6000);
  }
  end(link);
}

// Return the parts of the answer; report twice a second how many lines have arrived.
async function read(answer, report) {
  const parts = [];
  const reader = answer.body.getReader();
  let lines = 0;
  let reported = Date.now();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    parts.push(part.value);
    for (const byte of part.value) lines += byte === NEWLINE;
    if (Date.now() - reported < 500) continue;
    reported = Date.now();
    report(lines.toLocaleString(document.documentElement.lang));
  }
  return parts;
}

function download(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

onLink("[data-export]", save);

// The filter of the side bar: without script all connections are a link away, so the field is hidden.
const field = document.querySelector("[data-filter]");

function fits(link, words) {
  const text = `${link.textContent} ${link.title}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

if (field) {
  const links = [...document.querySelectorAll("[data-filtered]")].map((link) => [link, link.hidden]);
  field.hidden = false;
  field.addEventListener("input", () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const [link, isHidden] of links) {
      link.hidden = words.length ? !fits(link, words) : isHidden;
    }
  });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    links.find(([link]) => !link.hidden)?.[0].click();
  });
}

// Filters act at once; without script their form has a button.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-auto]");
  if (form && !event.target.matches("[data-search]")) form.requestSubmit();
});

// A page whose list was exchanged has another address than its forms were made for.
document.addEventListener("submit", ({ target: form }) => {
  const next = form.querySelector("input[name=next][data-here]");
  if (next) next.value = location.pathname + location.search;
}, true);

// One-key shortcuts. The dialog on the page explains them in words; the profile turns them off.

const LEADER_MS = 1200;
let leader = 0;

// A row is what carries an id.
function ids() {
  return [...document.querySelectorAll("main a.iid")];
}

function current() {
  return document.activeElement.closest("main tr, main li, main article")?.querySelector("a.iid");
}

function step(by) {
  const all = ids();
  const next = all.indexOf(current()) + by;
  all[Math.min(Math.max(next, 0), all.length - 1)]?.focus();
}

function copyCurrent() {
  if (current()) copy(current().textContent.trim());
  else document.querySelector("h1 [data-copy]")?.click();
}

const KEYS = {
  "/": () => document.querySelector("[data-search]")?.focus(),
  "j": () => step(1),
  "k": () => step(-1),
  "c": copyCurrent,
  "?": () => document.querySelector("#keys").showModal(),
  "g": () => { leader = Date.now(); },
};

function isForThePage(event) {
  if (document.documentElement.dataset.keys !== "on" || event.isComposing) return false;
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  return !event.target.closest("input:not([type=checkbox]), select, textarea, dialog");
}

// After "g", a link of the navigation.
function linkOf(key) {
  if (Date.now() - leader >= LEADER_MS) return null;
  return document.querySelector(`[data-key="${CSS.escape(key)}"]`);
}

document.addEventListener("keydown", (event) => {
  if (!isForThePage(event)) return;
  const link = linkOf(event.key);
  leader = 0;
  if (link) link.click();
  else if (KEYS[event.key]) KEYS[event.key]();
  else return;
  event.preventDefault();
});

// Secrets in a pasted text are hidden before it leaves the browser. The server has the same patterns.
document.addEventListener("submit", ({ target: form }) => {
  if (!form.dataset.masks) return;
  const field = form.querySelector("textarea");
  for (const pattern of JSON.parse(form.dataset.masks)) {
    field.value = field.value.replace(new RegExp(pattern, "gi"), (_, kept) => kept + form.dataset.mask);
  }
});

// Search from anywhere: Ctrl K or the search link opens a dialog. Without script the link leads to the page.

const palette = document.querySelector("#palette");

function openPalette() {
  palette.showModal();
  palette.querySelector("input").select();
}

function choices() {
  return [...palette.querySelectorAll("input[type=search], a")];
}

// Enter leads to the page of the search: what the palette asks for meanwhile would only be cut
// off, and htmx would report that as an error. Who comes back finds it as it was.
let pending = null;
let leaving = false;

function leave() {
  leaving = true;
  const ended = pending?.onabort;
  if (ended) pending.onabort = () => addEventListener("pageshow", ended, { once: true });
}

// Up and down go through the field and what was found.
function move(by) {
  const all = choices();
  const next = all.indexOf(document.activeElement) + by;
  all[(next + all.length) % all.length].focus();
}

if (palette) {
  onLink("[data-palette]", openPalette);

  document.addEventListener("keydown", (event) => {
    if (event.key !== "k" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    openPalette();
  });

  palette.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown") move(1);
    else if (event.key === "ArrowUp") move(-1);
    else return;
    event.preventDefault();
  });

  palette.addEventListener("submit", leave);

  palette.addEventListener("htmx:beforeRequest", (event) => {
    if (leaving) event.preventDefault();
    else pending = event.detail.xhr;
  });

  addEventListener("pageshow", () => {
    leaving = false;
  });
}

// Requests of htmx: what goes wrong is said, and so is what a screen reader would miss.

function failed() {
  say(document.documentElement.dataset.failed, 6000);
}

document.addEventListener("htmx:responseError", failed);
document.addEventListener("htmx:sendError", failed);

// An answer without the part that was asked for is another page, such as the one to sign in: go there.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const selector = detail.requestConfig.elt.closest("[hx-select]")?.getAttribute("hx-select");
  const part = /^#([\w-]+)/.exec(selector)?.[1];
  if (detail.isError || !part || detail.serverResponse.includes(`id="${part}"`)) return;
  detail.shouldSwap = false;
  location.href = detail.xhr.responseURL;
});

document.addEventListener("htmx:afterSettle", ({ target }) => {
  const count = document.querySelector("#count");
  if (target.id === "list" && count) document.querySelector("#said").textContent = count.textContent.trim();
});

// Where a row of tabs or chips is wider than the screen, the current one is scrolled into sight.

function reveal(nav) {
  const current = nav.querySelector("[aria-current]");
  if (!current) return;
  const { left, right } = nav.getBoundingClientRect();
  const place = current.getBoundingClientRect();
  if (place.left >= left && place.right <= right) return;
  nav.scrollLeft += place.left - left - (right - left - place.width) / 2;
}

function revealAll() {
  document.querySelectorAll(".pages, nav.chips").forEach(reveal);
}

revealAll();
document.addEventListener("htmx:afterSettle", revealAll);

// The menu and the filters of a phone. Without script their links open them by :target.

onLink("[data-toggle]", (button) => {
  const part = document.querySelector(button.getAttribute("href"));
  button.setAttribute("aria-expanded", part.classList.toggle("open"));
});

// While the filters are exchanged, they stay open.
document.addEventListener("htmx:oobBeforeSwap", ({ target, detail }) => {
  if (target.id !== "facets" || !target.classList.contains("open")) return;
  detail.fragment.querySelector("#facets")?.classList.add("open");
});
