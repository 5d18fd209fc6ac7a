from xdportal.provider.simulator.faults import FAULTS
from xdportal.provider.simulator.server import Account, Call, Simulator, accounts
from xdportal.provider.simulator.world import ENVIRONMENTS, Item, World

__all__ = ["ENVIRONMENTS", "FAULTS", "Account", "Call", "Item", "Simulator", "World", "accounts"]
