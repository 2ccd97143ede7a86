"""The build into the cache, with the real Go toolchain, on a module of a few lines in place of the engine's."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from perennial.engine_build import UNFINISHED, BuildFailed, Recipe, built_engine, cached_engine
from support_waiting import eventually

PROGRAM = 'package main\n\nimport "fmt"\n\nfunc main() { fmt.Println("version 1") }\n'
BUILD = """
import asyncio, sys
from pathlib import Path
from perennial.engine_build import Recipe, built_engine
source, cache = Path(sys.argv[1]), Path(sys.argv[2])
recipe = Recipe(source, {"small": ".", "small-again": "."})
print(asyncio.run(built_engine(lambda line: print(line, flush=True), recipe=recipe, cache=cache)))
"""


@pytest.fixture
def recipe(tmp_path: Path) -> Recipe:
    source = tmp_path / "source"
    source.mkdir()
    (source / "go.mod").write_text("module example.invalid/small\n\ngo 1.21\n")
    (source / "go.sum").write_text("")
    (source / "main.go").write_text(PROGRAM)
    return Recipe(source, {"small": ".", "small-again": "."})


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def build_in_a_process(recipe: Recipe, cache: Path) -> subprocess.Popen[str]:
    command = (sys.executable, "-c", BUILD, str(recipe.source), str(cache))
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def output_of(program: Path) -> str:
    return subprocess.check_output([program], text=True)


def entries(cache: Path) -> list[str]:
    return sorted(path.name for path in cache.iterdir() if path.is_dir())


async def test_a_build_leaves_every_program_in_one_entry(recipe: Recipe, cache: Path) -> None:
    said: list[str] = []
    entry = await built_engine(said.append, recipe=recipe, cache=cache)
    assert sorted(path.name for path in entry.iterdir()) == ["small", "small-again"]
    assert output_of(entry / "small") == "version 1\n"
    assert entries(cache) == [entry.name]
    assert said[0].startswith("building")
    assert cached_engine(recipe, cache=cache) == entry


async def test_a_second_build_takes_what_the_first_left_and_says_nothing(recipe: Recipe, cache: Path) -> None:
    first = await built_engine(lambda _: None, recipe=recipe, cache=cache)
    said: list[str] = []
    assert await built_engine(said.append, recipe=recipe, cache=cache) == first
    assert said == []


async def test_other_pins_make_another_entry(recipe: Recipe, cache: Path) -> None:
    first = await built_engine(lambda _: None, recipe=recipe, cache=cache)
    (recipe.source / "go.mod").write_text("module example.invalid/small\n\ngo 1.22\n")
    assert cached_engine(recipe, cache=cache) is None
    assert await built_engine(lambda _: None, recipe=recipe, cache=cache) != first


async def test_a_build_that_fails_leaves_no_entry_and_tells_in_gos_words(recipe: Recipe, cache: Path) -> None:
    (recipe.source / "main.go").write_text(PROGRAM.replace("Println", "Printline"))
    with pytest.raises(BuildFailed, match=r"fmt\.Printline"):
        await built_engine(lambda _: None, recipe=recipe, cache=cache)
    assert entries(cache) == []
    (recipe.source / "main.go").write_text(PROGRAM)
    assert (await built_engine(lambda _: None, recipe=recipe, cache=cache)).is_dir()


async def test_programs_that_do_not_run_are_not_kept(recipe: Recipe, cache: Path) -> None:
    (recipe.source / "main.go").write_text('package main\n\nfunc main() { panic("no such machine") }\n')
    with pytest.raises(BuildFailed, match="no such machine"):
        await built_engine(lambda _: None, recipe=recipe, cache=cache)
    assert entries(cache) == []


async def test_a_build_killed_half_way_poisons_nothing(recipe: Recipe, cache: Path) -> None:
    killed = build_in_a_process(recipe, cache)
    eventually(lambda: cache.is_dir() and any(cache.glob(f"{UNFINISHED}*")))
    killed.kill()
    killed.communicate()
    assert cached_engine(recipe, cache=cache) is None
    assert any(name.startswith(UNFINISHED) for name in entries(cache))
    entry = await built_engine(lambda _: None, recipe=recipe, cache=cache)
    assert output_of(entry / "small-again") == "version 1\n"
    assert entries(cache) == [entry.name]


async def test_two_builders_at_once_build_once_and_get_the_same(recipe: Recipe, cache: Path) -> None:
    builders = [build_in_a_process(recipe, cache) for _ in range(3)]
    outputs = await asyncio.gather(*(asyncio.to_thread(builder.communicate) for builder in builders))
    said = [output.splitlines() for output, _ in outputs]
    assert len({lines[-1] for lines in said}) == 1
    assert sum(line.startswith("building") for lines in said for line in lines) == 1
    assert entries(cache) == [Path(said[0][-1]).name]


async def test_outside_a_checkout_there_is_nothing_to_build(tmp_path: Path, cache: Path) -> None:
    with pytest.raises(BuildFailed, match="does not run from its checkout"):
        await built_engine(lambda _: None, recipe=Recipe(tmp_path / "absent", {"small": "."}), cache=cache)
    assert cached_engine(Recipe(tmp_path / "absent", {"small": "."}), cache=cache) is None
