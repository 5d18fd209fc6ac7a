// Copy buttons: data-copy holds the text, or is empty beside a <pre>, or where data-from names a field.
// data-says is said afterwards.
import { onClick, onLink } from "./click.js";
import { fetchFile } from "./files.js";
import { say } from "./live.js";

export async function copy(text, says) {
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
