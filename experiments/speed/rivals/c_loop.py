"""The toy as a C programmer writes it (`c_loop.c`), compiled by the C compiler if there is one."""

from __future__ import annotations

import ctypes
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from experiments.speed.toy import DISPOSITION, N_DAYS, N_NATIONS, PEERS, RATE, THRESHOLD

SOURCE = Path(__file__).with_suffix(".c")
COMMAND = ("cc", "-O3", "-march=native", "-shared", "-fPIC")


class Toy(ctypes.Structure):
    """`struct toy` of the source."""

    _fields_ = (
        *((name, ctypes.c_int64) for name in ("n_nations", "n_days")),
        *((name, ctypes.c_double) for name in ("rate", "disposition", "peers", "threshold")),
    )


@cache
def library() -> ctypes.CDLL:
    """Compile the source, once; FileNotFoundError if there is no compiler."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "c_loop.so"
        subprocess.run([*COMMAND, "-o", str(out), str(SOURCE), "-lm"], check=True)
        return ctypes.CDLL(str(out))


def public_sizes(runs: int, seed: int) -> NDArray[np.int64]:
    """Public size by run and day, shape (runs, 181)."""
    sizes = np.empty((runs, N_DAYS + 1), dtype=np.int64)
    toy = Toy(N_NATIONS, N_DAYS, RATE, DISPOSITION, PEERS, THRESHOLD)
    library().public_sizes(
        ctypes.byref(toy),
        ctypes.c_int64(runs),
        ctypes.c_uint64(seed),
        sizes.ctypes.data_as(ctypes.POINTER(ctypes.c_int64)),
    )
    return sizes
