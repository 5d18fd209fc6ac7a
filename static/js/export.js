// An export is counted while it arrives, and saved only when it is complete.
import { begin, end } from "./busy.js";
import { onLink } from "./click.js";
import { fetchFile } from "./files.js";
import { say } from "./live.js";

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
