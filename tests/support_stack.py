"""A stack of stand-in children under the real supervisor, in a process of its own that a test may signal and kill.

Run as a program, with a data folder and a file of children, it is that process.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NotRequired, TypedDict

from perennial.children import Child
from perennial.claim import AlreadyRunning, claimed
from perennial.supervisor import supervise
from support_waiting import eventually, lives

SAYS_ITS_PID = "echo pid $$; "


class StandIn(TypedDict):
    """A child as the file of children has it: `shell` runs in sh; it is ready when the file `ready_file` is there."""

    name: str
    shell: NotRequired[str]
    port: NotRequired[int]
    ready_file: NotRequired[str]
    ready_within: NotRequired[float]
    ends_within: NotRequired[float]


@dataclass
class Stack:
    """A started stack."""

    process: subprocess.Popen[str]
    data: Path
    output: Path

    def said(self) -> str:
        """What it has printed so far."""
        return self.output.read_text()

    def wait_for(self, words: str) -> None:
        """Wait until it has printed these words."""
        eventually(lambda: words in self.said() or self.process.poll() is not None)
        assert words in self.said()

    def pids(self, name: str) -> list[int]:
        """Every process that this child has been, in order."""
        return [int(line.split()[1]) for line in self.log(name).splitlines() if line.startswith("pid ")]

    def log(self, name: str) -> str:
        """What this child has printed so far."""
        log = self.data / "logs" / f"{name}.log"
        return log.read_text() if log.exists() else ""

    def pid(self, name: str) -> int:
        """The process that this child is."""
        return eventually(lambda: self.pids(name))[-1]

    def end(self) -> None:
        """Kill what is left, after a test that failed."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def start_stack(data: Path, children: Sequence[StandIn], *, below: tuple[str, ...] = ()) -> Stack:
    """Start a stack on the data folder; `below` is a command that runs the stack's command, which follows it."""
    data.mkdir(exist_ok=True)
    spec, output = data / "children.json", data / "output.txt"
    spec.write_text(json.dumps(children))
    output.write_text("")
    with output.open("a") as file:
        process = subprocess.Popen(
            (*below, sys.executable, __file__, str(data), str(spec)),
            stdout=file,
            stderr=file,
            text=True,
            start_new_session=True,
        )
    return Stack(process, data, output)


def gone(pids: Sequence[int]) -> bool:
    """Whether none of these processes lives."""
    return not any(lives(pid) for pid in pids)


def _child(stand_in: StandIn) -> Child:
    ready = _is_there(Path(stand_in["ready_file"])) if "ready_file" in stand_in else None
    return Child(
        name=stand_in["name"],
        command=("sh", "-c", SAYS_ITS_PID + stand_in.get("shell", "exec sleep 1000")),
        ports={"PERENNIAL_PORT": stand_in["port"]} if "port" in stand_in else {},
        ready=ready,
        ready_within=stand_in.get("ready_within", 30),
        ends_within=stand_in.get("ends_within", 5),
    )


def _is_there(file: Path) -> Callable[[], Awaitable[bool]]:
    async def ready() -> bool:
        return file.exists()  # noqa: ASYNC240 # A stand-in.

    return ready


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 # What the test reads.


async def _ready() -> bool:
    return True


def main(data: Path, spec: Path) -> int:
    """Run the stack; answers its exit code."""
    children = [_child(stand_in) for stand_in in json.loads(spec.read_text())]
    try:
        with claimed(data) as claim:
            return supervise(children, claim=claim, ready=_ready, on_ready=lambda: _say("all is ready"), say=_say)
    except AlreadyRunning as refusal:
        _say(str(refusal))
        return 3


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
