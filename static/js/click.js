// One listener for the whole page: parts of it are exchanged by htmx, their handlers are not.
export function onClick(selector, act) {
  document.addEventListener("click", (event) => {
    const element = event.target.closest(selector);
    if (element) act(element, event);
  });
}

// A link that does something else here; with Ctrl, Meta or Shift it stays a link.
export function onLink(selector, act) {
  onClick(selector, (link, event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    act(link);
  });
}
