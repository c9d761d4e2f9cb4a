"""Every kind of result folder: what it is called, what it holds, who writes and who opens it.

What is said of a kind anywhere comes from here. A new kind is an entry in `KINDS` and a module:

- one that is written at once has a ``write_...(result, folder)`` which ends with
  `write_manifest`, a ``save_...`` which calls it within `atomic_folder`, and a ``load_...`` which
  begins with `read_manifest` and `check_files`; `sim.store.ensembles` is the model;
- one that is written part by part, and resumed, has a subclass of `PartsFolder`;
  `sim.studies.sweep.folder` is the model, ``tests/store/test_parts.py`` the shortest.

Figures are plotted into the folder `FIGURES` of a result that is whole, each file by `atomic_file`:
whatever goes wrong in plotting, the tables are there.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """A kind of result folder.

    Attributes
    ----------
    name : str
        As in ``kind`` of its provenance.
    noun : str
        What it is called in messages.
    command : str
        The command that writes it.
    result : str
        Class of what it holds.
    holds : str
        What it holds and what can be done with it, for whoever opens it as another kind.
    opened_by : str or None
        The function that opens it, as "module:function"; None where only its files are read.
    layout : int
        Version of the layout of its files; those before it are read as well.
    plan : str or None
        Of a kind that is written in parts: the file that says what is run, by which a folder is
        known before it is whole.
    packages : tuple of str
        Packages that it depends on beside those of every kind.
    """

    name: str
    noun: str
    command: str
    result: str
    holds: str
    opened_by: str | None = None
    layout: int = 1
    plan: str | None = None
    packages: tuple[str, ...] = ()

    @property
    def written(self) -> str:
        """What it is and who writes it, such as "a trace of willing trace"."""
        return f"a {self.noun} of {self.command}"


RESULT = Kind(
    name="willing.result",
    noun="result",
    command="willing run",
    result="Ensemble",
    holds="an ensemble of `willing run`: open it with sim.load_results",
    opened_by="sim.store.ensembles:load_results",
)
TRACE = Kind(
    name="willing.trace",
    noun="trace",
    command="willing trace",
    result="Trace",
    holds="a trace, one run told day by day, and no ensemble: see story.txt in it, and command in "
    "its provenance.json to tell it anew",
)
COMPARISON = Kind(
    name="willing.comparison",
    noun="comparison",
    command="willing compare",
    result="Comparison",
    holds="a comparison of scenarios, and no ensemble: open it with sim.load_comparison, draw it "
    "with `willing plot`",
    opened_by="sim.studies.compare.stored:load_comparison",
    layout=2,
)
SWEEP = Kind(
    name="willing.sweep",
    noun="sweep",
    command="willing sweep",
    result="Sweep",
    holds="a sweep over conditions, and no ensemble: open it with sim.load_sweep, draw it with "
    "`willing plot`",
    opened_by="sim.studies.sweep.folder:load_sweep",
    plan="study.yaml",
)

CALIBRATION = Kind(
    name="willing.calibration",
    noun="calibration",
    command="willing calibrate",
    result="Calibration",
    holds="a calibration, a fit to past coalitions, and no ensemble: open it with "
    "sim.load_calibration, name its behaviour.yaml in a scenario",
    opened_by="sim.calibration.stored:load_calibration",
    packages=("scipy",),
)

BACKTEST = Kind(
    name="willing.backtest",
    noun="back-test",
    command="willing backtest",
    result="Backtest",
    holds="a back-test, forecasts of past coalitions with their scores, and no ensemble: open it "
    "with sim.load_backtest, draw it with `willing plot`",
    opened_by="sim.calibration.backtest.folder:load_backtest",
    plan="backtest.json",
    packages=("scipy",),
)

SENSITIVITY = Kind(
    name="willing.sensitivity",
    noun="sensitivity analysis",
    command="willing sensitivity",
    result="Sensitivity",
    holds="a sensitivity analysis, which inputs an outcome hangs on, and no ensemble: open it with "
    "sim.load_sensitivity, draw it with `willing plot`",
    opened_by="sim.studies.sensitivity.sensitivity:load_sensitivity",
    plan="sensitivity.json",
    packages=("scipy",),
)

SWEEP_ANALYSIS = Kind(
    name="willing.sweep_analysis",
    noun="sweep analysis",
    command="willing sensitivity SWEEP",
    result="SweepAnalysis",
    holds="what a stored sweep tells of its inputs, and no ensemble: open it with "
    "sim.load_sweep_analysis, draw it with `willing plot`",
    opened_by="sim.studies.sensitivity.stored:load_sweep_analysis",
    packages=("scipy",),
)

KEYSTONE = Kind(
    name="willing.keystone",
    noun="keystone study",
    command="willing keystone",
    result="Keystone",
    holds="a keystone study, what single announcements do, and no ensemble: open it with "
    "sim.load_keystone, draw it with `willing plot`",
    opened_by="sim.studies.keystone.keystone:load_keystone",
    plan="keystone.json",
    packages=("scipy",),
)

TIPPING = Kind(
    name="willing.tipping",
    noun="tipping point",
    command="willing tipping",
    result="Tipping",
    holds="a tipping point, levels at which runs turn, and no ensemble: open it with "
    "sim.load_tipping, draw it with `willing plot`",
    opened_by="sim.studies.tipping.tipping:load_tipping",
    plan="tipping.json",
    packages=("scipy",),
)

KINDS = (
    RESULT,
    TRACE,
    COMPARISON,
    SWEEP,
    CALIBRATION,
    BACKTEST,
    SENSITIVITY,
    SWEEP_ANALYSIS,
    KEYSTONE,
    TIPPING,
)


def kind_named(name: object) -> Kind | None:
    """The kind of that name, as read from a file; None where there is none.

    Examples
    --------
    >>> kind_named("willing.trace").written, kind_named(["other"])
    ('a trace of willing trace', None)
    """
    return next((kind for kind in KINDS if kind.name == name), None)
