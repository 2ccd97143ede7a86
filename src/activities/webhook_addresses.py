"""Which addresses a webhook may have: read strictly, resolved once, and only public ones unless told otherwise."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

IpAddress = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

SCHEMES = {"http": 80, "https": 443}
PORTS = frozenset({80, 443, 8443})
MAX_LENGTH = 2000
RESOLVES_AT_ONCE = 32  # a name server that hangs holds up others only from here on

# What an address may be written with; whatever programs read in different ways is left out.
_WRITTEN = re.compile(r"[A-Za-z0-9._~:/?\[\]!$&'()*+,;=%-]+", re.ASCII)
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*", re.ASCII)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)
_LOCAL = ("localhost", "local", "internal", "lan", "home", "intranet", "corp", "localdomain", "arpa")

# RFC 6890 and its registries. Not `is_global`: what that means differs between releases of Python.
_NOT_PUBLIC_4 = tuple(
    ip_network(text)
    for text in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16"),
        *("192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
    )
)
# Of IPv6 only what was given out is public, without what carries an IPv4 address inside: mapped, NAT64, 6to4, Teredo.
_PUBLIC_6 = ip_network("2000::/3")
_NOT_PUBLIC_6 = tuple(ip_network(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))


class BadAddress(ValueError):
    """A webhook cannot have this address; `code` is stable and the message says why."""

    def __init__(self, code: str, message: str) -> None:
        """Keep both."""
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An address taken apart: `host` a lower-case name or an IP address without brackets, `path` with its query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def authority(self) -> str:
        """What stands in the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == SCHEMES[self.scheme] else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Addresses:
    """Reads and resolves addresses; `allows_private` lets a webhook be anywhere, for a sandbox and for tests.

    `resolve` gives the IP addresses of a name and a port, as the machine's name servers have them unless said.
    """

    allows_private: bool = False
    ports: frozenset[int] = PORTS
    resolve: Resolve | None = None

    def target(self, url: str) -> Target:
        """Return the address taken apart, as far as its text tells whether it may be used.

        Raises:
            BadAddress: `invalid_url`, `webhook_port_not_allowed`, `webhook_address_not_public`.
        """
        target = _parsed(url)
        if self.allows_private:
            return target
        if target.port not in self.ports:
            ports = ", ".join(map(str, sorted(self.ports)))
            raise BadAddress("webhook_port_not_allowed", f"The port is one of {ports}.")
        literal = _literal(target.host)
        if literal is None and _is_local(target.host):
            raise BadAddress("webhook_address_not_public", "The name is one of a local network.")
        if literal is not None:
            self._check(literal)
        return target

    async def checked(self, target: Target) -> tuple[IpAddress, ...]:
        """Return the IP addresses of a target, all of them checked; connect to one of these and to no other.

        Raises:
            BadAddress: `webhook_address_not_public`: one of them is not public, so the name is not to be trusted.
            OSError: the name has none.
        """
        literal = _literal(target.host)
        if literal is not None:
            self._check(literal)
            return (literal,)
        found = await (self.resolve or _resolved)(target.host, target.port)
        addresses = tuple(ip_address(text.partition("%")[0]) for text in dict.fromkeys(found))
        for address in addresses:
            self._check(address)
        if not addresses:
            raise OSError("the name has no address")
        return addresses

    def _check(self, address: IpAddress) -> None:
        if not self.allows_private and not is_public(address):
            raise BadAddress("webhook_address_not_public", "The address is not a public one.")


def is_public(address: IpAddress) -> bool:
    """Return whether the address is one of the public Internet's, whatever it may carry inside."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_4)
    return address in _PUBLIC_6 and not any(address in network for network in _NOT_PUBLIC_6)


def _parsed(url: str) -> Target:
    if len(url) > MAX_LENGTH or not _WRITTEN.fullmatch(url):
        raise _bad_url("it holds characters that an address of a webhook does not have")
    scheme, separator, rest = url.partition("://")
    if scheme.lower() not in SCHEMES or not separator or not rest or rest.startswith("/"):
        raise _bad_url("it begins with https:// or http:// and a host")
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise _bad_url("its host or port is malformed") from None
    if port == 0 or not _is_host(host) or parts.netloc.endswith(":"):
        raise _bad_url("its host or port is malformed")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(scheme=parts.scheme, host=host, port=port or SCHEMES[parts.scheme], path=path)


def _is_host(host: str) -> bool:
    """A name or an IP address in its usual form; one in octal, hexadecimal or a single number is neither."""
    if _literal(host) is not None:
        return "%" not in host
    name = host.removesuffix(".")
    last = name.rpartition(".")[2]
    return len(name) <= 253 and _NAME.fullmatch(name) is not None and _NUMBER.fullmatch(last) is None  # noqa: PLR2004 - a name's most


def _literal(host: str) -> IpAddress | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _is_local(host: str) -> bool:
    name = host.removesuffix(".")
    return "." not in name or name.rpartition(".")[2] in _LOCAL


def _bad_url(why: str) -> BadAddress:
    return BadAddress("invalid_url", f"This is not the address of a webhook: {why}.")


_resolvers = ThreadPoolExecutor(RESOLVES_AT_ONCE, thread_name_prefix="resolving")


async def _resolved(host: str, port: int) -> Sequence[str]:
    ask = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    found = await asyncio.get_running_loop().run_in_executor(_resolvers, ask)
    return [str(entry[4][0]) for entry in found]
