// Additions only: every page works without this file.
const $ = (selector, root = document) => root.querySelector(selector);
let timer;

// In the live region at the bottom; for 0 ms: until something else is said.
function say(text, ms = 1800) {
  const toast = $(".toast");
  toast.textContent = text;
  toast.classList.add("on");
  clearTimeout(timer);
  if (ms) timer = setTimeout(() => toast.classList.remove("on"), ms);
}

async function copy(text, says) {
  try {
    await navigator.clipboard.writeText(text);
  } catch { // plain http on a LAN has no clipboard API
    const area = document.createElement("textarea");
    area.value = text;
    area.className = "sr";
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  say(says || document.documentElement.dataset.copied.replace("%s", () => text));
}

// Refused, or led elsewhere (somebody signed out, to sign in): that is not what was asked for.
async function fetchFile(link) {
  const answer = await fetch(link.href);
  if (!answer.ok || answer.redirected) throw new Error(answer.status);
  return answer;
}

// A list that stands at an address of its own, one a line. What the clipboard does not take, the browser saves as a file.
async function copyList(link) {
  const text = fetchFile(link).then((answer) => answer.text());
  try {
    // Safari allows it only as a promise within the click.
    if (window.ClipboardItem) await navigator.clipboard.write([new ClipboardItem({ "text/plain": text.then(plain) })]);
    else await navigator.clipboard.writeText(await text);
    say(link.dataset.says);
  } catch {
    location.href = link.href;
  }
}
const plain = (text) => new Blob([text], { type: "text/plain" });

// An export is counted while it comes, and saved only when it is whole.
async function save(link) {
  if (!begin(link)) return;
  try {
    const answer = await fetchFile(link);
    const parts = [], reader = answer.body.getReader();
    let lines = 0, told = Date.now();
    for (let part; !(part = await reader.read()).done; parts.push(part.value)) {
      for (const byte of part.value) lines += byte === 10;
      if (Date.now() - told < 500) continue;
      told = Date.now();
      say(link.dataset.busy.replace("%s", lines.toLocaleString(document.documentElement.lang)), 0);
    }
    const file = document.createElement("a");
    file.href = URL.createObjectURL(new Blob(parts));
    file.download = /filename="(.+)"/.exec(answer.headers.get("Content-Disposition"))[1];
    file.click();
    setTimeout(() => URL.revokeObjectURL(file.href), 60000);
    say(link.dataset.says.replace("%s", () => file.download));
  } catch {
    say(link.dataset.broke, 6000);
  }
  link.removeAttribute("aria-busy");
}

function end(form) {
  form.removeAttribute("aria-busy");
  say("", 1);
}

// Marks what takes long; false where it is under way already.
function begin(element) {
  const free = !element.hasAttribute("aria-busy");
  element.setAttribute("aria-busy", "true");
  return free;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy], [data-list], [data-export], [data-toggle]");
  if (!button) return;
  if ("copy" in button.dataset) copy(button.dataset.copy, button.dataset.says);
  else if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  else if ("list" in button.dataset || "export" in button.dataset) {
    event.preventDefault();
    ("list" in button.dataset ? copyList : save)(button);
  }
  else {
    event.preventDefault();
    button.setAttribute("aria-expanded", $(button.getAttribute("href")).classList.toggle("open"));
  }
});

// Facets act at once; without script their form has a button.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-auto]");
  if (form && !event.target.matches("[data-search]")) form.requestSubmit();
});

// A page whose list was exchanged has another address than its forms were made for.
document.addEventListener("submit", ({ target: form }) => {
  const next = form.querySelector("input[name=next][data-here]");
  if (next) next.value = location.pathname + location.search;
}, true);

// What takes long says so beside its button, and is not sent twice.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.dataset.busy) return;
  if (begin(form)) say(form.dataset.busy, 0);
  else event.preventDefault();
});
addEventListener("pageshow", ({ persisted }) => persisted && document.querySelectorAll("form[aria-busy]").forEach((form) => form.removeAttribute("aria-busy")));

// What is asked for without a reload may fail, or bring another page: of somebody signed out, that to sign in.
const failed = () => say(document.documentElement.dataset.failed, 6000);
document.addEventListener("htmx:responseError", failed);
document.addEventListener("htmx:sendError", failed);
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const part = detail.requestConfig.elt.closest("[hx-select]")?.getAttribute("hx-select").slice(1);
  if (detail.isError || !part || detail.serverResponse.includes(`id="${part}"`)) return;
  detail.shouldSwap = false;
  location.href = detail.xhr.responseURL;
});
document.addEventListener("htmx:afterRequest", ({ target }) => {
  if (target.dataset.busy) end(target);
});

// On a phone the filters stay open while they are exchanged.
document.addEventListener("htmx:oobBeforeSwap", ({ target, detail }) => {
  if (target.id === "facets" && target.classList.contains("open")) detail.fragment.querySelector("#facets")?.classList.add("open");
});

// A new list is told to those who do not see it.
document.addEventListener("htmx:afterSettle", ({ target }) => {
  if (target.id === "list" && $("#count")) $("#said").textContent = $("#count").textContent;
});

// Secrets in a pasted text are struck out before it leaves the browser; the server has the same patterns.
document.addEventListener("submit", ({ target: form }) => {
  if (!form.dataset.masks) return;
  const field = $("textarea", form);
  for (const pattern of JSON.parse(form.dataset.masks))
    field.value = field.value.replace(new RegExp(pattern, "gi"), (_, kept) => kept + form.dataset.mask);
});

// Keys: one place says what each does; the help on the page says it in words. A row is what carries an ID.
const ids = () => [...document.querySelectorAll("main a.iid")];
const current = () => document.activeElement.closest("main tr, main li, main article")?.querySelector("a.iid");

function step(by) {
  const all = ids();
  all[Math.min(Math.max(all.indexOf(current()) + by, 0), all.length - 1)]?.focus();
}

const KEYS = {
  "/": () => $("[data-search]")?.focus(),
  "j": () => step(1),
  "k": () => step(-1),
  "c": () => current() ? copy(current().textContent) : $("h1 [data-copy]")?.click(),
  "?": () => $("#keys").showModal(),
  "g": () => { leader = Date.now(); },
};

let leader = 0;
document.addEventListener("keydown", (event) => {
  if (document.documentElement.dataset.keys !== "on" || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.closest("input:not([type=checkbox]), select, textarea, dialog")) return;
  const link = Date.now() - leader < 1200 && $(`.nav [data-key="${CSS.escape(event.key)}"]`);
  leader = 0;
  if (link) link.click();
  else if (KEYS[event.key]) KEYS[event.key]();
  else return;
  event.preventDefault();
});
