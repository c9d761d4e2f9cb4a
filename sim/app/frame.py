"""What a page shows of so many runs, ready for JSON: numbers of the runner, and their words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sim.app.exploration import Found
from sim.core.stages import LEFT
from sim.report.comparison import in_all_runs, with_interval
from sim.report.day_frame import charted_days
from sim.results.ensemble import Ensemble
from sim.results.estimates import QUANTILES, Chance, chance, quantiles
from sim.results.format import alike, counted, digits_of, number, percent
from sim.results.tally import Tally
from sim.studies.compare.changes import OutcomeChange

SHARE_DIGITS = 5
"""Digits of the chances by day that a page draws with; those that it prints have all digits."""


def frame_of(found: Found, n_wanted: int) -> dict[str, Any]:
    """A frame of a page.

    Parameters
    ----------
    found : Found
    n_wanted : int
        Runs of the last frame.

    Returns
    -------
    dict
        ``size`` has quantiles by day for the days in ``days``; ``final`` the runs by size at the
        end; ``nations`` in the order of the scenario the chances by day, and at the end; ``base``
        the same of the base, None where nothing is changed.
    """
    ensemble, is_base = found.ensemble, found.ensemble is found.base
    return {
        "runs": ensemble.n_runs,
        "wanted": n_wanted,
        "seed": str(ensemble.seed),  # JavaScript has no whole numbers beyond 2**53
        "digest": ensemble.scenario.digest,
        # To look for what has no effect takes as long as the first runs.
        "notes": list(ensemble.scenario.notes) if ensemble.n_runs == n_wanted else None,
        **view_of(ensemble),
        "base": None if is_base else view_of(found.base),
        "difference": None
        if found.changes is None
        else difference_of(found.changes, ensemble.n_runs),
    }


def view_of(ensemble: Ensemble) -> dict[str, Any]:
    """What a page draws of an ensemble."""
    days = charted_days(ensemble.n_days)
    counts = ensemble.records.size_counts
    sizes = np.arange(counts.shape[-1], dtype=np.float64)
    at_end = Tally("size", sizes, counts[0, -1:], float(sizes[-1])).spread(0)
    return {
        "days": days.tolist(),
        "size": {
            name: quantiles(counts[0, days], sizes, q).astype(int).tolist()
            for name, q in QUANTILES.items()
        },
        "final": counts[0, -1].tolist(),
        "at_end": {
            "median": at_end.median,
            "low": at_end.low,
            "high": at_end.high,
            "mean": at_end.mean,
            "text": number(at_end.mean),
            "range": f"{at_end.low:.0f} to {at_end.high:.0f}",
        },
        "success": success_of(ensemble),
        "nations": nations_of(ensemble, days),
    }


def success_of(ensemble: Ensemble) -> dict[str, Any] | None:
    """The chance of success with its interval, and both as text; None without thresholds."""
    wanted = ensemble.scenario.success
    if wanted is None:
        return None
    n_hits = int(ensemble.records.success_counts[:-1].sum())
    return {**_chance(chance(n_hits, ensemble.n_runs)), "threshold": wanted.public_size}


def _chance(found: Chance) -> dict[str, Any]:
    """A chance with its interval, as numbers and as text."""
    low, high = 100 * found.low, 100 * found.high
    digits = digits_of(low, high)
    return {
        "chance": found.chance,
        "low": found.low,
        "high": found.high,
        "text": f"{100 * found.chance:.{digits}f} %",
        "interval": f"{low:.{digits}f} to {high:.{digits}f} %",
    }


def nations_of(ensemble: Ensemble, days: np.ndarray[Any, Any]) -> list[dict[str, Any]]:
    """For each nation its chance of being public by day, and at the end with its interval."""
    public, left = ensemble.records.runs_public(), ensemble.records.stages_at_end()[:, LEFT]
    n_runs = ensemble.n_runs
    by_day = (public[days] / n_runs).round(SHARE_DIGITS).T.tolist()
    return [
        {
            "public": chances,
            "left": percent(int(left[index]) / n_runs),
            **_chance(chance(int(public[-1, index]), n_runs)),
        }
        for index, chances in enumerate(by_day)
    ]


def difference_of(changes: Mapping[str, OutcomeChange], n_runs: int) -> dict[str, Any]:
    """The changed scenario against the base, run by run: numbers, and sentences about them."""
    return {
        **{
            name: {
                "difference": each.difference,
                "low": None if np.isnan(each.low) else each.low,
                "high": None if np.isnan(each.high) else each.high,
                "differ": each.n_differ,
            }
            for name, each in changes.items()
        },
        "words": difference_words(changes.get("success"), changes["size"], n_runs),
    }


def difference_words(success: OutcomeChange | None, size: OutcomeChange, n_runs: int) -> list[str]:
    """The difference from the base in sentences, success first.

    Examples
    --------
    >>> change = dict.fromkeys(("q05", "q25", "median", "q75", "q95"), 0.0)
    >>> change |= {"n_differ": 0, "fewer_runs": float("nan"), "fewer_runs_known": False}
    >>> same = OutcomeChange("size", 3.0, 3.0, 0.0, low=0.0, high=0.0, **change)
    >>> difference_words(None, same, 200)
    ['Difference in public size at the end: none in 200 runs (up to 1.8 % of all runs may differ).']
    """
    words = []
    if success is not None:
        words.append(f"Difference in the chance of success: {_in_points(success, n_runs)}.")
    change = with_interval(size.difference, size.low, size.high)
    if size.is_alike:
        change = _alike(size.difference, n_runs)
    else:
        share = percent(size.n_differ / n_runs)
        change += f" nations on average; it differs in {share} of the runs"
    words.append(f"Difference in public size at the end: {change}.")
    return words


def _in_points(success: OutcomeChange, n_runs: int) -> str:
    """A difference in the chance of success, in percentage points."""
    if success.is_alike:
        return _alike(100 * success.difference, n_runs)
    low, high = 100 * success.low, 100 * success.high
    digits = digits_of(low, high)
    change = with_interval(100 * success.difference, low, high)
    ends = f"from {100 * success.base:.{digits}f} % to {100 * success.other:.{digits}f} %"
    return f"{change} percentage points, {ends}; it differs in {counted(success.n_differ, 'run')}"


def _alike(difference: float, n_runs: int) -> str:
    return f"{in_all_runs(difference, n_runs, 0)} ({alike(n_runs)})"
