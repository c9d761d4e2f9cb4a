"""Changes that are made without all checks, told from those that go through them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest


class LeftToAllChecksError(Exception):
    """A change is not surely right by itself."""


@contextmanager
def without_all_checks() -> Iterator[None]:
    """Have changes of a scenario that are left to all checks raise `LeftToAllChecksError`."""

    def leave(*_: object) -> None:
        raise LeftToAllChecksError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sim.scenario.changes._tree_of", leave)
        yield
