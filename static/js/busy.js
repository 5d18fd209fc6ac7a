// What takes long says so, and is not started twice.
import { say } from "./live.js";

// Mark an element as busy; return false if it already was.
export function begin(element) {
  const free = !element.hasAttribute("aria-busy");
  element.setAttribute("aria-busy", "true");
  return free;
}

export function end(element) {
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
