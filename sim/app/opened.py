"""Scenarios that pages have opened, and which files they may open."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

from sim.app.levers import groups_of, nations_of
from sim.plots.ensemble.tiles import place_tiles
from sim.results.format import day_text
from sim.results.labels import condition_labels
from sim.results.thresholds import success_words, thresholds_of
from sim.scenario.files.catalogue import SUFFIXES, shipped_scenarios
from sim.scenario.load import load_scenario
from sim.scenario.schema import Scenario
from sim.store.manifest import is_text

MOST = 16
"""Scenarios that are kept open by default."""

MOST_FILES = 500
"""Files of the folder that are offered."""

MOST_DATES = 4000
"""Days up to which each has its date; later ones, and all of a longer scenario, are numbered."""


IN_MEMORY = "in memory"
"""Name of a scenario that no file holds."""


class Opened(NamedTuple):
    """A scenario and what it is called on the command line; `IN_MEMORY` where no file holds it."""

    given: str
    scenario: Scenario


class OpenedScenarios:
    """Scenarios by digest: a page goes on with the one that it opened, whatever its file says now.

    Threads may share it.

    Parameters
    ----------
    folder : Path
        The only folder, beside those of the package, from which files are read.
    most : int
        Scenarios that are kept.
    scenario : Scenario, optional
        One that no file holds, which goes by the name `IN_MEMORY`.
    """

    def __init__(self, folder: Path, most: int = MOST, scenario: Scenario | None = None) -> None:
        self.folder, self._most, self._in_memory = folder, most, scenario
        self._kept: OrderedDict[str, Opened] = OrderedDict()
        self._lock = Lock()

    def names(self) -> dict[str, Any]:
        """What can be opened: shipped scenarios, the first files of the folder, how many more."""
        shipped = [name for name in shipped_scenarios() if "/" not in name]
        files = sorted(
            each.name
            for each in self.folder.iterdir()
            if each.suffix in SUFFIXES
            and each.is_file()
            and not each.name.startswith(".")
            and is_text(each.name)
        )
        more = max(0, len(files) - MOST_FILES)
        return {"shipped": shipped, "files": files[:MOST_FILES], "more_files": more}

    def open(self, name: str) -> Opened:
        """Load a scenario anew: a shipped one, or a file by its path from the folder.

        Raises
        ------
        ScenarioError
            It is wrong, or there is none, or it lies elsewhere.
        """
        if self._in_memory is not None and name == IN_MEMORY:
            return self.keep(Opened(IN_MEMORY, self._in_memory))
        is_file = Path(name).suffix in SUFFIXES or name not in shipped_scenarios()
        given = str(self.folder / name) if is_file else name
        return self.keep(Opened(given, load_scenario(given, within=self.folder)))

    def keep(self, opened: Opened) -> Opened:
        """Keep a scenario that is loaded, and forget the one that was used longest ago."""
        with self._lock:
            self._kept[opened.scenario.digest] = opened
            self._kept.move_to_end(opened.scenario.digest)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return opened

    def get(self, digest: str) -> Opened:
        """The scenario of a digest.

        Raises
        ------
        KeyError
            It is not open any more.
        """
        with self._lock:
            self._kept.move_to_end(digest)
            return self._kept[digest]


def description_of(name: str, scenario: Scenario) -> dict[str, Any]:
    """All that a page needs to know of a scenario before it is run, ready for JSON."""
    spots = place_tiles([nation.id for nation in scenario.nations])
    n_dates = min(2 * scenario.days, MOST_DATES) if scenario.days <= MOST_DATES else 0
    return {
        "name": name,
        "digest": scenario.digest,
        "title": scenario.title or name,
        "description": scenario.description,
        "notes": list(scenario.notes),
        "days": scenario.days,
        # The lever of days may make runs longer.
        "dates": [day_text(scenario.start, day) for day in range(n_dates + 1)] if n_dates else [],
        "success": success_said(scenario),
        "nations": [
            {**nation, "x": spot.x, "y": spot.y}
            for nation, spot in zip(nations_of(scenario), spots, strict=True)
        ],
        "groups": groups_of(scenario),
    }


def success_said(scenario: Scenario) -> str:
    """What success means, in words; empty where the scenario does not say.

    Examples
    --------
    >>> success_said(load_scenario("paris_2025")).partition(",")[0]
    'Success: at least 20 public nations'
    """
    if scenario.success is None:
        return ""
    names, success = condition_labels(scenario), scenario.success
    return f"Success: {success_words(thresholds_of(success, [*names]), success.hold, names)}"
