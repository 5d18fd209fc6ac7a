"""Declared here, received in the rooms above."""

from django.dispatch import Signal

# With `user`. Each receiver returns (name, rows) of what its room stores about the person.
personal_data = Signal()

# With `viewer` and `team`. Each receiver returns (uuid, name) of the connections that a key can be
# limited to.
connections_wanted = Signal()

# With `viewer` and `slugs`. Each receiver returns what its room knows by these: slug → (name, URL).
names_wanted = Signal()

# With `membership`. Each receiver returns the names of what stops when the member leaves the team
# or becomes a reader.
stops_wanted = Signal()
