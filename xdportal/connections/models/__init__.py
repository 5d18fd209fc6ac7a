from xdportal.connections.models.connection import (
    LONGEST_INTERVAL,
    LONGEST_WAIT,
    SHORTEST_INTERVAL,
    Connection,
    all_kinds,
    default_interval,
)
from xdportal.connections.models.credential import (
    CredentialUnreadable,
    SealedCredential,
    sealing_context,
)
from xdportal.connections.models.credential_test import CredentialTest
from xdportal.connections.models.default import DefaultConnection
from xdportal.connections.models.kinds import ListKind

__all__ = [
    "LONGEST_INTERVAL",
    "LONGEST_WAIT",
    "SHORTEST_INTERVAL",
    "Connection",
    "CredentialTest",
    "CredentialUnreadable",
    "DefaultConnection",
    "ListKind",
    "SealedCredential",
    "all_kinds",
    "default_interval",
    "sealing_context",
]
