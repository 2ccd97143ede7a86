"""A provider of identities: where its users sign in, and whom a code that it gave out is of."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, cast
from urllib.parse import quote, urlencode

import httpx2
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry

from console.oidc.asking import asked
from console.oidc.discovery import Discovered, discovered
from console.oidc.failures import IdentityRefused, ProviderFailed
from console.oidc.tickets import UNREADABLE, Ticket

ALGORITHMS = ("RS256", "PS256", "ES256", "ES384")
LEEWAY_SECONDS = 60
KNOWN_FOR = timedelta(hours=1)
# So long nobody asks a provider again that has just failed: each who comes would wait for it.
FAILED_FOR = timedelta(seconds=15)


class Provider:
    """One provider, as which client this service is known to it, and what it has said of itself lately."""

    def __init__(self, *, name: str, issuer: str, client_id: str, client_secret: str, return_address: str) -> None:
        """Take how people call it, its issuer, what it gave this service, and where it sends people back to."""
        self.name = name
        self.issuer = issuer
        self._client_id = client_id
        self._client_secret = client_secret
        self._return_address = return_address
        self._discovered: tuple[datetime, Discovered] | None = None
        self._failed: tuple[datetime, ProviderFailed] | None = None
        self._asking = asyncio.Lock()
        self._keys: tuple[datetime, KeySet] | None = None

    async def sign_in_address(self, ticket: Ticket, *, at: datetime) -> str:
        """Return where somebody signs in who comes back with this ticket.

        Raises:
            ProviderFailed: the provider does not say where.
        """
        query = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": self._return_address,
            "scope": "openid email",
            "state": ticket.state,
            "nonce": ticket.nonce,
            "code_challenge": ticket.challenge,
            "code_challenge_method": "S256",
        }
        address = (await self._known(at)).authorization
        return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}"

    async def email_of(self, code: str, ticket: Ticket, *, at: datetime) -> str:
        """Return the verified address of who signed in and came back with the code.

        Raises:
            IdentityRefused: the code or the token is not for this way, or the address is not verified.
            ProviderFailed: the provider does not answer, or not as it should.
        """
        known = await self._known(at)
        claims = await self._claims(await self._token(known, code, ticket), known, at)
        self._check(claims, ticket, at)
        email = claims.get("email")
        if not isinstance(email, str) or claims.get("email_verified") is not True:
            message = "the address of mail is not verified"
            raise IdentityRefused(message)
        if not (email.isascii() and email.isprintable()):
            # Folded, letters of other scripts become ours: K (U+212A) is k, and would be somebody else's address.
            message = "the address of mail has letters beyond ASCII"
            raise IdentityRefused(message)
        return email

    async def _token(self, known: Discovered, code: str, ticket: Ticket) -> str:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._return_address,
            "code_verifier": ticket.verifier,
        }
        if known.takes_basic:
            # RFC 6749, 2.3.1: both are encoded as in a form before they are put together.
            basic = httpx2.BasicAuth(quote(self._client_id, safe=""), quote(self._client_secret, safe=""))
            answer = await asked("POST", known.token, form=form, auth=basic)
        else:
            own = {"client_id": self._client_id, "client_secret": self._client_secret}
            answer = await asked("POST", known.token, form=form | own)
        token = answer.get("id_token")
        if not isinstance(token, str):
            message = "the token endpoint gave no id_token"
            raise IdentityRefused(message)
        return token

    async def _claims(self, token: str, known: Discovered, at: datetime) -> Mapping[str, Any]:
        """Return what a token says once its signature is found to be the provider's, whose keys may be new."""
        if self._keys is not None and at - self._keys[0] < KNOWN_FOR:
            with suppress(IdentityRefused):
                return _signed_claims(token, self._keys[1])
        self._keys = at, await _fetched_keys(known)
        return _signed_claims(token, self._keys[1])

    def _check(self, claims: Mapping[str, Any], ticket: Ticket, at: datetime) -> None:
        registry = JWTClaimsRegistry(
            now=int(at.timestamp()),
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": self._client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": ticket.nonce},
        )
        try:
            registry.validate(dict(claims))
        except JoseError as error:
            raise IdentityRefused(str(error)) from error
        if _party(claims) != self._client_id:
            message = "the token was given to another client"
            raise IdentityRefused(message)

    async def _known(self, at: datetime) -> Discovered:
        """Return what the provider says of itself; of many who come at once, one asks."""
        async with self._asking:
            if self._discovered is None or at - self._discovered[0] >= KNOWN_FOR:
                if self._failed is not None and at - self._failed[0] < FAILED_FOR:
                    raise ProviderFailed(*self._failed[1].args)
                self._discovered = at, await self._fetched(at)
            return self._discovered[1]

    async def _fetched(self, at: datetime) -> Discovered:
        address = f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"
        try:
            return discovered(await asked("GET", address), self.issuer)
        except ProviderFailed as failure:
            self._failed = at, failure
            raise


def _signed_claims(token: str, keys: KeySet) -> Mapping[str, Any]:
    try:
        return jwt.decode(token, keys, algorithms=ALGORITHMS).claims
    except UNREADABLE as error:
        raise IdentityRefused(type(error).__name__) from error


async def _fetched_keys(known: Discovered) -> KeySet:
    answer = await asked("GET", known.keys)
    try:
        return KeySet.import_key_set(cast("Any", answer))
    except UNREADABLE as error:
        message = "its keys cannot be read"
        raise ProviderFailed(message) from error


def _party(claims: Mapping[str, Any]) -> object:
    """Return whom a token was given to: one audience may stay unsaid, of several it must be said which."""
    audience: str | list[str] = claims["aud"]
    audiences = [audience] if isinstance(audience, str) else audience
    return claims.get("azp", audiences[0] if len(audiences) == 1 else None)
