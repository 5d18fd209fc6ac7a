// One-key shortcuts. The dialog on the page explains them in words; the profile turns them off.
import { copy } from "./copy.js";

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
