"""A mail server at whose words a test kills who speaks to it, and the proof that only such a death repeats a mail."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from itertools import pairwise

from aiosmtpd.smtp import SMTP, Envelope, Session

ADDRESSED, UNANSWERED, ANSWERED = "addressed", "unanswered", "answered"
STAGES = (ADDRESSED, UNANSWERED, ANSWERED)
TAKEN, NOT_TAKEN = "250 OK", "451 4.3.0 it is dead"


@dataclass(frozen=True)
class Point:
    """Where somebody dies: at a stage of so-manieth mail, and for one that was answered, so long after its answer."""

    number: int
    stage: str
    seconds_later: float = 0.0


@dataclass
class Life:
    """What the server took of one process, in order; `told` is what that process had written down when it was dead."""

    taken: list[str] = field(default_factory=list[str])
    told: frozenset[str] = frozenset()

    @property
    def written(self) -> frozenset[str]:
        """What it took and noted."""
        return self.told.intersection(self.taken)

    @property
    def unwritten(self) -> frozenset[str]:
        """The kill fell between the server's answer to these and the commit that would have noted it."""
        return frozenset(self.taken) - self.told


class CrashServer:
    """Takes mail of one life after the other; `reached` is set at the point of the present one.

    From then on it takes nothing of that life: whatever it took, it answered before the kill.
    """

    def __init__(self) -> None:
        self.port = 0
        self.lives: list[Life] = [Life()]
        self.reached = asyncio.Event()
        self._point: Point | None = None
        self._seen: Counter[str] = Counter()

    def next_life(self, point: Point | None) -> Life:
        """Begin a life that ends at a point; without one it goes on."""
        self.reached, self._point, self._seen = asyncio.Event(), point, Counter()
        self.lives.append(Life())
        return self.lives[-1]

    async def handle_RCPT(  # noqa: N802 # aiosmtpd's own
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self._is_over(ADDRESSED):
            return NOT_TAKEN
        envelope.rcpt_tos.append(address)
        return TAKEN

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 # As above.
        if self._is_over(UNANSWERED):
            return NOT_TAKEN
        assert isinstance(envelope.content, bytes)
        self.lives[-1].taken.append(message_from_bytes(envelope.content)["Message-ID"])
        self._seen[ANSWERED] += 1
        if self._is_at(ANSWERED) and self._point is not None:
            # Not before the answer is on the wire, which is before anything else runs here.
            asyncio.get_running_loop().call_later(self._point.seconds_later, self.reached.set)
        return TAKEN

    def _is_over(self, stage: str) -> bool:
        self._seen[stage] += 1
        if self._is_at(stage):
            self.reached.set()
        return self.reached.is_set()

    def _is_at(self, stage: str) -> bool:
        return self._point is not None and (stage, self._seen[stage]) == (self._point.stage, self._point.number)


@asynccontextmanager
async def crash_server() -> AsyncGenerator[CrashServer]:
    """A server on a port of loopback."""
    kept = CrashServer()
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(kept, hostname="localhost", enable_SMTPUTF8=True), "127.0.0.1", 0
    )
    async with server:
        kept.port = server.sockets[0].getsockname()[1]
        yield kept


def faults_of(owed: Iterable[str], lives: Sequence[Life]) -> list[str]:
    """Return what is wrong with what arrived: a mail that never came, or came again though no kill explains it."""
    came: Mapping[str, list[int]] = _arrivals(lives)
    missing = [f"{message_id} never arrived" for message_id in owed if message_id not in came]
    unexplained = [
        f"{message_id} arrived in life {first} and again in {again}"
        for message_id, numbers in came.items()
        for first, again in pairwise(numbers)
        if again == first or message_id not in lives[first].unwritten
    ]
    return missing + unexplained


def _arrivals(lives: Sequence[Life]) -> Mapping[str, list[int]]:
    came: defaultdict[str, list[int]] = defaultdict(list)
    for number, life in enumerate(lives):
        for message_id in life.taken:
            came[message_id].append(number)
    return came
