// Filters act at once; without script their form has a button.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-auto]");
  if (form && !event.target.matches("[data-search]")) form.requestSubmit();
});

// A page whose list was exchanged has another address than its forms were made for.
document.addEventListener("submit", ({ target: form }) => {
  const next = form.querySelector("input[name=next][data-here]");
  if (next) next.value = location.pathname + location.search;
}, true);
