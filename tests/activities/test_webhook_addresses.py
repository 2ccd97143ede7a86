"""Hostile addresses: none leads a connection to where it must not go, at the door or behind it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address

import pytest

from activities.trouble import Trouble
from activities.webhook_addresses import Addresses, BadAddress, is_public
from activities.webhook_line import WebhookLine
from storage.ids import new_id
from storage.tellings import Telling
from storage.webhook_secrets import webhook_key, webhook_secret

PORT = "{port}"
SECRET = webhook_secret(webhook_key(b"a pepper"), "whk_1", 1)

# What name servers of an attacker say.
NAMES: dict[str, list[str]] = {
    "loopback.example": ["127.0.0.1"],
    "loopback6.example": ["::1"],
    "mixed.example": ["93.184.216.34", "127.0.0.1"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "compatible.example": ["::127.0.0.1"],
    "unspecified.example": ["0.0.0.0"],
    "unspecified6.example": ["::"],
    "nat64.example": ["64:ff9b::7f00:1"],
    "sixtofour.example": ["2002:7f00:1::1"],
    "teredo.example": ["2001:0:7f00:1::1"],
    "metadata.example": ["169.254.169.254"],
    "linklocal.example": ["fe80::1%lo"],
    "ula.example": ["fd00:ec2::254"],
    "private.example": ["10.0.0.1"],
    "cgnat.example": ["100.64.0.1"],
    "multicast.example": ["224.0.0.1"],
    "multicast6.example": ["ff02::1"],
    "broadcast.example": ["255.255.255.255"],
    "nothing.example": [],
}

LITERALS = (
    *("127.0.0.1", "127.1.2.3", "127.255.255.254", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1"),  # Hostile.
    *("169.254.169.254", "100.64.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "198.18.0.1", "192.0.0.8"),
    *("[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::127.0.0.1]"),
    *("[2002:7f00:1::]", "[2001::7f00:1]", "[fe80::1]", "[fe80::1%25lo]", "[fc00::1]", "[ff02::1]", "[fec0::1]"),
)
NUMBERS = ("2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "017700000001", "127.1", "127.0.1", "0", "0x0")
LOCAL = ("localhost", "LOCALHOST", "localhost.", "a.localhost", "printer.local", "db.internal", "intranet")
TRICKS = (
    "http://public.example@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}@public.example/",
    "http://public.example:{port}#@127.0.0.1/",
    "http://public.example\\@127.0.0.1:{port}/",
    "http:\\\\127.0.0.1:{port}\\",
    "http:127.0.0.1:{port}/",
    "http:///127.0.0.1:{port}/",
    "//127.0.0.1:{port}/",
    "http://①②⑦.⓪.⓪.①:{port}/",
    "http://127。0。0。1:{port}/",
    "http://127.0.0.1%00.example:{port}/",
    "http://%31%32%37.0.0.1:{port}/",
    "http://127.0.0.1\t.example:{port}/",
    "http://public.example\r\nHost: 127.0.0.1:{port}/",
    " http://127.0.0.1:{port}/",
    "http://[::ffff:127.0.0.1]:{port}:80/",
    "http://127.0.0.1:{port}:80/",
    "http://127.0.0.1:+{port}/",
    "ftp://127.0.0.1:{port}/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:{port}/_x",
    "unix:///var/run/docker.sock",
    "javascript://127.0.0.1:{port}/",
    "https://",
    "http://.:{port}/",
    "http://-a.example:{port}/",
    "http://a..example:{port}/",
)
AT_THE_DOOR = (*(f"http://{host}:{PORT}/" for host in (*LITERALS, *NUMBERS, *LOCAL)), *TRICKS)
BEHIND_IT = tuple(f"http://{name}:{PORT}/" for name in NAMES)
HOSTILE = (*AT_THE_DOOR, *BEHIND_IT)


async def hostile_names(host: str, port: int) -> Sequence[str]:
    """An attacker's name servers, and for what they do not know the machine's own resolver."""
    if host in NAMES:
        return NAMES[host]
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


@dataclass
class Canary:
    """Counts whoever comes, on every address of this machine."""

    port: int = 0
    connections: int = 0

    async def sing(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
        writer.close()


@pytest.fixture
async def canary() -> AsyncIterator[Canary]:
    kept = Canary()
    listener = socket.create_server(("", 0), family=socket.AF_INET6, dualstack_ipv6=True)
    server = await asyncio.start_server(kept.sing, sock=listener)
    kept.port = listener.getsockname()[1]
    yield kept
    server.close()


def a_telling() -> Telling:
    now = datetime.now(UTC)
    return Telling(
        id=new_id("tel"),
        receiver="webhook/whk_1",
        subscription_id="sub_1",
        version=1,
        kind="activated",
        key="v1",
        role="1",
        command_id="c",
        at=now,
        created_at=now,
        body={"kind": "activated"},
        webhook_id="whk_1",
    )


async def tell(addresses: Addresses, *urls: str) -> list[str]:
    """Try each address without asking the door; answers why it was not told, empty where it was."""
    troubles: list[str] = []
    for url in urls:
        async with aclosing(WebhookLine(addresses, timeout_seconds=0.3)) as line:
            try:
                await line.reach(url)
                await line.send(url, a_telling(), [SECRET])
                troubles.append("")
            except Trouble as trouble:
                troubles.append(trouble.reason)
    return troubles


def test_there_are_more_than_sixty_hostile_addresses() -> None:
    assert len(set(HOSTILE)) > 60


async def test_no_hostile_address_reaches_the_canary(canary: Canary) -> None:
    urls = [url.replace(PORT, str(canary.port)) for url in HOSTILE]
    addresses = Addresses(ports=frozenset({canary.port, 80, 443}), resolve=hostile_names)
    troubles = await tell(addresses, *urls)
    assert canary.connections == 0
    assert all(troubles)
    # None of them was stopped by a connection that only happened to fail.
    assert {trouble for trouble in troubles if trouble.startswith("no answer")} == set()


async def test_the_canary_sings_where_private_addresses_are_allowed(canary: Canary) -> None:
    """What the test above counts on: but for the checks these would arrive."""
    arriving = ("127.0.0.1", "127.1.2.3", "[::1]", "localhost", "loopback.example", "mapped.example")
    urls = [f"http://{host}:{canary.port}/" for host in arriving]
    await tell(Addresses(allows_private=True, resolve=hostile_names), *urls)
    assert canary.connections == len(urls)


@pytest.mark.parametrize("url", AT_THE_DOOR)
def test_what_its_text_gives_away_is_refused_before_anything_is_resolved(url: str) -> None:
    with pytest.raises(BadAddress):
        Addresses(ports=frozenset({7070})).target(url.replace(PORT, "7070"))


async def test_a_name_that_changes_its_address_is_resolved_once_and_connected_to_as_checked(canary: Canary) -> None:
    asked: list[str] = []

    async def rebinding(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return ["192.0.9.1"] if len(asked) == 1 else ["127.0.0.1"]

    addresses = Addresses(ports=frozenset({canary.port}), resolve=rebinding)
    url = f"http://rebinding.example:{canary.port}/"
    async with aclosing(WebhookLine(addresses, timeout_seconds=0.3)) as line:
        for _ in range(3):
            await line.reach(url)
            with pytest.raises(Trouble):
                await line.send(url, a_telling(), [SECRET])
    assert asked == ["rebinding.example"]
    assert canary.connections == 0


async def test_the_connection_goes_to_the_checked_address_with_the_name_in_host_and_tls() -> None:
    heard: list[bytes] = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(4096))
        writer.close()

    async def resolve(_host: str, _port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    server = await asyncio.start_server(listen, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    addresses = Addresses(allows_private=True, resolve=resolve)
    await tell(addresses, f"http://Hooks.Example.com:{port}/a?b=c", f"https://hooks.example.com:{port}/")
    plain, hello = heard
    assert plain.startswith(b"POST /a?b=c HTTP/1.1\r\n")
    assert plain.lower().count(b"\r\nhost: ") == 1
    assert f"\r\nHost: hooks.example.com:{port}\r\n".encode() in plain
    assert b"hooks.example.com" in hello  # the server name in the greeting of TLS
    server.close()


@pytest.mark.parametrize(
    "text",
    ["8.8.8.8", "93.184.216.34", "172.15.255.255", "172.32.0.1", "100.63.255.255", "2606:4700::1111", "2a00:1450::1"],
)
def test_public_addresses_are_allowed(text: str) -> None:
    assert is_public(ip_address(text))


@pytest.mark.parametrize(
    ("url", "host", "port", "path"),
    [
        ("https://hooks.example.com", "hooks.example.com", 443, "/"),
        ("HTTPS://Hooks.Example.com:8443/a/b?c=%20d", "hooks.example.com", 8443, "/a/b?c=%20d"),
        ("http://xn--bcher-kva.example./", "xn--bcher-kva.example.", 80, "/"),
        ("http://8.8.8.8/", "8.8.8.8", 80, "/"),
        ("https://[2606:4700::1111]/x", "2606:4700::1111", 443, "/x"),
    ],
)
def test_a_proper_address_is_taken_apart(url: str, host: str, port: int, path: str) -> None:
    target = Addresses().target(url)
    assert (target.host, target.port, target.path) == (host, port, path)


@pytest.mark.parametrize("port", [0, 22, 25, 8080, 65535, 65536])
def test_other_ports_are_refused(port: int) -> None:
    with pytest.raises(BadAddress) as refused:
        Addresses().target(f"https://hooks.example.com:{port}/")
    assert refused.value.code in {"webhook_port_not_allowed", "invalid_url"}
