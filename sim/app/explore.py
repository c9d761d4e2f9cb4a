"""The page of a scenario in a notebook."""

from __future__ import annotations

import os
import weakref
from html import escape
from pathlib import Path

from sim.app.opened import IN_MEMORY, OpenedScenarios
from sim.app.server import SIZES, PageServer
from sim.app.serving import Serving
from sim.scenario.schema import Scenario

HEIGHT = 900


class LivePage:
    """A page that a notebook shows in a frame, and its server; get one from `sim.explore`.

    The server stops with `close`, with the object, or with the kernel.

    Parameters
    ----------
    serving : Serving
    height : int, pixels

    Attributes
    ----------
    address : str
        Where a browser on this machine finds it.
    """

    def __init__(self, serving: Serving, height: int) -> None:
        self.address, self._height = serving.address, height
        self._end = weakref.finalize(self, serving.close)
        serving.start()

    def close(self) -> None:
        """Stop the server; the page answers no more."""
        self._end()

    @property
    def is_open(self) -> bool:
        """True until the server was stopped."""
        return self._end.alive

    def _repr_html_(self) -> str:
        """A frame with the page."""
        return (
            f'<iframe src="{escape(self.address)}" title="Willing: a live page" '
            f'style="width:100%;height:{self._height}px;border:1px solid #8888;border-radius:8px" '
            'allow="clipboard-write"></iframe>'
        )

    def __repr__(self) -> str:
        state = "open" if self.is_open else "closed"
        return f"<LivePage at {self.address.partition('?')[0]}, {state}>"


def explore(
    scenario: Scenario | str | os.PathLike[str],
    seed: int = 0,
    runs: int = 5000,
    height: int = HEIGHT,
) -> LivePage:
    """Show a scenario as a live page in a frame of a notebook.

    Parameters
    ----------
    scenario : Scenario, or str or path
        A scenario, or the file or shipped name of one.
    seed : int, from 0 to 2**64 - 1
    runs : int
        Most runs that the page makes of a scenario.
    height : int, pixels

    Returns
    -------
    LivePage
        As the last value of a cell it shows the page.

    Raises
    ------
    ImportError
        The extra ``app`` is not installed.
    ScenarioError
        There is no such scenario, or it is wrong, or it needs files of other folders than its own:
        give it loaded then.

    Examples
    --------
    >>> page = explore("paris_2025")
    >>> page.is_open, page._repr_html_()[:30]
    (True, '<iframe src="http://127.0.0.1:')
    >>> page.close()
    >>> page.is_open
    False
    """
    if isinstance(scenario, Scenario):
        opened = OpenedScenarios(Path(), scenario=scenario)
        name = IN_MEMORY
    else:
        place = Path(scenario)
        is_file = bool(place.suffix)
        opened = OpenedScenarios(place.parent if is_file else Path())
        name = place.name if is_file else str(scenario)
        opened.open(name)
    pages = PageServer(opened, name, seed, sizes_up_to(runs))
    return LivePage(Serving(pages, in_frames=True), height)


def sizes_up_to(runs: int) -> tuple[int, ...]:
    """Numbers of runs at which a page shows something, up to the most.

    Examples
    --------
    >>> sizes_up_to(5000), sizes_up_to(2000), sizes_up_to(100)
    ((200, 1000, 5000), (200, 1000, 2000), (100,))
    """
    return (*(size for size in SIZES if size < runs), runs)
