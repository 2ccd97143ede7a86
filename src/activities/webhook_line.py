"""One webhook's connections: a signed request to the very address that was checked, and what its answer means."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from ssl import SSLContext, SSLError

import httpx2
from standardwebhooks import Webhook as Signer

from activities.retry_after import asked_pause
from activities.trouble import NotNow, Trouble, Unreachable
from activities.webhook_addresses import Addresses, BadAddress, IpAddress, Target
from storage.tellings import Telling

TIMEOUT_SECONDS = 15.0
RESOLVING_SECONDS = 5.0
MOST_CONNECTIONS = 8
USER_AGENT = "Perennial-Webhooks/1"
OK = range(200, 300)
GONE = 410
MOST_READ = 65_536
REST_SECONDS = 1.0  # for the rest of an answer whose status is known


class Gone(Unreachable):
    """The receiver says that it wants to be told nothing more."""


@dataclass(frozen=True, slots=True)
class Reached:
    """A target with the IP addresses that were checked for it."""

    target: Target
    addresses: tuple[IpAddress, ...]

    def url(self, attempt: int) -> str:
        """Return the address to connect to; each attempt takes the next one."""
        address = self.addresses[attempt % len(self.addresses)]
        host = f"[{address}]" if address.version == 6 else str(address)  # noqa: PLR2004 - IPv6
        return f"{self.target.scheme}://{host}:{self.target.port}{self.target.path}"


class WebhookLine:
    """Connections to one webhook's address for the length of one drain; what was resolved and checked stays so."""

    def __init__(
        self, addresses: Addresses, *, timeout_seconds: float = TIMEOUT_SECONDS, trust: SSLContext | None = None
    ) -> None:
        """Take what addresses are allowed, and which certificates are believed; nothing is opened yet."""
        self._addresses = addresses
        self._timeout = timeout_seconds
        # No redirects, no proxy of the environment: a connection goes to the address that was checked and no other.
        self._client = httpx2.AsyncClient(
            follow_redirects=False,
            trust_env=False,
            verify=trust or True,
            timeout=timeout_seconds,
            limits=httpx2.Limits(max_connections=MOST_CONNECTIONS, max_keepalive_connections=MOST_CONNECTIONS),
            headers={"User-Agent": USER_AGENT, "Content-Type": "application/json", "Accept-Encoding": "identity"},
        )
        self._reached: dict[str, Reached] = {}

    async def reach(self, url: str) -> None:
        """Resolve and check the address, once; `send` goes there.

        Raises:
            Unreachable: it has no address, or one that is not allowed.
        """
        if url in self._reached:
            return
        try:
            target = self._addresses.target(url)
            found = await asyncio.wait_for(self._addresses.checked(target), RESOLVING_SECONDS)
        except BadAddress as error:
            raise Unreachable(error.message) from None
        except TimeoutError:
            raise Unreachable("the name could not be resolved in time") from None
        except (OSError, UnicodeError):
            raise Unreachable("the name could not be resolved") from None
        self._reached[url] = Reached(target, found)

    async def send(self, url: str, telling: Telling, secrets: Sequence[str]) -> None:
        """Send a telling, signed with each secret; when this returns, the receiver has taken it.

        Raises:
            NotNow: it answered something else than 2xx, or nothing in time.
            Gone: it answered 410.
        """
        reached = self._reached[url]
        body = payload_bytes(telling)
        headers = {"Host": reached.target.authority, **signed_headers(telling.id, body, secrets, at=datetime.now(UTC))}
        request = self._client.build_request(
            "POST",
            reached.url(telling.attempts),
            content=body,
            headers=headers,
            extensions={"sni_hostname": reached.target.host.removesuffix(".")},
        )
        response = await self._answer(request)
        status = response.status_code
        if status == GONE:
            raise Gone(f"the receiver answered {GONE}")
        if status not in OK:
            pause = asked_pause(response.headers.get("retry-after"), now=datetime.now(UTC))
            raise NotNow(f"the receiver answered {status}", pause=pause)

    async def _answer(self, request: httpx2.Request) -> httpx2.Response:
        """Return the answer for its status and headers; whatever becomes of its body says nothing more."""
        try:
            async with asyncio.timeout(self._timeout):
                response = await self._client.send(request, stream=True)
        except TimeoutError:
            raise _silent() from None
        except httpx2.TimeoutException:
            raise _silent() from None
        except (httpx2.HTTPError, SSLError, OSError) as error:
            raise NotNow(f"no answer: {type(error).__name__}") from None
        await _finish(response)
        return response

    async def aclose(self) -> None:
        """Close every connection."""
        await self._client.aclose()


async def _finish(response: httpx2.Response) -> None:
    """A short answer is read, as it comes, so that the connection can be used again; a long one is hung up on."""
    length = response.headers.get("content-length", "")
    with suppress(TimeoutError, httpx2.HTTPError, SSLError, OSError):
        async with asyncio.timeout(REST_SECONDS):
            if length.isdigit() and int(length) <= MOST_READ:
                async for _ in response.aiter_raw():  # undecoded: a few bytes may unpack to very many
                    pass
    with suppress(httpx2.HTTPError, SSLError, OSError):
        await response.aclose()


def _silent() -> Trouble:
    return NotNow("no answer in time")


def payload_bytes(telling: Telling) -> bytes:
    """Return what is sent: the same bytes however often."""
    return json.dumps(telling.body, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def signed_headers(message_id: str, body: bytes, secrets: Sequence[str], *, at: datetime) -> dict[str, str]:
    """Return the headers of Standard Webhooks, with a signature for each secret."""
    signatures = [Signer(secret).sign(message_id, at, body.decode()) for secret in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }
