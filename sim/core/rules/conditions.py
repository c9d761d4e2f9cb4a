"""How a condition moves from day to day."""

from __future__ import annotations

from sim.core.compiled import inlined


@inlined
def target(level: float, from_coalition: float, from_others: float, shift: float) -> float:
    """Return where a condition is heading, in log-odds.

    Parameters
    ----------
    level : float
        Log-odds of the condition's level.
    from_coalition, from_others : float
        Its answer to yesterday's coalition and to yesterday's other conditions.
    shift : float
        Sum of the signals in force today.
    """
    return level + from_coalition + from_others + shift


@inlined
def answer_to_coalition(
    to_force: float, adequacy: float, to_public_share: float, public_share: float
) -> float:
    """Return what the coalition of yesterday adds to a condition's target, in log-odds.

    Parameters
    ----------
    to_force, to_public_share : float
        The condition's responses.
    adequacy, public_share : float
        C / (C + requirement), and public nations over all, both at the end of yesterday.
    """
    return to_force * adequacy + to_public_share * public_share


@inlined
def answer_to_other(so_far: float, response: float, other: float) -> float:
    """Return `so_far` with the answer to one other condition, valued `other` yesterday."""
    return so_far + response * (other - 0.5)


@inlined
def next_log_odds(
    log_odds: float,
    target_log_odds: float,
    speed: float,
    volatility: float,
    noise: float,
    jump: float,
) -> float:
    """Return a condition's log-odds today: an autoregression towards its target.

    Parameters
    ----------
    log_odds : float
        Yesterday's value.
    target_log_odds : float
        Today's target.
    speed : float
        Share of the gap closed in a day, in (0, 1].
    volatility, noise : float
        Standard deviation of the daily innovation, and a standard normal draw.
    jump : float
        Sum of today's shocks and proposals.

    Notes
    -----
    A discrete Ornstein-Uhlenbeck process [UhlenbeckOrnstein1930]_: for a constant target its
    stationary law is Normal(target, volatility**2 / (speed * (2 - speed))). It is written as a
    weighted mean because each rounding is then monotone in `log_odds` and in `target_log_odds`, so
    that a better condition stays better to the last bit.
    """
    return (1.0 - speed) * log_odds + speed * target_log_odds + volatility * noise + jump
