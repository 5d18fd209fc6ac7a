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
}
