"""A result that is written part by part: what is kept when the command is stopped or fails."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from sim.cli.errors import Failure, WrongInput, exit_after, reason_of
from sim.cli.output import Output
from sim.cli.progress import Progress
from sim.cli.signals import HungUp, stop_in_force
from sim.store.folder import PARTS

Result = TypeVar("Result")


class PartsKept:
    """What of a result in parts is in its folder.

    Parameters
    ----------
    output : Output
    pieces : str
        What a part holds one of, with its plural, such as ``"block of points/blocks of points"``.
    n_pieces : int, optional
        How many there will be, if that is known.
    """

    def __init__(self, output: Output, pieces: str, n_pieces: int | None = None) -> None:
        self.output, self.n_pieces = output, n_pieces
        self.piece, _, self.pieces = pieces.partition("/")
        self._n_before = self.n_finished() if output.force else 0

    def n_finished(self) -> int:
        """Number of parts that are finished."""
        return len(list((self.output.folder / PARTS).glob("part-*.parquet")))

    def nothing(self) -> str:
        """Why no part is kept; empty if some are."""
        from sim.store.parts import is_replacing  # heavy

        output = self.output
        if not output.saves:
            return (
                f"nothing is kept, as no folder is written (--out DIR keeps finished {self.pieces})"
            )
        if self._n_before and not is_replacing(output.folder):
            earlier = f"the earlier {output.kind.noun} in {output.folder} is kept"
            return f"no {self.piece} is finished; {earlier}"
        return "" if self.n_finished() else f"no {self.piece} is finished"

    def sentence(self) -> str:
        """What is kept, and how to go on with it."""
        nothing = self.nothing()
        if nothing:
            return f"{nothing}."
        command = "the same command without --force" if self.output.force else "the same command"
        of_all = "" if self.n_pieces is None else f" of {self.n_pieces:,}"
        n_done = self.n_finished()
        is_one = n_done == 1 and self.n_pieces is None
        done = f"{self.piece} is" if is_one else f"{self.pieces} are"
        return (
            f"{n_done:,}{of_all} {done} finished, and kept in {self.output.folder}; {command} goes "
            "on from there."
        )


def check_workers(options: Mapping[str, Any]) -> None:
    """Refuse --workers together with --dask."""
    if options["dask"] is not None and options["workers"] is not None:
        raise WrongInput("--workers: it is for threads of this machine, which --dask does not use")


def run_in_parts(
    kept: PartsKept, unit: str, run: Callable[[Path | None, bool, Progress], Result]
) -> Result:
    """The result of a command that stores it part by part.

    Parameters
    ----------
    kept : PartsKept
    unit : str
        What the progress counts, such as ``"runs"``.
    run : callable of (folder or None, overwrite, progress)

    Raises
    ------
    Failure
        The disk, the memory or the cluster gave out; it says what is kept.
    click.exceptions.Exit
        It was stopped; what is kept has been said.
    """
    from sim.studies.cluster import ClusterError  # heavy

    output = kept.output
    try:
        with Progress(output.quiet, unit) as progress:
            return run(output.folder if output.saves else None, output.force, progress)
    except KeyboardInterrupt as stop:
        stop_in_force().waits = True
        text = None if isinstance(stop, HungUp) else f"Stopped: {kept.sentence()}"  # nobody reads
        raise exit_after(stop, text) from None
    except (ClusterError, OSError, MemoryError) as error:
        reason = reason_in_words(error, str(output.folder))
        raise Failure(f"{reason}; {kept.sentence().removesuffix('.')}") from error


def reason_in_words(error: Exception, place: str = "") -> str:
    """What the cluster, the disk or the memory failed with."""
    if isinstance(error, OSError):
        return reason_of(error, place)
    if isinstance(error, MemoryError):
        return f"out of memory: {error}".removesuffix(": ")
    return f"--dask: {error}"
