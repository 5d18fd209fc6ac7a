"""The table of figures in bench/README.md, which a run writes itself."""

from pathlib import Path

from bench.table import Table

FILE = Path(__file__).with_name("README.md")
BEGIN = "<!-- figures: written by `make bench` -->"
END = "<!-- end of figures -->"


def write(table: Table) -> None:
    FILE.write_text(replaced(FILE.read_text(), "\n".join(table.lines())))


def replaced(text: str, figures: str) -> str:
    """Return the text with other figures between the two marks."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{figures}\n\n{END}{after}"
