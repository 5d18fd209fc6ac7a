"""Which image a name and a version mean: the table of the documented rules."""

import pytest

from xdportal.api.resolving import Wanted, nearest, resolve
from xdportal.provider.kinds import ImageRecord

LISTED = [
    ImageRecord("1", "BL", "Ubuntu Server", "20.04 x64"),
    ImageRecord("2", "ceph", "Ubuntu Server", "20.04 x64"),
    ImageRecord("3", "BL", "Ubuntu Server", "22.04 x64"),
    ImageRecord("4", "BL", "Rocky Linux", "9.3 x64"),
    ImageRecord("5", "BL", "Rocky Linux", "9.3 X64"),
    ImageRecord("6", "BL", "Windows Server", "2019 数据中心版 64位 中文版"),
    ImageRecord("7", "BL", "Windows Server", "2022 数据中心版 64位 中文版"),
    ImageRecord("8", "BL", "Windows Server", "2022 数据中心版 64位 英文版"),
    ImageRecord("9", "BL", "统信 UOS", "20 专业版 x86_64"),
    ImageRecord("10", "BL", "Debian", "12.5 amd64"),
    ImageRecord("11", "BL", "Debian", "11"),
    ImageRecord("12", "BL", "CentOS", "7.9 x64"),
    ImageRecord("13", "BL", "CentOS Stream", "9 x64"),
    ImageRecord("14", "BL", "Café OS", "1.0"),
    ImageRecord("15", "BL", "Ｎｕｋｅ", "13"),
    ImageRecord("16", "ceph", "openEuler", "22.03 LTS SP3 x64"),
    ImageRecord("17", "ceph", "openEuler", "22.03 LTS SP1 x64"),
    ImageRecord("18", "BL", "Fedora", "20 04 x64"),
    ImageRecord("19", "BL", "Alma Linux", "9.10 x64"),
    ImageRecord("20", "BL", "Alma Linux", "9.1 x64"),
]

