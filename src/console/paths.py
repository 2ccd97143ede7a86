"""Where the console is, and the addresses that more than one page leads to."""

from __future__ import annotations

from urllib.parse import quote

HOME = "/console"
SIGN_IN = f"{HOME}/sign-in"
OIDC = f"{SIGN_IN}/oidc"
OIDC_RETURN = f"{OIDC}/callback"
SIGN_OUT = f"{HOME}/sign-out"
SET_PASSWORD = f"{HOME}/set-password"
STATIC = f"{HOME}/static"
CUSTOMERS = f"{HOME}/customers"
SUBSCRIPTIONS = f"{HOME}/subscriptions"
PURCHASES = f"{HOME}/purchases"
TRANSACTIONS = f"{HOME}/transactions"
INVOICES = f"{HOME}/invoices"
REPORTS = f"{HOME}/reports"
PARTNER = f"{HOME}/partner"
BULK = f"{HOME}/bulk"
SANDBOX = f"{HOME}/sandbox"
LONGEST = 2_000  # of an address to go on to: browsers keep no cookie of more than 4 kB


def is_of_console(path: str) -> bool:
    """Return whether an address is the console's."""
    return path == HOME or path.startswith(f"{HOME}/")


def local(path: str) -> str:
    """Return an address to go on to if it is one of the console's own and fits in a cookie, else the first page."""
    is_own = is_of_console(path.partition("?")[0]) and path.isprintable() and "\\" not in path
    return path if is_own and len(quote(path)) <= LONGEST else HOME
