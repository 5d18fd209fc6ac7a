from collections.abc import Set as AbstractSet
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.items import image, lines
from xdportal.catalog.compare import (
    Change,
    Counts,
    Rules,
    all_numeric,
    compare,
    count,
    digest,
    merge_incomplete,
    suspicion,
)
from xdportal.provider.kinds import IMAGES
from xdportal.provider.records import Line, RecordList

A, B, C = image("1"), image("2"), image("3")
A_NEWER = image("1", "22.04 x64")


def doubt(
    current: AbstractSet[Line],
    answered: AbstractSet[Line],
    *,
    percent: int = 30,
    complete: bool = True,
) -> str:
    answer = RecordList(
        answered, ignored_count=0 if complete else 1, ignored=(), duplicates=0, conflicts=0
    )
    return suspicion(current, answer, Rules(percent, confirm_after=timedelta(hours=1)))


def test_equal_lists_do_not_differ() -> None:
    assert compare(IMAGES, lines(A, B), lines(B, A)) == []


def test_added_removed_and_changed_stand_in_the_order_of_ids() -> None:
    assert compare(IMAGES, lines(A, B), lines(A_NEWER, C)) == [
        Change("changed", "1", (A,), (A_NEWER,)),
        Change("removed", "2", (B,), ()),
        Change("added", "3", (), (C,)),
    ]


def test_an_id_that_was_seen_before_returns() -> None:
    assert compare(IMAGES, lines(), lines(A, B), seen={"1"}) == [
        Change("returned", "1", (), (A,)),
        Change("added", "2", (), (B,)),
    ]


def test_an_id_with_several_contents_is_gone_only_when_all_are() -> None:
    assert compare(IMAGES, lines(A, A_NEWER), lines(A)) == [Change("changed", "1", (A_NEWER,), ())]
    assert compare(IMAGES, lines(A), lines(A, A_NEWER)) == [Change("changed", "1", (), (A_NEWER,))]
    assert compare(IMAGES, lines(A, A_NEWER), lines()) == [Change("removed", "1", (A, A_NEWER), ())]


def test_counts_are_by_id_and_returned_counts_as_added() -> None:
    changes = compare(IMAGES, lines(A, A_NEWER), lines(B, C), seen={"2"})

    assert count(change.kind for change in changes) == Counts(added=2, removed=1, changed=0)


def test_an_incomplete_answer_removes_nothing_it_does_not_name() -> None:
    assert merge_incomplete(lines(A, B), lines(A_NEWER, C)) == lines(A_NEWER, B, C)


def ids(*numbers: int) -> frozenset:
    return lines(*(image(str(number)) for number in numbers))


def test_an_empty_answer_is_suspect_whatever_was_known() -> None:
    assert doubt(frozenset(), frozenset()) == "empty"
    assert doubt(ids(1), frozenset()) == "empty"


def test_more_than_the_share_gone_is_suspect() -> None:
    known = ids(*range(10))

    assert doubt(known, ids(*range(7))) == ""
    assert doubt(known, ids(*range(6))) == "shrunken"
    assert doubt(known, ids(*range(6)), percent=50) == ""


def test_every_id_new_is_suspect_also_when_it_grew() -> None:
    assert doubt(ids(*range(5)), ids(*range(10, 30)), percent=100) == "all_new"


def test_under_five_images_only_an_empty_answer_is() -> None:
    assert doubt(ids(1, 2, 3, 4), ids(9)) == ""


def test_an_incomplete_answer_lacks_nothing() -> None:
    assert doubt(ids(*range(10)), ids(1), complete=False) == ""


def test_contents_do_not_make_suspect() -> None:
    assert doubt(ids(*range(9)), lines(*(image(str(n), "new") for n in range(9)))) == ""


images = st.frozensets(st.builds(image, st.sampled_from("abcdef"), st.sampled_from(["v1", "v2"])))


@given(images, images)
def test_the_changes_lead_from_one_list_to_the_other(before: frozenset, after: frozenset) -> None:
    changes = compare(IMAGES, lines(*before), lines(*after))
    gone = {row for change in changes for row in change.before}
    come = {row for change in changes for row in change.after}

    assert (before - gone) | come == after
    assert gone <= before
    assert not come & before
    assert [c.item_id for c in compare(IMAGES, lines(*after), lines(*before))] == [
        c.item_id for c in changes
    ]


@given(images, images)
def test_equal_sets_and_they_alone_have_equal_digests(one: frozenset, other: frozenset) -> None:
    assert (digest(lines(*one)) == digest(lines(*other))) == (one == other)


def test_numbers_are_numeric_unless_one_is_none() -> None:
    assert all_numeric(lines(image("1"), image("4005")))
    assert not all_numeric(lines(image("1"), image("a")))
    assert not all_numeric(lines(image("007")))
    assert not all_numeric(lines(image("٣")))
