"""Waiting for a command by its id."""

from __future__ import annotations

from collections.abc import Callable, Generator

from perennial_client._calls import Call, segment
from perennial_client._exchange import Outcome, Pause, Retries, Step, exchange
from perennial_client.errors import CommandPendingError, error_of
from perennial_client.generated.models import Command

_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 2.0


def command_done(
    command_id: str, *, within: float, retries: Retries, clock: Callable[[], float]
) -> Generator[Step, Outcome, Command]:
    """Read a command until it is done, and return it with its answer.

    Raises:
        ProblemError: it was refused.
        CommandPendingError: it is not done after `within` seconds.
    """
    call = Call(
        name="read_command",
        method="GET",
        path=f"/v1/commands/{segment(command_id)}",
        answer=Command,
        repeatable=True,
    )
    pauses, began = Retries(first_pause=_FIRST_PAUSE, longest_pause=_LONGEST_PAUSE), clock()
    rounds = 0
    while True:
        answer, _ = yield from exchange(call, retries, clock)
        command = Command.from_json(answer.json)
        if command.state == "done":
            return _accomplished(command)
        rounds += 1
        seconds = pauses.pause(rounds)
        if clock() - began + seconds > within:
            raise CommandPendingError(command_id)
        yield Pause(seconds)


def _accomplished(command: Command) -> Command:
    if command.problem is None:
        return command
    raise error_of(command.problem.status)(command.problem.status, command.problem.raw)
