"""A provider of identities that answers in each way that it may, and in ways that it may not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from joserfc.jwk import ECKey, RSAKey

from console.oidc.asking import AT_MOST_BYTES
from console.oidc.failures import IdentityRefused, ProviderFailed
from console.oidc.provider import FAILED_FOR, KNOWN_FOR, Provider
from console.oidc.tickets import Ticket, new_ticket
from support_oidc import CLIENT_ID, CLIENT_SECRET, NAME, Directory, directory

ADA = "ada@example.com"
DISCOVERY = "/.well-known/openid-configuration"
SAYS_WRONGLY: dict[str, tuple[dict[str, Any], str]] = {
    "another issuer": ({"issuer": "https://elsewhere.example"}, "another issuer's"),
    "no issuer": ({"issuer": None}, "another issuer's"),
    "no keys": ({"jwks_uri": None}, "jwks_uri is not an https address"),
    "a token endpoint in the open": ({"token_endpoint": "http://id.example/token"}, "token_endpoint is not"),
    "a half address": ({"authorization_endpoint": "https://[id"}, "authorization_endpoint is not"),
    "a port that is none": ({"authorization_endpoint": "https://id:x/"}, "authorization_endpoint is not"),
    "methods that are none": ({"token_endpoint_auth_methods_supported": 5}, "methods_supported is not a list"),
}
DEEP = b"[" * 200_000
NO_JSON = {"nothing": b"", "a page": b"<html>", "a list": b"[]", "deep": DEEP, "bytes": b"\xff\xfe\xff"}


@pytest.fixture
def at() -> Iterator[Directory]:
    """A provider of this test's own."""
    with directory() as found:
        found.reset(ADA)
        yield found


def known(at: Directory) -> Provider:
    """The provider, of which nothing is known yet."""
    return Provider(
        name=NAME,
        issuer=at.issuer,
        client_id=CLIENT_ID,
        client_secret=CLIENT_SECRET,
        return_address="http://localhost/console/sign-in/oidc/callback",
    )


def now() -> datetime:
    """The provider dates its tokens by the clock, so that they are looked at by it too."""
    return datetime.now(UTC)


def there_and_back(provider: Provider, when: datetime | None = None) -> str:
    """Whom the provider says that somebody is."""
    return asyncio.run(_there_and_back(provider, when or now()))


async def _there_and_back(provider: Provider, when: datetime) -> str:
    ticket = new_ticket("/console")
    return await provider.email_of(await _code(provider, ticket, when), ticket, at=when)


async def _code(provider: Provider, ticket: Ticket, when: datetime) -> str:
    address = await provider.sign_in_address(ticket, at=when)
    async with httpx2.AsyncClient() as client:
        back = (await client.get(address)).headers["location"]
    return parse_qs(urlsplit(back).query)["code"][0]


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256", "ES384"])
def test_each_algorithm_is_taken(algorithm: str, at: Directory) -> None:
    curve = {"ES256": "P-256", "ES384": "P-384"}.get(algorithm)
    at.key = ECKey.generate_key(curve, auto_kid=True) if curve else RSAKey.generate_key(2048, auto_kid=True)
    at.header = {"alg": algorithm}
    assert there_and_back(known(at)) == ADA


@pytest.mark.parametrize("methods", [["client_secret_basic"], ["client_secret_post"], None])
def test_the_secret_is_shown_as_the_provider_takes_it(methods: list[str] | None, at: Directory) -> None:
    at.says = {} if methods is None else {"token_endpoint_auth_methods_supported": methods}
    assert there_and_back(known(at)) == ADA
    assert at.complaints == []


@pytest.mark.parametrize("wrong", SAYS_WRONGLY)
def test_what_it_says_of_itself_is_checked(wrong: str, at: Directory) -> None:
    at.says, reason = SAYS_WRONGLY[wrong]
    with pytest.raises(ProviderFailed, match=reason):
        there_and_back(known(at))


@pytest.mark.parametrize("content", NO_JSON)
@pytest.mark.parametrize("path", [DISCOVERY, "/token", "/keys"])
def test_an_answer_that_is_no_object_is_a_failure(path: str, content: str, at: Directory) -> None:
    at.replies[path] = NO_JSON[content]
    with pytest.raises(ProviderFailed, match="it answered with 200"):
        there_and_back(known(at))


@pytest.mark.parametrize("keys", [{}, {"keys": 5}, {"keys": [5]}, {"keys": [{"kty": "EC", "crv": "P-256"}]}])
def test_keys_that_are_none_are_a_failure(keys: dict[str, Any], at: Directory) -> None:
    at.replies["/keys"] = json.dumps(keys).encode()
    with pytest.raises((ProviderFailed, IdentityRefused)):
        there_and_back(known(at))


@pytest.mark.parametrize("token", [5, "", "a.b", "a.b.c", "eyJhbGciOiJFUzI1NiIsImNyaXQiOjV9.e30.AA", "é.é.é"])
def test_a_token_that_is_none_is_refused(token: object, at: Directory) -> None:
    at.replies["/token"] = json.dumps({"id_token": token}).encode()
    with pytest.raises(IdentityRefused):
        there_and_back(known(at))


def test_an_answer_without_end_is_not_read_to_it(at: Directory) -> None:
    at.replies[DISCOVERY] = b" " * (AT_MOST_BYTES + 1)
    with pytest.raises(ProviderFailed, match="longer than a megabyte"):
        there_and_back(known(at))


def test_its_words_are_kept_for_an_hour_and_its_keys_too(at: Directory) -> None:
    provider, begun = known(at), now()
    for after in (timedelta(0), KNOWN_FOR * 0.9):
        at.asked.clear()
        asyncio.run(provider.sign_in_address(new_ticket("/console"), at=begun + after))
        assert at.asked == ([] if after else [DISCOVERY])
    there_and_back(provider)
    at.asked.clear()
    there_and_back(provider)
    assert at.asked == ["/authorize", "/token"]
    later = now() + KNOWN_FOR
    at.claims = {"iat": int(later.timestamp()), "exp": int((later + KNOWN_FOR).timestamp())}
    there_and_back(provider, later)
    assert at.asked[2:] == [DISCOVERY, "/authorize", "/token", "/keys"]


def test_a_new_key_under_an_old_name_is_found(at: Directory) -> None:
    at.key = ECKey.generate_key("P-256", {"kid": "the key"})
    provider = known(at)
    there_and_back(provider)
    at.key = ECKey.generate_key("P-256", {"kid": "the key"})
    assert there_and_back(provider) == ADA


def test_one_that_has_just_failed_is_left_in_peace(at: Directory) -> None:
    provider, begun = known(at), now()
    at.is_down = True
    for after in (timedelta(0), FAILED_FOR * 0.9, FAILED_FOR):
        with pytest.raises(ProviderFailed, match="it answered with 503"):
            asyncio.run(provider.sign_in_address(new_ticket("/console"), at=begun + after))
    assert at.asked == [DISCOVERY] * 2


def test_of_many_who_come_at_once_one_asks(at: Directory) -> None:
    provider, begun = known(at), now()

    async def all_come() -> None:
        await asyncio.gather(*(provider.sign_in_address(new_ticket("/console"), at=begun) for _ in range(20)))

    asyncio.run(all_come())
    assert at.asked == [DISCOVERY]
