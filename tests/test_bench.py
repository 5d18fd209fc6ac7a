"""What the bench reads and writes beside its measurements."""

from bench import beside, readme

NOW = """
| figure | ours | peer | measured | target |  |
| --- | --- | --- | --- | --- | --- |
| unchanged, 1,000 | 1.9 ms | json.loads 0.5 ms | 3.80 × | ≤ 1 × | missed |
| 1 % changed, 1,000 | 6.4 ms | plain sqlite3 2.6 ms | 2.50 × | ≤ 2 × | missed |
| 1 % changed, 1,000 | 6.4 ms | simple-history 7.2 ms | 0.89 × | ≤ 1 × | met |
| bytes a change |  |  | 113.00 B | ≤ 150 B | met |
"""
FORMER = """
figure              ours     peer                   measured  target
unchanged, 1,000    2.0 ms   json.loads 0.5 ms      4.00 ×    ≤ 1.5 ×  missed
1 % changed, 1,000  6.4 ms   simple-history 7.2 ms  0.80 ×    ≤ 1 ×    met
bytes a change      113 B                           113.00 B  ≤ 150 B  met
"""
TEXT = f"# Bench\n\n{readme.BEGIN}\n\nold\n\n{readme.END}\n\n## More\n"


def test_both_benches_tables_are_read_by_figure_and_peer() -> None:
    assert beside.rows_of(NOW) == {
        "unchanged, 1,000 · json.loads": 3.8,
        "1 % changed, 1,000 · plain sqlite3": 2.5,
        "1 % changed, 1,000 · simple-history": 0.89,
        "bytes a change": 113.0,
    }
    assert beside.rows_of(FORMER) == {
        "unchanged, 1,000 · json.loads": 4.0,
        "1 % changed, 1,000 · simple-history": 0.8,
        "bytes a change": 113.0,
    }


def test_what_both_know_is_compared() -> None:
    assert beside.report("abc", beside.rows_of(FORMER), beside.rows_of(NOW)) == 1


def test_the_table_of_figures_is_replaced_and_nothing_else() -> None:
    written = readme.replaced(TEXT, "new")

    assert written == TEXT.replace("old", "new")
    assert readme.replaced(written, "new") == written


def test_the_readme_has_room_for_the_table() -> None:
    text = readme.FILE.read_text()
    assert (text.count(readme.BEGIN), text.count(readme.END)) == (1, 1)
