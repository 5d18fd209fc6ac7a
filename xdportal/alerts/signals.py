"""Declared here, received by the tasks and by upper rooms."""

from django.dispatch import Signal

# After the commit of a transaction that wrote deliveries: a hint to look soon.
deliveries_written = Signal()
