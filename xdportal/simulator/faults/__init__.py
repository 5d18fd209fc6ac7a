"""The simulator's faults, by what they spoil."""

from xdportal.simulator.faults import answers, content, paging, secrets, transport
from xdportal.simulator.faults.register import FAULTS, QueuedFault

__all__ = ["FAULTS", "QueuedFault", "answers", "content", "paging", "secrets", "transport"]
