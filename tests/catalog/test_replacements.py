"""What could take the place of an image that is gone."""

from tests.items import image
from xdportal.catalog.replacements import Reason, replacements

WAS = image("1", "9.3 x64", "Rocky Linux", "ceph")


def test_the_same_comes_first_then_the_nearest_of_the_same_major_version() -> None:
    listed = [
        image("8", "8.10 x64", "Rocky Linux", "ceph"),
        image("5", "9.1 x64", "Rocky Linux", "ceph"),
        image("4", "9.4 x64", "Rocky Linux", "ceph"),
        image("3", "9.6 x64", "Rocky Linux", "ceph"),
        image("2", "9.3 x86_64", "rocky linux", "ceph"),
        image("6", "9.3 x64", "Rocky Linux", "BL"),
    ]

    assert [(one.image.id, one.reason) for one in replacements(WAS, listed)] == [
        ("2", Reason.SAME),
        ("4", Reason.LATER),
        ("3", Reason.LATER),
        ("5", Reason.EARLIER),
        ("8", Reason.OTHER_MAJOR),
    ]


def test_another_type_is_offered_last_and_says_so() -> None:
    assert replacements(WAS, [image("6", "9.3 x64", "Rocky Linux", "BL")]) == [
        (image("6", "9.3 x64", "Rocky Linux", "BL"), Reason.OTHER_TYPE)
    ]


def test_nothing_alike_is_no_replacement() -> None:
    others = [
        WAS,
        image("2", "9.3 x64", "CentOS", "ceph"),
        image("3", "9.4 x64", "Rocky Linux", "BL"),
        image("4", "Stream", "Rocky Linux", "ceph"),
    ]

    assert replacements(WAS, others) == []
