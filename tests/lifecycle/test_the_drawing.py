"""The drawing of the states is the table by which the rules decide."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_page_of_states_is_what_the_table_of_moves_gives() -> None:
    checked = subprocess.run([sys.executable, str(ROOT / "scripts" / "draw_states.py"), "--check"], check=False)
    assert checked.returncode == 0, "docs/states.md is out of date: run scripts/draw_states.py"
