"""Every block of the recipes runs, in its order, without a warning."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

PAGE = Path(__file__).parents[1] / "docs" / "recipes.md"
SECTION = re.compile(r"^## (.+?)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)

TEXT = PAGE.read_text(encoding="utf-8")
SECTIONS = dict(SECTION.findall(TEXT))
FIRST = BLOCK.search(TEXT)


def value_of(block: str, names: dict[str, Any]) -> Any:
    """Run a block; what its last line, an expression, comes to."""
    *lines, last = block.rstrip().splitlines()
    exec("\n".join(lines), names)
    return eval(last, names)


def values(section: str) -> list[Any]:
    """What the blocks of a section come to, after the first block of the page."""
    assert FIRST is not None
    names: dict[str, Any] = {}
    value_of(FIRST[1], names)
    return [value_of(block, names) for block in BLOCK.findall(SECTIONS[section])]


def test_the_first_block_gives_a_chance() -> None:
    assert FIRST is not None
    assert 0 < value_of(FIRST[1], {}) < 1


def test_salib_finds_that_backing_matters_most() -> None:
    (found,) = values("SALib: sensitivity indices")
    total, interval = found
    assert total.shape == interval.shape == (3,)
    assert total.argmax() in (0, 1)


@pytest.mark.slow
def test_the_workbench_finds_where_the_coalition_falls_short() -> None:
    box, shape = values("EMA Workbench: when does the coalition fall short?")
    limits, coverage, density = box
    assert density >= 0.9
    assert 0.2 < coverage <= 1
    assert limits.keys() & {"backing", "acceptability"}
    assert shape == (5, 181)


def test_xarray_labels_the_points() -> None:
    (found,) = values("xarray: labelled arrays")
    assert found.ndim == 0
    assert 0.5 < float(found) < 1


@pytest.mark.slow
def test_mesa_runs_what_the_engines_run() -> None:
    (rows,) = values("Mesa's own batch_run")
    import sim

    base = sim.load_scenario("paris_2025")
    for level in (0.2, 0.8):
        scenario = base.with_changes({"conditions.us_backing.level": level})
        sizes = [size for digest, _, size in rows if digest == scenario.digest[:6]]
        np.testing.assert_array_equal(sizes, sim.run(scenario, runs=2, seed=7).size[:, -1])


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_has_a_recipe(section: str) -> None:
    assert BLOCK.search(SECTIONS[section])
