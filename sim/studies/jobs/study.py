"""A study in jobs: pieces of work that it asks for, in rounds, by what it has found so far.

A sweep knows all its points beforehand. A study that bisects, or drops candidates, does not. It is
a subclass of `JobStudy`, whose `steps` asks for jobs and gets their columns. Whether they are run
in threads, on a cluster, or read from the folder of a study that was stopped is not its concern.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar, cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from sim.scenario.schema import Scenario
from sim.store.kinds import Kind

Columns = dict[str, NDArray[Any]]
"""What a job found by name, a row a run, point or so: shape (n_rows,) or (n_rows, width)."""

Result = TypeVar("Result")
Memory = TypeVar("Memory")

Steps = Generator[list["Job"], list[Columns], Result]


class Job(NamedTuple):
    """A piece of work of about a second: what comes of it depends on the study and on this alone.

    Attributes
    ----------
    name : str
        What it does; one study may have several jobs of a name.
    n_runs : int
        How many runs it takes, for the progress.
    given : mapping of str to value
        What else decides it, in values that JSON has.
    """

    name: str
    n_runs: int
    given: Mapping[str, Any] = {}


NATION_DAYS_A_JOB = 1e8
"""About a second's work of one thread."""


class Column(NamedTuple):
    """What a column of a job holds.

    Attributes
    ----------
    dtype : str
        Of NumPy, such as ``"int16"``.
    width : int
        Numbers in a row; 0 for a column of single numbers.
    """

    dtype: str
    width: int = 0


class JobStudy(ABC, Generic[Memory, Result]):
    """A study of a scenario that runs in jobs.

    Attributes
    ----------
    kind : Kind
        Of its folder.
    scenario : Scenario
    seed : int
    command : str
        What asked for it. It does not decide the result.
    """

    kind: ClassVar[Kind]
    scenario: Scenario
    seed: int
    command: str

    @abstractmethod
    def options(self) -> dict[str, Any]:
        """What decides the result beside the scenario, the seed and the code, as JSON has it."""

    @abstractmethod
    def columns(self, job: Job) -> dict[str, Column]:
        """What a job finds."""

    @abstractmethod
    def new_memory(self) -> Memory:
        """What one thread works in, such as a `BlockRunner`, used for job after job."""

    @abstractmethod
    def run(self, memory: Memory, job: Job) -> Columns:
        """Do a job."""

    @abstractmethod
    def steps(self) -> Steps[Result]:
        """Yield lists of jobs, get their columns in the same order, and return the result.

        It must be deterministic: of a stopped study it is run anew, with the jobs that are done.
        """

    @abstractmethod
    def n_expected(self) -> int:
        """How many runs all jobs may take, about."""

    @abstractmethod
    def tables(self, result: Result) -> dict[str, str]:
        """Texts of the tables that the folder holds of a result, by name of file."""

    def problem(self) -> None:
        """Raise what is wrong with it before any run, such as too little memory."""


def evaluated(steps: Steps[Result], results: Callable[[Sequence[Job]], list[Columns]]) -> Result:
    """What the steps of a study come to, with the jobs that they ask for done by `results`."""
    found: Any = None
    while True:
        try:
            jobs = steps.send(found)
        except StopIteration as end:
            return cast(Result, end.value)
        found = results(jobs)


def cut_into_jobs(
    number: int, nation_days: float, multiple: int = 1, most: int | None = None
) -> Iterator[tuple[int, int]]:
    """Yield the first and the number of the runs, or rows, of each job.

    Parameters
    ----------
    number : int
        Of all.
    nation_days : float
        Days of nations in one of them, with all that a job does with it.
    multiple : int
        Jobs have a multiple of it, all but the last.
    most : int, optional
        The most of a job.

    Examples
    --------
    >>> list(cut_into_jobs(40, 5e6, multiple=8)), list(cut_into_jobs(3, 1e9))
    ([(0, 16), (16, 16), (32, 8)], [(0, 1), (1, 1), (2, 1)])
    """
    of_job = max(1, int(NATION_DAYS_A_JOB / nation_days) // multiple) * multiple
    of_job = of_job if most is None else min(of_job, most)
    for first in range(0, number, of_job):
        yield first, min(of_job, number - first)


def joined(found: Sequence[Columns]) -> Columns:
    """Columns of jobs, one behind another."""
    return {name: np.concatenate([each[name] for each in found]) for name in found[0]}


def schema_of(columns: Mapping[str, Column], metadata: dict[str, str]) -> pa.Schema:
    """The schema of a job's table.

    Examples
    --------
    >>> schema_of({"size": Column("int16", 3)}, {}).field("size").type
    FixedSizeListType(fixed_size_list<element: int16 not null>[3])
    """
    fields = []
    for name, (dtype, width) in columns.items():
        element = pa.from_numpy_dtype(np.dtype(dtype))
        listed = pa.list_(pa.field("element", element, nullable=False), width)
        fields.append(pa.field(name, listed if width else element, nullable=False))
    return pa.schema(fields, metadata=metadata)


def table_of(columns: Columns, schema: pa.Schema) -> pa.Table:
    """Columns as a table of a schema."""
    arrays = []
    for field in schema:
        values = np.ascontiguousarray(columns[field.name])
        flat = pa.array(values.ravel())
        is_single = values.ndim == 1
        arrays.append(
            flat if is_single else pa.FixedSizeListArray.from_arrays(flat, type=field.type)
        )
    return pa.Table.from_arrays(arrays, schema=schema)


def columns_in(table: pa.Table) -> Columns:
    """Columns of a table that `table_of` made."""
    found: Columns = {}
    for field in table.schema:
        column = table[field.name].combine_chunks()
        if isinstance(field.type, pa.FixedSizeListType):
            width = field.type.list_size
            found[field.name] = column.flatten().to_numpy(zero_copy_only=False).reshape(-1, width)
        else:
            found[field.name] = column.to_numpy(zero_copy_only=False)
    return found
