"""Compares what was expected with what came, row by row and cell by cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence

from perennial.demo_expectation import Expected
from perennial.demo_ledger import Cells

Key = tuple[str, ...]


def differences(
    expected: Expected, found: Iterable[Cells], *, key: Sequence[str], leave_out: Collection[str]
) -> list[str]:
    """Each row that differs, in words; none when both are equal, line by line, in the same order.

    `key` are the columns that name a row. Orders in `leave_out` are not compared.
    """
    wanted = [(line, cells) for line, cells in expected.rows if cells["order"] not in leave_out]
    kept = [cells for cells in found if cells["order"] not in leave_out]
    wanted_keys = _keys([cells for _, cells in wanted], key)
    found_keys = _keys(kept, key)
    came = dict(zip(found_keys, kept, strict=True))
    said = [
        f"{expected.source}:{line}: {_named(name)}: {wrong}"
        for name, (line, cells) in zip(wanted_keys, wanted, strict=True)
        if (wrong := _wrong(cells, came.get(name)))
    ]
    said += [
        f"{_named(name)}: {_summary(came[name])}, which is not expected" for name in _beyond(found_keys, wanted_keys)
    ]
    if not said and wanted_keys != found_keys:
        place = next(index for index, name in enumerate(wanted_keys) if name != found_keys[index])
        said.append(f"{expected.source}:{wanted[place][0]}: in another order: {_named(found_keys[place])} came here")
    return said


def _keys(rows: Sequence[Cells], key: Sequence[str]) -> list[Key]:
    """The rows' names; a second row of the same name is numbered, so that a doubled one shows."""
    seen: Counter[Key] = Counter()
    names: list[Key] = []
    for cells in rows:
        name = tuple(cells[column] for column in key)
        seen[name] += 1
        names.append(name if seen[name] == 1 else (*name, f"(again, {seen[name]})"))
    return names


def _beyond(found: Sequence[Key], wanted: Sequence[Key]) -> list[Key]:
    known = set(wanted)
    return [name for name in found if name not in known]


def _wrong(wanted: Cells, came: Cells | None) -> str:
    if came is None:
        return f"missing; expected {_summary(wanted)}"
    apart = [column for column in wanted if wanted[column] != came.get(column)]
    return ", ".join(f"{column} is {came.get(column)!r}, expected {wanted[column]!r}" for column in apart)


def _summary(cells: Cells) -> str:
    if "amount" in cells:
        return f"{cells['amount']} {cells['currency']} on {cells['occurred_on']}"
    return cells["state"]


def _named(name: Key) -> str:
    return " ".join(name)