CASES = [
    # Exact texts
    ("Ubuntu Server", "22.04 x64", "", "exact", ["3"]),
    ("Ubuntu Server", "20.04 x64", "", "exact", ["1", "2"]),
    ("Ubuntu Server", "20.04 x64", "BL", "exact", ["1"]),
    ("Ubuntu Server", "20.04 x64", "ceph", "exact", ["2"]),
    ("Ubuntu Server", "20.04 x64", "bl", "normalised", []),
    ("Rocky Linux", "9.3 x64", "", "exact", ["4"]),
    ("Rocky Linux", "9.3 X64", "", "exact", ["5"]),
    ("Debian", "11", "", "exact", ["11"]),
    ("Windows Server", "2019 数据中心版 64位 中文版", "", "exact", ["6"]),
    ("统信 UOS", "20 专业版 x86_64", "", "exact", ["9"]),
    ("Alma Linux", "9.1 x64", "", "exact", ["20"]),
    ("Alma Linux", "9.10 x64", "", "exact", ["19"]),
    # Letter case
    ("ubuntu server", "22.04 x64", "", "normalised", ["3"]),
    ("UBUNTU SERVER", "22.04 X64", "", "normalised", ["3"]),
    ("rocky linux", "9.3 x64", "", "normalised", ["4", "5"]),
    ("DEBIAN", "11", "", "normalised", ["11"]),
    ("OPENEULER", "22.03 lts sp3 x64", "", "normalised", ["16"]),
    # Spaces
    ("Ubuntu  Server", "22.04 x64", "", "normalised", ["3"]),
    ("UbuntuServer", "22.04x64", "", "normalised", ["3"]),
    (" Ubuntu Server ", " 22.04 x64 ", "", "normalised", ["3"]),
    ("Windows Server", "2019数据中心版64位中文版", "", "normalised", ["6"]),
    ("统信UOS", "20专业版x86_64", "", "normalised", ["9"]),
    ("Fedora", "20 04 x64", "", "exact", ["18"]),
    ("Fedora", "20  04 x64", "", "normalised", ["18"]),
    ("Fedora", "2004 x64", "", "normalised", []),
    ("Fedora", "20.04 x64", "", "normalised", []),
    # Spellings of x64
    ("Ubuntu Server", "22.04 x86_64", "", "normalised", ["3"]),
    ("Ubuntu Server", "22.04 x86-64", "", "normalised", ["3"]),
    ("Ubuntu Server", "22.04 amd64", "", "normalised", ["3"]),
    ("Ubuntu Server", "22.04 AMD64", "", "normalised", ["3"]),
    ("Ubuntu Server", "22.04 64位", "", "normalised", ["3"]),
    ("Ubuntu Server", "22.04 64 位", "", "normalised", ["3"]),
    ("Ubuntu Server", "22.04 64-bit", "", "normalised", ["3"]),
    ("Debian", "12.5 x64", "", "normalised", ["10"]),
    ("Debian", "12.5 x86_64", "", "normalised", ["10"]),
    ("Debian", "12.5 64位", "", "normalised", ["10"]),
    ("统信 UOS", "20 专业版 x64", "", "normalised", ["9"]),
    ("Windows Server", "2019 数据中心版 x64 中文版", "", "normalised", ["6"]),
    ("Ubuntu Server", "22.04 x86", "", "normalised", []),
    ("Ubuntu Server", "22.04 arm64", "", "normalised", []),
    # The first words of the version
    ("Ubuntu Server", "22.04", "", "normalised", ["3"]),
    ("Ubuntu Server", "20.04", "", "normalised", ["1", "2"]),
    ("Ubuntu Server", "20.04", "ceph", "normalised", ["2"]),
    ("CentOS", "7.9", "", "normalised", ["12"]),
    ("Rocky Linux", "9.3", "", "normalised", ["4", "5"]),
    ("Windows Server", "2019", "", "normalised", ["6"]),
    ("Windows Server", "2022", "", "normalised", ["7", "8"]),
    ("Windows Server", "2022 数据中心版 64位 中文版", "", "exact", ["7"]),
    ("Windows Server", "2022 数据中心版", "", "normalised", ["7", "8"]),
    ("openEuler", "22.03 LTS SP3", "", "normalised", ["16"]),
    ("openEuler", "22.03 lts", "", "normalised", ["16", "17"]),
    ("统信 UOS", "20", "", "normalised", ["9"]),
    ("Alma Linux", "9.1", "", "normalised", ["20"]),
    ("Fedora", "20", "", "normalised", ["18"]),
    # Words are not cut, versions not guessed
    ("Ubuntu Server", "22", "", "normalised", []),
    ("Ubuntu Server", "2", "", "normalised", []),
    ("Rocky Linux", "9", "", "normalised", []),
    ("Alma Linux", "9", "", "normalised", []),
    ("Ubuntu Server", "latest", "", "normalised", []),
    ("Ubuntu Server", "x64", "", "normalised", []),
    ("Ubuntu Server", "20.04 x64 LTS", "", "normalised", []),
    # Names are whole
    ("Ubuntu", "22.04 x64", "", "normalised", []),
    ("CentOS", "9 x64", "", "normalised", []),
    ("Ubuntu Server 22.04", "x64", "", "normalised", []),
    ("Debian", "", "", "normalised", []),
    # Composed characters; wide letters are other letters
    ("Cafe\u0301 OS", "1.0", "", "normalised", ["14"]),
    ("Cafe OS", "1.0", "", "normalised", []),
    ("Nuke", "13", "", "normalised", []),
    ("Ｎｕｋｅ", "13", "", "exact", ["15"]),
]


@pytest.mark.parametrize(("name", "version", "type", "rule", "ids"), CASES)
def test_a_name_and_a_version_mean(
    name: str, version: str, type: str, rule: str, ids: list[str]
) -> None:
    match = resolve(Wanted(name, version, type), LISTED)

    assert (match.rule, match.ids) == (rule, ids)


def test_the_order_of_the_list_decides_nothing() -> None:
    for name, version, type, rule, ids in CASES:
        match = resolve(Wanted(name, version, type), reversed(LISTED))
        assert (match.rule, sorted(match.ids)) == (rule, sorted(ids))


def test_what_looks_alike_is_offered() -> None:
    found = nearest(Wanted("Ubunto Server", "22.04 x64"), LISTED)

    assert found[0].id == "3"


def test_nothing_is_offered_for_something_else() -> None:
    assert nearest(Wanted("FreeBSD", "14.1"), LISTED) == []
