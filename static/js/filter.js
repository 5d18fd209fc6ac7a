// The filter of the side bar: without script all connections are a link away, so the field is hidden.
const field = document.querySelector("[data-filter]");

function fits(link, words) {
  const text = `${link.textContent} ${link.title}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

if (field) {
  const links = [...document.querySelectorAll("[data-filtered]")].map((link) => [link, link.hidden]);
  field.hidden = false;
  field.addEventListener("input", () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const [link, isHidden] of links) {
      link.hidden = words.length ? !fits(link, words) : isHidden;
    }
  });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    links.find(([link]) => !link.hidden)?.[0].click();
  });
}
