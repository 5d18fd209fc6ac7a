"""Declared here, received in the rooms above."""

from django.dispatch import Signal

# A check is wanted soon. With `connection`, and `account`: whether it is another account from now
# on.
check_wanted = Signal()
# The lists to read were chosen. With `connection`.
kinds_chosen = Signal()
# The connection has another state, in the transaction that writes it. With `connection`, `at`.
state_changed = Signal()
# The connection belongs to another team, in the transaction that moves it. With `connection`,
# `before`: the former team.
team_changed = Signal()
