// Search from anywhere: Ctrl K or the search link opens a dialog. Without script the link leads to the page.
import { onLink } from "./click.js";

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
