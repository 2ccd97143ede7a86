"""Stored commands turned back into what the rules understand."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from lifecycle.commands import (
    AcceptEca,
    AddInventory,
    Cancel,
    ChangeAcceptor,
    Command,
    CustomerStanding,
    DeclineEca,
    Enable,
    Purchase,
    ResendEca,
    SetRenewalInventory,
    SetRenewalMode,
    Settle,
    Suspend,
)
from storage.codec import validated

PURCHASE = "purchase"
IF_MATCH = "if_match"
BESIDE_THE_COMMAND = frozenset({"evidence", IF_MATCH})
CHANGE_ACCEPTOR = "change_acceptor"
NEEDS_STANDING = frozenset({PURCHASE, CHANGE_ACCEPTOR})

_KINDS: dict[str, TypeAdapter[Command]] = {
    PURCHASE: TypeAdapter(Purchase),
    "accept_eca": TypeAdapter(AcceptEca),
    "decline_eca": TypeAdapter(DeclineEca),
    "resend_eca": TypeAdapter(ResendEca),
    CHANGE_ACCEPTOR: TypeAdapter(ChangeAcceptor),
    "add_inventory": TypeAdapter(AddInventory),
    "set_renewal_inventory": TypeAdapter(SetRenewalInventory),
    "set_renewal_mode": TypeAdapter(SetRenewalMode),
    "suspend": TypeAdapter(Suspend),
    "enable": TypeAdapter(Enable),
    "cancel": TypeAdapter(Cancel),
    "settle": TypeAdapter(Settle),
}


def acceptor_of(kind: str, body: dict[str, Any]) -> str | None:
    """Return the address of who shall accept, None when a command names nobody."""
    found: str | None = body.get({PURCHASE: "eca_acceptor_email", CHANGE_ACCEPTOR: "acceptor_email"}.get(kind, ""))
    return found


def build_command(kind: str, body: dict[str, Any], standing: CustomerStanding | None) -> Command:
    """Return the command of a stored kind and body; evidence and the version that the caller has seen are left out.

    Raises:
        KeyError: no such kind.
        ValueError: the body does not fit the kind.
    """
    adapter = _KINDS[kind]
    members = {name: value for name, value in body.items() if name not in BESIDE_THE_COMMAND}
    if kind in NEEDS_STANDING:
        members["standing"] = standing
    return validated(adapter, members)
