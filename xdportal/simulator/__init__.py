from xdportal.simulator.faults import FAULTS
from xdportal.simulator.server import Account, Call, Simulator, accounts
from xdportal.simulator.world import ENVIRONMENTS, Item, World

__all__ = ["ENVIRONMENTS", "FAULTS", "Account", "Call", "Item", "Simulator", "World", "accounts"]
