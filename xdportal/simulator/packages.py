"""The two lists of host packages of the simulated provider, with prices that move."""

from dataclasses import dataclass

from xdportal.simulator.story import Story, short_id

Row = dict[str, object]

PAYG, RENTAL, BOTH = "0", "1", "2"  # values of useType
KEYS = (
    *("name", "gpuNumber", "gpuName", "cpuNumber", "memoryNumber", "rigidDiskNumber"),
    *("bandWidth", "type", "pveMachineType", "area", "useType"),
)
# The keys' values, then the price an hour in cents and the discount in percent.
FIRST: tuple[tuple[tuple[object, ...], int, int], ...] = (
    (("办公型 2核4G", 0, None, 2, 4, 64, 10, "BL", "0", "0", BOTH), 35, 100),
    (("办公型 4核8G", 0, None, 4, 8, 128, 10, "ceph", "0", "1", BOTH), 60, 100),
    (("图像型 RTX 3060*1", 1, "RTX 3060", 8, 32, 256, 30, "BL", "1", "0", BOTH), 190, 80),
    (("图像型 RTX 4090*1", 1, "RTX 4090", 16, 64, 512, 30, "ceph", "1", "0", PAYG), 420, 100),
    (("算法型 RTX 4090*4", 4, "RTX 4090", 64, 256, 1024, 50, "BL", "2", "1", RENTAL), 1560, 90),
    (("算法型 A100*8", 8, "A100 80G", 128, 1024, 2048, 100, "ceph", "2", "2", RENTAL), 6800, 95),
    (("图像型 RTX 3080*1", 1, "RTX 3080", 12, 48, 256, 30, "BL", "1", "1", PAYG), 240, 100),
    (("图像型 RTX 3090*2", 2, "RTX 3090", 24, 96, 512, 30, "BZ", "1", "0", BOTH), 560, 90),
    (("算法型 RTX 4090*8", 8, "RTX 4090", 96, 512, 2048, 100, "BZ", "2", "0", RENTAL), 3120, 85),
    (("办公型 8核16G", 0, None, 8, 16, 256, 20, "ceph", "0", "0", PAYG), 110, 100),
    (("图像型 A5000*1", 1, "RTX A5000", 16, 64, 512, 50, "SC", "1", "2", BOTH), 380, 100),
    (("算法型 L40*4", 4, "L40", 64, 384, 1024, 100, "ceph", "2", "2", BOTH), 2080, 95),
    (("算法型 H20*8", 8, "H20", 192, 1536, 4096, 100, "SC", "2", "2", PAYG), 5200, 100),
    (("办公型 16核32G", 0, "", 16, 32, 512, 20, "BL", "0", "1", PAYG), 205, 100),
)
FACTORS = (90, 95, 105, 110, 125)  # percent, by which a price moves
DISCOUNTS = (100, 95, 90, 80)
RENTAL_PERCENT = 85  # of the price by the hour, to begin with


@dataclass
class Package:
    row: Row
    cents: dict[str, int]  # by list: the same package costs differently in each
    first_cents: dict[str, int]
    discount: int
    listed: bool = True


class PackageWorld(Story):
    """The packages of one environment. Each step moves at least one price."""

    def __init__(
        self, seed: int = 1, environment: str = "production", count: int = len(FIRST)
    ) -> None:
        self.environment = environment
        self.count = count
        super().__init__(f"{seed}/{environment}/packages")

    def items(self, use: str, step: int) -> list[Row]:
        """Return the rows of a list: 0 by the hour, 1 rental. A package of use 2 is in both."""
        self.go_to(step)
        rows = []
        for place, package in enumerate(self._packages):
            if package.listed and package.row["useType"] in (use, BOTH):
                rows.append(_row(package, use, is_text=(place + step) % 2 == 1))
        return rows

    def _begin(self) -> None:
        self._packages = [self._package(place) for place in range(self.count)]

    def _package(self, place: int) -> Package:
        edition, index = divmod(place, len(FIRST))
        values, cents, discount = FIRST[index]
        row = dict(zip(KEYS, values, strict=True))
        if edition:
            row["name"] = f"{row['name']} #{edition}"
        own_id = short_id(f"package/{self.environment}/{row['name']}")
        prices = {PAYG: cents, RENTAL: cents * RENTAL_PERCENT // 100}
        return Package({"packageId": own_id} | row, prices.copy(), prices, discount)

    def _move(self) -> None:
        moved: set[tuple[object, str]] = set()  # no price twice in a step: it could move back
        for _ in range(1 + self._below(2)):
            self._move_price(moved)
        chance = self._random.random()
        if chance < 0.1:
            self._move_discount()
        elif chance < 0.2:
            self._withdraw_or_return()

    def _move_price(self, moved: set[tuple[object, str]]) -> None:
        listed = [package for package in self._packages if package.listed]
        package = listed[self._below(len(listed))]
        use = str(package.row["useType"])
        if use == BOTH:
            use = (PAYG, RENTAL)[self._below(2)]
        factor = FACTORS[self._below(len(FACTORS))]
        key = (package.row["packageId"], use)
        if key not in moved:
            moved.add(key)
            package.cents[use] = _moved(package.cents[use], package.first_cents[use], factor)

    def _move_discount(self) -> None:
        package = self._packages[self._below(len(self._packages))]
        package.discount = DISCOUNTS[self._below(len(DISCOUNTS))]

    def _withdraw_or_return(self) -> None:
        """Withdraw or return a package of the last third; the others stay."""
        last = max(1, len(self._packages) // 3)
        package = self._packages[-1 - self._below(last)]
        package.listed = not package.listed


def _moved(cents: int, first: int, percent: int) -> int:
    """Return another price, between half and twice the first one."""
    price = cents * percent // 100
    if not first <= 2 * price <= 4 * first:
        price = first
    return price if price != cents else cents + 1


def _row(package: Package, use: str, *, is_text: bool) -> Row:
    """Return a row. The provider sends prices as text or as number; here they take turns."""
    amount = package.cents[use] / 100
    discount = package.discount / 100
    if is_text:
        return package.row | {"amount": f"{amount:.2f}", "discount": f"{discount:.2f}"}
    return package.row | {"amount": amount, "discount": discount}
