// Secrets in a pasted text are hidden before it leaves the browser. The server has the same patterns.
document.addEventListener("submit", ({ target: form }) => {
  if (!form.dataset.masks) return;
  const field = form.querySelector("textarea");
  for (const pattern of JSON.parse(form.dataset.masks)) {
    field.value = field.value.replace(new RegExp(pattern, "gi"), (_, kept) => kept + form.dataset.mask);
  }
});
