// Short messages in the live region at the bottom of the page.
let timer;

// With 0 ms, the text stays until the next message.
export function say(text, ms = 1800) {
  const toast = document.querySelector("#toast");
  toast.textContent = text;
  toast.classList.add("on");
  clearTimeout(timer);
  if (ms) timer = setTimeout(() => toast.classList.remove("on"), ms);
}
