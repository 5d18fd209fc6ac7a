from xdportal.simulator.accounts import Account, accounts
from xdportal.simulator.calls import Call
from xdportal.simulator.faults import FAULTS
from xdportal.simulator.images import ENVIRONMENTS, Item, World
from xdportal.simulator.packages import PackageWorld
from xdportal.simulator.personal import PersonalWorld
from xdportal.simulator.simulator import Simulator

__all__ = [
    "ENVIRONMENTS",
    "FAULTS",
    "Account",
    "Call",
    "Item",
    "PackageWorld",
    "PersonalWorld",
    "Simulator",
    "World",
    "accounts",
]
