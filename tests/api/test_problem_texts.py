from __future__ import annotations

import re
from pathlib import Path

from api.problem_texts import PROBLEM_TEXTS

SRC = Path(__file__).parents[2] / "src"
ROOMS = ("lifecycle", "intake", "activities", "api")
RAISED = re.compile(
    r"(?:FieldError\(\s*[^,()]+,\s*|(?:Conflict|InvalidState|LinkDead|TooSoon|NotPermitted|NotFound|KeyRequired|No|"
    r'Unauthenticated|PydanticCustomError)\(\s*|super\(\).__init__\(\s*|\bcode=)"([a-z_]+)"'
)


def test_every_code_that_a_problem_can_have_is_explained() -> None:
    files = [file for room in ROOMS for file in (SRC / room).rglob("*.py")]

    raised = {code for file in files for code in RAISED.findall(file.read_text("utf-8"))}

    assert len(raised) > 60
    assert raised - PROBLEM_TEXTS.keys() == set()
