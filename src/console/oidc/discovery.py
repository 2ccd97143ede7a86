"""What a provider of identities says of itself, at `/.well-known/openid-configuration` below its issuer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from console.oidc.failures import ProviderFailed

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovered:
    """Where a provider's users sign in, where a code becomes a token, and where its keys are."""

    authorization: str
    token: str
    keys: str
    takes_basic: bool


def discovered(document: Mapping[str, Any], issuer: str) -> Discovered:
    """Return what is used of a discovery document.

    Raises:
        ProviderFailed: it is another issuer's, something is missing, or an address is not safe.
    """
    if document.get("issuer") != issuer:
        message = "the discovery document is another issuer's"
        raise ProviderFailed(message)
    methods = document.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    if not isinstance(methods, list):
        message = "the discovery document's token_endpoint_auth_methods_supported is not a list"
        raise ProviderFailed(message)
    return Discovered(
        authorization=_address(document, "authorization_endpoint"),
        token=_address(document, "token_endpoint"),
        keys=_address(document, "jwks_uri"),
        takes_basic="client_secret_basic" in methods,
    )


def is_safe(address: str) -> bool:
    """Return whether what is sent to an address is encrypted, or does not leave the machine."""
    try:
        split = urlsplit(address)
        host, _port = split.hostname, split.port
    except ValueError:
        return False
    return bool(host) and (split.scheme == "https" or (split.scheme == "http" and host in _LOOPBACK))


def _address(document: Mapping[str, Any], name: str) -> str:
    address = document.get(name)
    if not isinstance(address, str) or not is_safe(address):
        message = f"the discovery document's {name} is not an https address"
        raise ProviderFailed(message)
    return address
