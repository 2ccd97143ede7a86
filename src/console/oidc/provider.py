"""A provider of identities: where its users sign in, and whom a code that it gave out is of."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, cast
from urllib.parse import quote, urlencode

import httpx2
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry

from console.oidc.discovery import Discovered, ProviderFailed, discovered
from console.oidc.tickets import Ticket

ALGORITHMS = ("RS256", "PS256", "ES256", "ES384")
OK, BAD_REQUEST = 200, 400
LEEWAY_SECONDS = 60
PATIENCE_SECONDS = 10
KNOWN_FOR = timedelta(hours=1)


class IdentityRefused(Exception):
    """A code or a token is not what this way to the provider asked for; the message says why, for the log."""


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
        self._keys: KeySet | None = None

    async def sign_in_address(self, ticket: Ticket, *, at: datetime) -> str:
        """Return where somebody signs in who comes back with this ticket.

        Raises:
            ProviderFailed: the provider does not say where.
        """
        asked = {
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
        return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}"

    async def email_of(self, code: str, ticket: Ticket, *, at: datetime) -> str:
        """Return the verified address of who signed in and came back with the code.

        Raises:
            IdentityRefused: the code or the token is not for this way, or the address is not verified.
            ProviderFailed: the provider does not answer, or not as it should.
        """
        known = await self._known(at)
        claims = await self._claims(await self._token(known, code, ticket), known)
        self._check(claims, ticket, at)
        email = claims.get("email")
        if not isinstance(email, str) or claims.get("email_verified") is not True:
            message = "the address of mail is not verified"
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
            answer = await self._asked("POST", known.token, form=form, auth=basic)
        else:
            own = {"client_id": self._client_id, "client_secret": self._client_secret}
            answer = await self._asked("POST", known.token, form=form | own)
        token = answer.get("id_token")
        if not isinstance(token, str):
            message = "the token endpoint gave no id_token"
            raise IdentityRefused(message)
        return token

    async def _claims(self, token: str, known: Discovered) -> Mapping[str, Any]:
        """Return what a token says once its signature is found to be the provider's, whose keys may be new."""
        keys, is_fresh = (self._keys, False) if self._keys else (await self._fetched_keys(known), True)
        try:
            return jwt.decode(token, keys, algorithms=ALGORITHMS).claims
        except InvalidKeyIdError as error:
            if is_fresh:
                raise IdentityRefused(type(error).__name__) from error
        except (JoseError, ValueError) as error:
            raise IdentityRefused(type(error).__name__) from error
        try:
            return jwt.decode(token, await self._fetched_keys(known), algorithms=ALGORITHMS).claims
        except (JoseError, ValueError) as error:
            raise IdentityRefused(type(error).__name__) from error

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
        if claims.get("azp", self._client_id) != self._client_id:
            message = "the token was given to another client"
            raise IdentityRefused(message)

    async def _known(self, at: datetime) -> Discovered:
        if self._discovered is None or at - self._discovered[0] >= KNOWN_FOR:
            address = f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"
            self._discovered = at, discovered(await self._asked("GET", address), self.issuer)
        return self._discovered[1]

    async def _fetched_keys(self, known: Discovered) -> KeySet:
        answer = await self._asked("GET", known.keys)
        try:
            self._keys = KeySet.import_key_set(cast("Any", answer))
        except (JoseError, LookupError, TypeError, ValueError) as error:
            message = "its keys cannot be read"
            raise ProviderFailed(message) from error
        return self._keys

    async def _asked(
        self, method: str, address: str, *, form: Mapping[str, str] | None = None, auth: httpx2.BasicAuth | None = None
    ) -> Mapping[str, Any]:
        try:
            async with httpx2.AsyncClient(timeout=PATIENCE_SECONDS) as client:
                answer = await client.request(method, address, data=form, auth=auth)
            found: object = answer.json()
        except (httpx2.HTTPError, ValueError) as error:
            raise ProviderFailed(type(error).__name__) from error
        if answer.status_code == BAD_REQUEST and form is not None:
            message = "the code is refused"
            raise IdentityRefused(message)
        if answer.status_code != OK or not isinstance(found, dict):
            message = f"it answered with {answer.status_code}"
            raise ProviderFailed(message)
        return cast("Mapping[str, Any]", found)
