"""An account's personal images at the simulated provider: made, usable, failed, expired, gone."""

from xdportal.simulator.story import Story, short_id

Row = dict[str, object]

CREATING, USABLE, FAILED, EXPIRED = range(4)  # values of status
KEYS = ("imageType", "imageName", "imageSize", "datacenterKey", "status", "createTime")
FIRST: tuple[tuple[object, ...], ...] = (
    ("Windows", "渲染节点 Maya 2024", "128.00", "HZ", USABLE, 1708330251000),
    ("Windows", "渲染节点 Houdini 20", "160.00", "HZ", USABLE, 1711013402000),
    ("Linux", "ubuntu-cuda-12", "64.00", "GZ", USABLE, 1713776645000),
    ("Linux", "ubuntu-cuda-13", "64.00", "GZ", CREATING, 1716540088000),
    ("Windows", "旧版合成机", "256.00", "CD", EXPIRED, 1690012800000),
)
LATEST = 1716540088000  # when the newest of them was made
HOUR = 3_600_000  # milliseconds: what a step takes
MOST_NEW = 10  # beyond the first ones


class PersonalWorld(Story):
    """The personal images of one account, newest last."""

    def __init__(self, account_id: str, count: int = len(FIRST)) -> None:
        self.account_id = account_id
        self.count = count
        super().__init__(f"{account_id}/personal")

    def items(self, step: int) -> list[Row]:
        self.go_to(step)
        return [row.copy() for row in self._rows]

    def _begin(self) -> None:
        self._made = 0
        self._rows: list[Row] = []
        for place in range(self.count):
            edition, index = divmod(place, len(FIRST))
            row = dict(zip(KEYS, FIRST[index], strict=True))
            if edition:
                row["imageName"] = f"{row['imageName']} #{edition}"
            self._add(row)

    def _move(self) -> None:
        creating, usable, failed, expired = map(self._with_status, range(4))
        for row in creating:
            row["status"] = USABLE if self._random.random() < 0.8 else FAILED
        chance = self._random.random()
        if chance < 0.35 and len(self._rows) < self.count + MOST_NEW:
            self._create()
        elif chance < 0.6 and len(usable) > 1:
            usable[0]["status"] = EXPIRED
        elif chance < 0.8 and failed + expired:
            self._rows.remove((failed + expired)[0])

    def _create(self) -> None:
        template = FIRST[self._below(len(FIRST))]
        row = dict(zip(KEYS, template, strict=True))
        made_at = LATEST + (self._step + 1) * HOUR
        name = f"{row['imageName']} r{self._made}"
        self._add(row | {"imageName": name, "status": CREATING, "createTime": made_at})

    def _add(self, row: Row) -> None:
        own_id = short_id(f"personal/{self.account_id}/{self._made}")
        self._made += 1
        self._rows.append({"id": own_id, "imageId": 10**8 + int(own_id, 16) % 10**8} | row)

    def _with_status(self, status: int) -> list[Row]:
        return [row for row in self._rows if row["status"] == status]
