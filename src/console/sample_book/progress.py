"""How far the filling of a partner's sandbox has come, for whoever looks on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog

from console.desk import Problem

log = structlog.get_logger(__name__)

MOST_SHOWN = 10


@dataclass(slots=True)
class Progress:
    """So many steps of so many; `doing` is what is done now, `troubles` what went wrong on the way."""

    steps: int
    done: int = 0
    doing: str = "Beginning"
    troubles: list[str] = field(default_factory=list[str])
    is_over: bool = False

    @property
    def is_well(self) -> bool:
        """Whether all of it is there."""
        return self.is_over and not self.troubles

    def step(self, doing: str) -> None:
        """Note that a step is done, and of what."""
        self.done, self.doing = self.done + 1, doing

    def trouble(self, where: str, problem: Problem) -> None:
        """Note what was refused; what is alike is said a few times only."""
        if len(self.troubles) < MOST_SHOWN:
            self.troubles.append(f"{where}: {problem.detail}")


class Fillings:
    """The fillings of this process, one for each partner."""

    def __init__(self) -> None:
        """Begin with none."""
        self._progress: dict[str, Progress] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def of(self, partner_id: str) -> Progress | None:
        """Return the partner's filling, the last one if it is over, None when there was none."""
        return self._progress.get(partner_id)

    def begin(self, partner_id: str, steps: int, work: Callable[[Progress], Awaitable[None]]) -> None:
        """Begin one behind the pages, unless one goes on."""
        present = self._progress.get(partner_id)
        if present is not None and not present.is_over:
            return
        progress = self._progress[partner_id] = Progress(steps)
        task = asyncio.create_task(_carried(work, progress))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _carried(work: Callable[[Progress], Awaitable[None]], progress: Progress) -> None:
    try:
        await work(progress)
    except Problem as problem:
        progress.trouble("It stopped", problem)
    except Exception as error:
        # Nobody awaits this task: what stops it is told to the log and to whoever looks on.
        log.exception("filling_failed", error=type(error).__name__)
        progress.troubles.append("It stopped by a fault of ours. Fill it again to go on.")
    finally:
        progress.is_over = True
