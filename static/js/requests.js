// Requests of htmx: what goes wrong is said, and so is what a screen reader would miss.
import { say } from "./live.js";

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
