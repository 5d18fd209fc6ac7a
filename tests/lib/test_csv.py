import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from xdportal.lib.batches import SIZE, batches, joined
from xdportal.lib.csv import BOM, csv_pieces, rows_of, safe_cell

texts = st.text(st.sampled_from("a=-@＝\t\r\n,\"'中 "), max_size=4)
cells = st.one_of(texts, st.integers(), st.none())


@given(st.lists(st.lists(cells, min_size=2, max_size=2), max_size=6))
def test_pieces_are_what_a_line_at_a_time_would_be(rows: list[list[object]]) -> None:
    lines = io.StringIO(newline="")
    writer = csv.writer(lines)
    writer.writerow(["one", "two"])
    for row in rows:
        writer.writerow([safe_cell(cell) for cell in row])

    assert "".join(csv_pieces(["one", "two"], rows)) == BOM + lines.getvalue()


def test_a_piece_has_many_lines() -> None:
    pieces = list(csv_pieces(["n"], ([number] for number in range(2 * SIZE + 1))))

    assert [piece.count("\r\n") for piece in pieces] == [1, SIZE, SIZE, 1]


def test_a_record_is_a_row_of_the_fields_asked_for() -> None:
    assert list(rows_of(("b", "a"), [{"a": 1, "b": 2, "c": 3}])) == [[2, 1]]


def test_batches_hold_all_in_order() -> None:
    assert list(batches(range(5), 2)) == [[0, 1], [2, 3], [4]]
    assert list(batches([], 2)) == []


def test_texts_are_joined() -> None:
    assert list(joined(["a"] * SIZE + ["b"])) == ["a" * SIZE, "b"]
