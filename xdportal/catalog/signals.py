"""Declared here, sent by the engine; upper rooms receive them in their `receivers.py`."""

from django.dispatch import Signal

# After the commit of a transaction that wrote events: a hint to look at once, never the only way.
# With `catalog`.
events_written = Signal()
