"""The main menu: where it leads, and who is shown what."""

from __future__ import annotations

from dataclasses import dataclass

from console.paths import BULK, CUSTOMERS, HOME, INVOICES, PARTNER, REPORTS, SANDBOX, SUBSCRIPTIONS
from intake.scope import Caller


@dataclass(frozen=True, slots=True)
class Item:
    """An entry of the menu."""

    name: str
    path: str

    def is_here(self, here: str) -> bool:
        """Return whether an address is below the entry's."""
        return here == self.path or (self.path != HOME and here.startswith(f"{self.path}/"))


_ALL = (Item("Home", HOME), Item("Customers", CUSTOMERS), Item("Subscriptions", SUBSCRIPTIONS))
_MONEY = (Item("Invoices", INVOICES),)
_REST = (Item("Reports", REPORTS), Item("Bulk", BULK), Item("Partner", PARTNER))
_SANDBOX = (Item("Sandbox", SANDBOX),)


def menu_of(caller: Caller, *, sandbox: bool) -> tuple[Item, ...]:
    """Return the entries for somebody; resellers get no invoices, because their distributor does."""
    money = () if caller.is_reseller else _MONEY
    return (*_ALL, *money, *_REST, *(_SANDBOX if sandbox and caller.has_scope("write") else ()))
