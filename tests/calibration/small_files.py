"""Files of small past coalitions, and a fit to them that takes few evaluations."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from sim.calibration.calibrate import calibrate
from sim.calibration.calibration import Calibration

SCENARIO = """\
title: {title}
record: record_{name}.csv
start: 2011-03-10
days: 20
nations:
  - {{id: FRA, stage: public}}
  - {{id: NOR, bond: 0.9}}
  - {{id: SWE, bond: 0.2}}
  - {{id: DEU, bond: 0.6}}
  - {{id: ESP, bond: 0.7}}
leaders: [FRA]
events:
  - {{date: 2011-03-19, meeting: summit}}
behaviour: {behaviour}
"""

RECORD = """\
nation,first,last,event,kind,detail,publisher,confidence
NOR,2011-03-{day},2011-03-{day},public,air,Will take part,AFP,high
ESP,2011-03-14,2011-03-18,public,air,Within days,AFP,low
DEU,2011-03-17,2011-03-17,refused,air,Will not,AFP,high
"""

BEHAVIOUR = (
    "{initial: {talks: {odds: 1, bond: 2}, willing: {share: 0.25}}, from: null, "
    "resolve: {rate: 0.02, bond: 1, climate: 0.5}, declare: {rate: 0.03, convened: 1}, "
    "decline: {rate: 0.002}}"
)
"""Without entering talks later: then fewer parameters are told apart by little."""

FEW = ("--starts", "2", "--candidates", "25", "--draws", "20")


def write_history(folder: Path, name: str, day: int = 19, behaviour: str = BEHAVIOUR) -> Path:
    """A scenario with its record; Norway goes public on a day."""
    text = SCENARIO.format(name=name, title=f"The {name} coalition", behaviour=behaviour)
    (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    (folder / f"record_{name}.csv").write_text(RECORD.format(day=day), encoding="utf-8")
    return folder / f"{name}.yaml"


@cache
def small_calibration() -> Calibration:
    """A fit to two of them."""
    with TemporaryDirectory() as folder:
        files = [write_history(Path(folder), name, day) for name, day in (("one", 19), ("two", 22))]
        return calibrate(files, starts=2, candidates=25, draws=20, seed=3)
