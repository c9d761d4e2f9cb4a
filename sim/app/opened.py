"""Scenarios that pages have opened, and which files they may open."""

from __future__ import annotations

import shlex
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

from sim.app.levers import groups_of, nations_of
from sim.plots.ensemble.tiles import place_tiles
from sim.results.format import day_text
from sim.results.labels import condition_labels
from sim.results.thresholds import success_words, thresholds_of
from sim.scenario.changes import with_parameters
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


class Given(NamedTuple):
    """A scenario as the command line gives it.

    Attributes
    ----------
    place : str
        Name or path; `IN_MEMORY` where no file holds it.
    changes : tuple of str
        What ``--set`` changes, as ``PATH=VALUE``.
    parameters : str or None
        What ``--parameters`` draws.
    """

    place: str
    changes: tuple[str, ...] = ()
    parameters: str | None = None

    def load(self, within: Path | None = None) -> Scenario:
        """The scenario, anew; see `load_scenario`.

        Raises
        ------
        ScenarioError
        """
        loaded = load_scenario(self.place, set=self.changes, within=within)
        if self.parameters is None:
            return loaded
        return with_parameters(loaded, self.changes, self.parameters)

    def changed(self, more: Sequence[str]) -> Given:
        """The same with more changes, in place of those of the same paths.

        Examples
        --------
        >>> Given("paris_2025", ("tempo=2", "days=90")).changed(["tempo=3"]).changes
        ('days=90', 'tempo=3')
        """
        paths = {_path(each) for each in more}
        kept = (each for each in self.changes if _path(each) not in paths)
        return self._replace(changes=(*kept, *more))

    @property
    def options(self) -> str:
        """The options of a command that give it.

        Examples
        --------
        >>> Given("paris_2025", ("tempo=2",), "posterior").options
        '--set tempo=2 --parameters posterior'
        """
        words = [word for each in self.changes for word in ("--set", each)]
        words += [] if self.parameters is None else ["--parameters", self.parameters]
        return shlex.join(words)

    def command(self, numbers: str) -> str:
        """A command that runs it, with other options behind.

        Examples
        --------
        >>> Given("my scenario.yaml").command("--runs 5")
        "willing run 'my scenario.yaml' --runs 5"
        """
        return " ".join(
            filter(None, ("willing run", shlex.quote(self.place), self.options, numbers))
        )


def _path(change: str) -> str:
    return change.partition("=")[0].strip()


class Opened(NamedTuple):
    """A scenario that is open, and how the command line gives it."""

    given: Given
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
    first : Given, optional
        A scenario that is opened with changes or draws; its place is its name for pages.
    """

    def __init__(
        self,
        folder: Path,
        most: int = MOST,
        scenario: Scenario | None = None,
        first: Given | None = None,
    ) -> None:
        self.folder, self._most, self._in_memory, self._first = folder, most, scenario, first
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
            return self.keep(Opened(Given(IN_MEMORY), self._in_memory))
        is_file = Path(name).suffix in SUFFIXES or name not in shipped_scenarios()
        given = Given(name) if self._first is None or self._first.place != name else self._first
        given = given._replace(place=str(self.folder / name) if is_file else name)
        return self.keep(Opened(given, given.load(within=self.folder)))

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


def description_of(name: str, opened: Opened) -> dict[str, Any]:
    """All that a page needs to know of a scenario before it is run, ready for JSON."""
    given, scenario = opened
    spots = place_tiles([nation.id for nation in scenario.nations])
    n_dates = min(2 * scenario.days, MOST_DATES) if scenario.days <= MOST_DATES else 0
    return {
        "name": name,
        "digest": scenario.digest,
        "title": scenario.title or name,
        "given": given.options,
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
