// Additions only: every page works without this file.
const $ = (selector, root = document) => root.querySelector(selector);
let timer;

function say(text) {
  const toast = $(".toast");
  toast.textContent = text;
  toast.classList.add("on");
  clearTimeout(timer);
  timer = setTimeout(() => toast.classList.remove("on"), 1800);
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

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy], [data-toggle]");
  if (!button) return;
  if ("copy" in button.dataset) copy(button.dataset.copy, button.dataset.says);
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

// Keys: one place says what each does; the help on the page says it in words.
const rows = () => [...document.querySelectorAll("#list [data-copy]")].map((button) => button.closest("tr, li")).filter(Boolean);
const here = () => document.activeElement.closest("#list tr, #list li");

function step(by) {
  const all = rows();
  const row = all[Math.min(Math.max(all.indexOf(here()) + by, 0), all.length - 1)];
  if (row) $("a", row).focus();
}

const KEYS = {
  "/": () => $("[data-search]")?.focus(),
  "j": () => step(1),
  "k": () => step(-1),
  "c": () => here() && $("[data-copy]", here())?.click(),
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
