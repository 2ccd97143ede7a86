"""Draw `docs/states.md` from the table of moves; with `--check` only say whether it is up to date."""
# ruff: noqa: INP001 - a program, not a package

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from lifecycle.moves import MOVES, Cell, Move, Never, No, To
from lifecycle.subscription import TERMINAL, State

PAGE = Path(__file__).parents[1] / "docs" / "states.md"
BY_ITSELF = (Move.ECA_DEADLINE, Move.START, Move.TERM_END)
BEGINNINGS = {
    State.PENDING_ECA: "purchase, the agreement is needed",
    State.SCHEDULED: "purchase, starts later",
    State.ACTIVE: "purchase",
}
RUNNING = tuple(state for state in State if state not in TERMINAL)

HEAD = """# States of a subscription

Made by `scripts/draw_states.py` from the table of moves, `lifecycle.moves.MOVES`; a test says that this page is up to
date, others walk every cell. The drawing shows the moves that change the state, the table all of them.
"""
FINAL = ", ".join(f"`{state}`" for state in State if state in TERMINAL)
LEGEND = f"""
In the table, a state is what the move leads to (*here*: it stays), a code is what refuses it, a dash cannot come up.
The last column stands for the four final states ({FINAL}), which differ in nothing.
The last {len(BY_ITSELF)} rows come by themselves.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, "```mermaid", *drawing(), "```", LEGEND, *table(), ""])


def drawing() -> Iterator[str]:
    """The lines of a mermaid state diagram: one arrow for each pair of states, with every move that takes it."""
    yield "stateDiagram-v2"
    for state, words in BEGINNINGS.items():
        yield f"    [*] --> {state}: {words}"
    for start in RUNNING:
        for end in State:
            moves = [move for move in Move if leads(start, move, end)]
            if moves and start is not end:
                yield f"    {start} --> {end}: {', '.join(moves)}"
    for state in State:
        if state in TERMINAL:
            yield f"    {state} --> [*]"


def leads(start: State, move: Move, end: State) -> bool:
    """Whether the move may lead from one state to the other."""
    cell = MOVES[start, move]
    return isinstance(cell, To) and end in cell.states


def table() -> Iterator[str]:
    """The lines of a table with a row for each move."""
    yield f"| move | {' | '.join(f'`{state}`' for state in RUNNING)} | over |"
    yield "|---" * (len(RUNNING) + 2) + "|"
    for move in Move:
        cells = [words(MOVES[state, move], state) for state in (*RUNNING, State.EXPIRED)]
        yield f"| `{move}` | {' | '.join(cells)} |"


def words(cell: Cell, state: State) -> str:
    """A cell of the table."""
    match cell:
        case To(states=states):
            return ", ".join("*here*" if end is state else f"`{end}`" for end in State if end in states)
        case No(code=code):
            return f"no: `{code}`"
        case Never():
            return "-"


def main() -> int:
    """Write the page, or say whether it is what would be written."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if the page is out of date")
    if parser.parse_args().check:
        return 0 if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == page() else 1
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
