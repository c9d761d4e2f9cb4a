"""The entry point of ``willing``, which finds its package whatever else is called ``sim``.

An empty entry in PYTHONPATH stands for the working folder. There a user's own ``sim.py`` would be
imported in place of the package, so the package beside this file is loaded by its place. A user's
``numpy.py`` would be imported in place of NumPy, so the working folder is searched last.
"""

from __future__ import annotations

import sys
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from pathlib import Path


def main() -> None:
    """Run the command."""
    sys.path.sort(key=_is_working_folder)
    spec = PathFinder.find_spec("sim", [str(Path(__file__).resolve().parent)])
    if spec is not None and spec.loader is not None:  # else it is where Python finds it
        package = sys.modules["sim"] = module_from_spec(spec)
        spec.loader.exec_module(package)
    # Only now is it sure which package this is.
    from sim.cli.main import main as run

    run()


def _is_working_folder(place: str) -> bool:
    try:
        return Path(place).samefile(Path())
    except OSError:  # there is no such place
        return False
