// Where a row of tabs or chips is wider than the screen, the current one is scrolled into sight.

function reveal(nav) {
  const current = nav.querySelector("[aria-current]");
  if (!current) return;
  const { left, right } = nav.getBoundingClientRect();
  const place = current.getBoundingClientRect();
  if (place.left >= left && place.right <= right) return;
  nav.scrollLeft += place.left - left - (right - left - place.width) / 2;
}

function revealAll() {
  document.querySelectorAll(".pages, nav.chips").forEach(reveal);
}

revealAll();
document.addEventListener("htmx:afterSettle", revealAll);
