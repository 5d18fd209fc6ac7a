// The menu and the filters of a phone. Without script their links open them by :target.
import { onLink } from "./click.js";

onLink("[data-toggle]", (button) => {
  const part = document.querySelector(button.getAttribute("href"));
  button.setAttribute("aria-expanded", part.classList.toggle("open"));
});

// While the filters are exchanged, they stay open.
document.addEventListener("htmx:oobBeforeSwap", ({ target, detail }) => {
  if (target.id !== "facets" || !target.classList.contains("open")) return;
  detail.fragment.querySelector("#facets")?.classList.add("open");
});
