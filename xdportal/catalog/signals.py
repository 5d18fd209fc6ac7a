"""Declared here, sent by the engine; upper rooms receive them in their `receivers.py`."""

from django.dispatch import Signal

# After the commit of a transaction that wrote events: a hint to look at once, never the only way.
# With `catalog`.
events_written = Signal()

# After the commit that noted that the provider's answers look different. With `changes`.
shape_changed = Signal()
