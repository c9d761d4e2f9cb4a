"""What makes the whole suite faster and takes nothing from what a test proves."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings, strategies
from matplotlib.figure import Figure

from sim.plots.sheet import Sheet
from tests.browser import started_chromium
from tests.examples import QUICK

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# Byte code is kept, whatever the environment says, as in the Makefile: without it each worker, and
# each process that a test starts, compiles all source anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


def pytest_configure(config: pytest.Config) -> None:
    """Try few examples of a property, and Hypothesis' own 100 where slow tests run as well."""
    # No deadline: a first example may compile what it calls.
    settings.register_profile("whole", deadline=None)
    settings.register_profile("quick", max_examples=QUICK, deadline=None)
    settings.load_profile("quick" if config.option.markexpr == "not slow" else "whole")


def pytest_collection_finish() -> None:
    """Look through all objects for garbage less often, and never through those that stay.

    The modules and tests that are loaded by now hold some hundred thousand objects. To look
    through them time and again took an eighth of the suite.
    """
    # Hypothesis looks at its first test for what refers to its generator of random numbers, and
    # from Python 3.14 on does not find what is frozen. A first test of nothing comes before.
    settings(database=None, max_examples=1)(given(strategies.none())(lambda _: None))()
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)


@pytest.fixture(scope="session", autouse=True)
def _no_wait_for_the_disk() -> Iterator[None]:
    """What a test writes need not outlive a power cut; processes of their own do wait."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        yield


@pytest.fixture
def blank_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures are composed, but blank images stored: to lay out and paint them takes longest."""
    paint = Figure.savefig

    def save(_: Figure, *arguments: Any, **options: Any) -> None:
        paint(Figure(figsize=(1, 1)), *arguments, **{**options, "dpi": 10})

    monkeypatch.setattr(Figure, "savefig", save)
    monkeypatch.setattr(Sheet, "write_png", lambda sheet, image, _: save(sheet, image))


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A headless Chromium; see `tests.browser`.

    No longer than for a module: while it is there, nothing else can run an event loop.
    """
    with started_chromium() as browser:
        yield browser
