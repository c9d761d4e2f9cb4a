"""How much a page may ask for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What a server grants; more is refused.

    Attributes
    ----------
    body : int, bytes
        Of one request.
    runs : int
        Of one scenario.
    at_once : int
        Pages whose runs are under way at one time.
    kept : float, bytes
        Runs of base scenarios that are kept for the next comparison.
    a_scenario : float, bytes
        Memory for the runs of one scenario with its counts.
    """

    body: int = 1_000_000
    runs: int = 20_000
    at_once: int = 4
    kept: float = 300e6
    a_scenario: float = 300e6
