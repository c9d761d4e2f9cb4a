"""Results that commands are given: what is none is refused, with what may have been meant."""

from __future__ import annotations

from pathlib import Path

from sim.cli.errors import WrongInput
from sim.cli.program import program
from sim.scenario.files.catalogue import shipped_scenarios
from sim.store.folder import MARKER, expanded

MOST_LISTED = 5


def refuse_no_result(result: str) -> None:
    """Refuse what is the name of a scenario or a folder of results, and say what to name."""
    place = expanded(result)
    if place.is_dir() and not (place / MARKER).exists():
        held = sorted(marker.parent.name for marker in place.glob(f"*/{MARKER}"))
        if held:
            named = ", ".join(str(Path(result) / name) for name in held[:MOST_LISTED])
            more = f" and {len(held) - MOST_LISTED:,} more" if len(held) > MOST_LISTED else ""
            raise WrongInput(
                f"{result} is not a result: it has no {MARKER}; it holds {named}{more}: name one "
                "of these"
            )
    if place.exists():
        return
    if result not in shipped_scenarios():
        raise WrongInput(
            f"no folder {result}; a result is a folder that a command such as `willing run` wrote"
        )
    place = Path("results") / Path(result).name
    if place.is_dir():
        raise WrongInput(f"{result} is a scenario; its result is {place}")
    raise WrongInput(
        f"{result} is a scenario, not a result; run it first: {program()} run {result}"
    )
