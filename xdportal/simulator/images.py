"""The image list of the simulated provider, as it moves."""

from collections.abc import Iterator
from datetime import date, timedelta

from xdportal.simulator.story import Story

Item = dict[str, str]

FIRST_ID = {"production": 4001, "sandbox": 7001}
ENVIRONMENTS = tuple(FIRST_ID)
EXAMPLE: Item = {
    "imageId": "4005",
    "type": "BL",
    "systemImageName": "Ubuntu Server",
    "systemImageVersion": "20.04 x64",
}
TYPES = ("BL", "ceph")
RELEASES = {
    "Ubuntu Server": ("18.04 x64", "20.04 x64", "22.04 x64", "24.04 x64"),
    "Windows Server": (
        "2016 数据中心版 64位",
        "2019 数据中心版 64位",
        "2022 标准版 64位",
        "2022 数据中心版 64位",
    ),
    "Windows 10": ("专业版 21H2", "专业版 22H2", "企业版 LTSC 2021"),
    "CentOS": ("7.6 x64", "7.9 x64", "8.5 x64", "Stream 9 x64"),
    "Debian": ("10.13 x64", "11.9 x64", "12.5 x64"),
    "Rocky Linux": ("8.9 x64", "8.10 x64", "9.3 x64", "9.4 x64"),
    "AlmaLinux": ("8.9 x64", "9.3 x64", "9.4 x64"),
    "openEuler": ("20.03 LTS SP4", "22.03 LTS SP3", "24.03 LTS"),
    "Anolis OS": ("7.9 RHCK 64位", "8.8 ANCK 64位", "8.9 ANCK 64位"),
}
NAMES = tuple(RELEASES)
BUILDS = tuple(f" {date(2018, 1, 1) + timedelta(days):%Y%m%d}" for days in range(3300))
GAPS = 0.08
REMEMBERED = 200


class World(Story):
    """The image list of one environment.

    At every step at least 75 % of the first list's ids are listed, and the size stays within 20 %
    of the first.
    """

    def __init__(self, seed: int = 1, images: int = 40, environment: str = "production") -> None:
        if images < 1:
            raise ValueError("a world needs at least one image")
        if environment not in ENVIRONMENTS:
            raise ValueError(f"unknown environment: {environment}")
        self.seed = seed
        self.images = images
        self.environment = environment
        self._fewest = -(-images * 4 // 5)
        self._most = images * 6 // 5
        super().__init__(f"{seed}/{environment}")

    def items(self, step: int) -> list[Item]:
        self.go_to(step)
        return [item.copy() for item in self._listed.values()]

    def _begin(self) -> None:
        self._ids = self._new_ids()
        self._listed = {item["imageId"]: item for item in self._first_items()}
        first, *others = self._listed
        self._random.shuffle(others)
        count = self.images // 4
        self._volatile = others[:count]  # only these, and later images, are ever withdrawn
        self._stable = [first, *others[count:]]
        self._withdrawn: list[Item] = []

    def _new_ids(self) -> Iterator[str]:
        number = FIRST_ID[self.environment]
        while True:
            if self._random.random() >= GAPS and str(number) != EXAMPLE["imageId"]:
                yield str(number)
            number += 1

    def _first_items(self) -> Iterator[Item]:
        kinds = [
            (kind, name, release) for kind in TYPES for name in NAMES for release in RELEASES[name]
        ]
        self._random.shuffle(kinds)
        count = self.images
        if self.environment == "production":
            yield EXAMPLE
            kinds.remove(
                (EXAMPLE["type"], EXAMPLE["systemImageName"], EXAMPLE["systemImageVersion"])
            )
            count -= 1
        for index in range(count):
            edition, place = divmod(index, len(kinds))
            kind, name, release = kinds[place]
            build = BUILDS[edition % len(BUILDS)] if edition else ""
            yield _item(next(self._ids), kind, name, release + build)

    def _move(self) -> None:
        # No image twice in one step: two changes could cancel each other out.
        touched: set[str] = set()
        for _ in range(1 + self._below(3)):
            self._change(touched)

    def _change(self, touched: set[str]) -> None:
        """Make one small change, or none when chance hits an image already touched."""
        chance = self._random.random()
        size = len(self._listed)
        if chance < 0.3 and self._volatile and size > self._fewest:
            self._withdraw(touched)
        elif 0.3 <= chance < 0.45 and self._withdrawn and size < self._most:
            self._bring_back(touched)
        elif 0.45 <= chance < 0.6 and size < self._most:
            self._add(touched)
        else:
            self._reword(touched)

    def _withdraw(self, touched: set[str]) -> None:
        index = self._below(len(self._volatile))
        image_id = self._volatile[index]
        if image_id in touched:
            return
        touched.add(image_id)
        self._volatile[index] = self._volatile[-1]
        self._volatile.pop()
        self._withdrawn.append(self._listed.pop(image_id))
        del self._withdrawn[:-REMEMBERED]

    def _bring_back(self, touched: set[str]) -> None:
        index = self._below(len(self._withdrawn))
        if self._withdrawn[index]["imageId"] not in touched:
            self._list(self._withdrawn.pop(index), touched)

    def _add(self, touched: set[str]) -> None:
        name = NAMES[self._below(len(NAMES))]
        kind = TYPES[self._below(len(TYPES))]
        item = _item(next(self._ids), kind, name, self._version(name))
        self._list(item, touched)

    def _list(self, item: Item, touched: set[str]) -> None:
        image_id = item["imageId"]
        touched.add(image_id)
        self._listed[image_id] = item
        self._volatile.append(image_id)

    def _reword(self, touched: set[str]) -> None:
        index = self._below(len(self._listed))
        stable = len(self._stable)
        image_id = self._stable[index] if index < stable else self._volatile[index - stable]
        if image_id in touched:
            return
        touched.add(image_id)
        item = self._listed[image_id]
        version = item["systemImageVersion"]
        while version == item["systemImageVersion"]:
            version = self._version(item["systemImageName"])
        self._listed[image_id] = item | {"systemImageVersion": version}

    def _version(self, name: str) -> str:
        releases = RELEASES[name]
        release = releases[self._below(len(releases))]
        return release + BUILDS[self._below(len(BUILDS))] if self._below(2) else release


def _item(image_id: str, kind: str, name: str, version: str) -> Item:
    return {
        "imageId": image_id,
        "type": kind,
        "systemImageName": name,
        "systemImageVersion": version,
    }
