"""What a user of each role may do: the scopes of a role, the one table of them."""

from __future__ import annotations

from collections.abc import Mapping

SCOPES = ("read", "write", "refund", "admin", "ops")
OPS = "ops"  # the operator's alone, as a scope and as a role

ROLES: Mapping[str, tuple[str, ...]] = {
    "admin": ("read", "write", "refund", "admin"),
    "technician": ("read", "write"),
    "sales": ("read", "write"),
    "billing": ("read", "refund"),
    OPS: SCOPES,
}
