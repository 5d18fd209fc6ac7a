"""Error codes in the search of the portal."""

from django.test import RequestFactory
from django.utils.translation import override

from xdportal.errorcodes.search import codes
from xdportal.lib.search import Question


def test_a_code_that_many_calls_answer_names_each_call(rf: RequestFactory) -> None:
    with override("en"):
        (group,) = codes(rf.get("/search/"), Question("401", ["401"]))

    assert {(hit.id, hit.label) for hit in group.hits} == {("401", "Authentication failed")}
    asides = [hit.aside for hit in group.hits]
    assert asides[:2] == ["Common", "Personal image list"]
    assert len(set(asides)) == len(asides)
