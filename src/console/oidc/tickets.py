"""What a browser carries while its user is at the provider: signed, for ten minutes, one at a time."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from joserfc.jwt import JWTClaimsRegistry

LASTS = timedelta(minutes=10)
# What the library raises of a text that is no token of this kind: its own errors, and Python's of odd headers.
UNREADABLE = (JoseError, LookupError, TypeError, ValueError, RecursionError)
_ALGORITHMS = ("HS256",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """One way to the provider and back. `state` binds the way back to this browser, `nonce` the token to this way,
    `verifier` the code to whoever asked for it; `target` is the page to go on to.
    """

    state: str
    nonce: str
    verifier: str
    target: str

    @property
    def challenge(self) -> str:
        """What the provider is told of the verifier (RFC 7636, S256)."""
        return urlsafe_b64encode(sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()


def new_ticket(target: str) -> Ticket:
    """Return a ticket that nobody can guess."""
    return Ticket(state=token_urlsafe(32), nonce=token_urlsafe(32), verifier=token_urlsafe(48), target=target)


class Tickets:
    """Writes tickets as texts for a cookie, and reads them."""

    def __init__(self, key: bytes) -> None:
        """Take what they are signed with."""
        self._key = OctKey.import_key(key)

    def written(self, ticket: Ticket, *, at: datetime) -> str:
        """Return a ticket's text."""
        claims = {**asdict(ticket), "exp": int((at + LASTS).timestamp())}
        return jwt.encode({"alg": _ALGORITHMS[0]}, claims, self._key, algorithms=_ALGORITHMS)

    def read(self, text: str | None, *, at: datetime) -> Ticket | None:
        """Return the ticket of a text; None when it is over, or was not written here."""
        if text is None:
            return None
        try:
            claims = jwt.decode(text, self._key, algorithms=_ALGORITHMS).claims
            JWTClaimsRegistry(now=int(at.timestamp()), exp={"essential": True}).validate(claims)
            return Ticket(**{name: claims[name] for name in Ticket.__dataclass_fields__})
        except UNREADABLE:
            return None
