"""What the tests of the compiled core share."""

import os

import pytest


@pytest.fixture
def child_environment():
    """Environment of a fresh process: this one's, with compilation on and no cache override."""
    names = ("NUMBA_DISABLE_JIT", "NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES")
    return {name: value for name, value in os.environ.items() if name not in names}
