"""How hard the tests of the core try: less where nothing is compiled, which is slow."""

from __future__ import annotations

import numba
from hypothesis import settings

from tests.examples import examples

IS_COMPILED = not numba.config.DISABLE_JIT

MANY, SOME = (examples(200), examples(50)) if IS_COMPILED else (25, 6)

ANY = settings(deadline=None, max_examples=MANY, derandomize=not IS_COMPILED)
"""For a property of a rule. No deadline, since a first call may compile; the same examples every
time where nothing is compiled, so that the coverage measured there does not vary."""

FEW = settings(deadline=None, max_examples=SOME, derandomize=not IS_COMPILED)
"""For a property that takes long to look at."""


def at_pace(compiled: int, plain: int) -> int:
    """The first number where the model is compiled, the second where it is not."""
    return compiled if IS_COMPILED else plain
