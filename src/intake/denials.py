"""Every "no" of the counter itself, before or beside the rules.

Denial
├── Unauthenticated      no key, or none that is valid
├── NotPermitted         the caller may not do this
│   ├── MissingScope        its key lacks the scope
│   └── PartnerDisabled     its partner is disabled
├── NotFound             it does not exist, or the caller may not see it; both are told alike
├── KeyRequired          an idempotency key is missing, or malformed
├── KeyReused            an idempotency key was used for another request
├── RequestInProgress    the request with this key has not ended yet
├── VersionConflict      somebody changed it meanwhile
├── RateLimited          too many requests
└── EngineUnreachable    the engine cannot take the command; nothing happened
"""

from __future__ import annotations

from datetime import timedelta


class Denial(Exception):
    """The counter says no. `code` is stable; `facts` are further members that the answer carries."""

    def __init__(self, code: str, detail: str, **facts: object) -> None:
        """Keep the code, the sentence and the facts."""
        super().__init__(code)
        self.code = code
        self.detail = detail
        self.facts = facts


class Unauthenticated(Denial):
    """Nobody is known by this key."""

    def __init__(self, code: str = "unauthenticated", detail: str = "Give a valid API key.") -> None:
        """Say why, without a hint about keys that exist."""
        super().__init__(code, detail)


class NotPermitted(Denial):
    """The caller is known, and may not do this."""


class MissingScope(NotPermitted):
    """The key lacks a scope."""

    def __init__(self, scope: str) -> None:
        """Name the scope."""
        super().__init__("missing_scope", f"This needs a key with the scope {scope}.", scope=scope)


class PartnerDisabled(NotPermitted):
    """The caller's partner is disabled."""

    def __init__(self) -> None:
        """Point at the one request that is left."""
        super().__init__("partner_disabled", "This partner is disabled; only GET /v1/me answers.")


class NotFound(Denial):
    """There is nothing of this name that the caller may see."""

    def __init__(self, code: str = "not_found", detail: str = "There is nothing here.") -> None:
        """Take a more telling code where the name came in a body."""
        super().__init__(code, detail)


class KeyRequired(Denial):
    """The request needs an idempotency key of 1 to 255 printable characters."""

    def __init__(self, code: str = "idempotency_key_required") -> None:
        """Take `idempotency_key_invalid` for a malformed one."""
        super().__init__(code, "Give an Idempotency-Key of 1 to 255 printable characters.")


class KeyReused(Denial):
    """The partner used the key for another request."""

    def __init__(self) -> None:
        """Keep what the other request was to itself."""
        super().__init__("idempotency_key_reused", "This Idempotency-Key was used for another request.")


class RequestInProgress(Denial):
    """The first request with this key has no final answer yet."""

    def __init__(self, command_id: str | None = None) -> None:
        """Name the command that it became, if it is known."""
        detail = "The request with this Idempotency-Key is still being worked on."
        super().__init__("request_in_progress", detail, **({} if command_id is None else {"command_id": command_id}))


class VersionConflict(Denial):
    """The caller's version is not the present one."""

    def __init__(self) -> None:
        """Ask for another look."""
        super().__init__("version_conflict", "It was changed meanwhile; read it again.")


class RateLimited(Denial):
    """Too many requests; `limit` per second, `retry_after` until the next is welcome."""

    def __init__(self, *, limit: int, retry_after: timedelta) -> None:
        """Carry the limit and the wait."""
        super().__init__("rate_limited", f"More than {limit} requests a second.")
        self.limit = limit
        self.retry_after = retry_after


class EngineUnreachable(Denial):
    """Nothing was accepted, the idempotency key is free."""

    def __init__(self, *, retry_after: timedelta = timedelta(seconds=5)) -> None:
        """Carry the wait."""
        super().__init__("engine_unreachable", "The command cannot be taken now; nothing happened.")
        self.retry_after = retry_after
