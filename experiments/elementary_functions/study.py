"""Find the coefficients of ``sim.core.elementary`` and measure its errors.

Run ``python experiments/elementary_functions/study.py``; ``--quick`` measures fewer points.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence

import mpmath
import numpy as np
from numpy.typing import NDArray
from remez import minimax

from sim.core import elementary

DIGITS = 60
ALMOST_NOTHING = mpmath.mpf(10) ** -30
WIDER = 1 + mpmath.mpf(2) ** -20

# PPND16 of Wichura (1988), Applied Statistics 37(3), 477-484: the ratio for the middle, the tails
# and the far tails; coefficients as printed, constant first; every denominator starts with 1.
PPND16 = {
    "middle": (
        "3.3871328727963666080e0 1.3314166789178437745e2 1.9715909503065514427e3 "
        "1.3731693765509461125e4 4.5921953931549871457e4 6.7265770927008700853e4 "
        "3.3430575583588128105e4 2.5090809287301226727e3",
        "1 4.2313330701600911252e1 6.8718700749205790830e2 5.3941960214247511077e3 "
        "2.1213794301586595867e4 3.9307895800092710610e4 2.8729085735721942674e4 "
        "5.2264952788528545610e3",
    ),
    "tails": (
        "1.42343711074968357734e0 4.63033784615654529590e0 5.76949722146069140550e0 "
        "3.64784832476320460504e0 1.27045825245236838258e0 2.41780725177450611770e-1 "
        "2.27238449892691845833e-2 7.74545014278341407640e-4",
        "1 2.05319162663775882187e0 1.67638483018380384940e0 6.89767334985100004550e-1 "
        "1.48103976427480074590e-1 1.51986665636164571966e-2 5.47593808499534494600e-4 "
        "1.05075007164441684324e-9",
    ),
    "far tails": (
        "6.65790464350110377720e0 5.46378491116411436990e0 1.78482653991729133580e0 "
        "2.96560571828504891230e-1 2.65321895265761230930e-2 1.24266094738807843860e-3 "
        "2.71155556874348757815e-5 2.01033439929228813265e-7",
        "1 5.99832206555887937690e-1 1.36929880922735805310e-1 1.48753612908506148525e-2 "
        "7.86869131145613259100e-4 1.84631831751005468180e-5 1.42151175831644588870e-7 "
        "2.04426310338993978564e-15",
    ),
}


def exp_coefficients() -> list[mpmath.mpf]:
    """P's coefficients; the weight turns its error into a relative error of exp."""
    edge = mpmath.log(2) / 2 * WIDER

    def target(r: mpmath.mpf) -> mpmath.mpf:
        return mpmath.fsum(r**k / mpmath.factorial(k + 2) for k in range(40))

    def weight(r: mpmath.mpf) -> mpmath.mpf:
        return r * r / mpmath.exp(r) + ALMOST_NOTHING

    return minimax(target, weight, 9, (-edge, edge))


def log_coefficients() -> list[mpmath.mpf]:
    """Q's coefficients; the weight turns its error into a relative error of log."""
    s_max = (mpmath.sqrt(2) - 1) / (mpmath.sqrt(2) + 1)

    def target(z: mpmath.mpf) -> mpmath.mpf:
        return mpmath.fsum(2 * z**k / mpmath.mpf(2 * k + 3) for k in range(40))

    def weight(z: mpmath.mpf) -> mpmath.mpf:
        return z / (2 + z * target(z)) + ALMOST_NOTHING

    return minimax(target, weight, 6, (mpmath.mpf(0), s_max**2 * WIDER))


def quantile_coefficients(part: str) -> tuple[mpmath.mpf, list[mpmath.mpf], list[mpmath.mpf]]:
    """N(0), A and D, where ``N(r) / D(r) = N(0) + r A(r) / D(r)``, from PPND16's N and D."""
    above, below = ([mpmath.mpf(c) for c in text.split()] for text in PPND16[part])
    start = above[0]
    rest = [n - start * d for n, d in zip(above, below, strict=True)]
    return start, rest[1:], below


def normal_quantile(p: mpmath.mpf) -> mpmath.mpf:
    """The true quantile."""
    return mpmath.sqrt(2) * mpmath.erfinv(2 * p - 1)


def largest_error(
    ours: Callable[[float], float],
    truth: Callable[[mpmath.mpf], mpmath.mpf],
    points: NDArray[np.float64],
) -> tuple[float, float]:
    """Largest error in units in the last place, and where."""
    worst, place = 0.0, 0.0
    for x in points.tolist():
        exact = truth(mpmath.mpf(x))
        error = abs(float((mpmath.mpf(float(ours(x))) - exact) / np.spacing(abs(float(exact)))))
        if error > worst:
            worst, place = error, x
    return worst, place


def print_coefficients() -> None:
    """Print every coefficient, constant first, as the nearest double."""
    print_row("exp: P", exp_coefficients())
    print_row("log: Q", log_coefficients())
    for part in PPND16:
        start, above, below = quantile_coefficients(part)
        print_row(f"normal quantile, {part}: N(0)", [start])
        print_row(f"normal quantile, {part}: A", above)
        print_row(f"normal quantile, {part}: D", below)


def print_row(title: str, coefficients: Sequence[mpmath.mpf]) -> None:
    """Print one polynomial."""
    print(f"{title}\n   ", "\n    ".join(repr(float(c)) for c in coefficients))


def print_errors(n_points: int) -> None:
    """Print the largest error of each function on each of its ranges."""
    random = np.random.default_rng(1988)
    ranges = [
        ("exp", elementary.exp, mpmath.exp, random.uniform(-708, 709, n_points)),
        ("exp near 0", elementary.exp, mpmath.exp, random.uniform(-1, 1, n_points)),
        ("log", elementary.log, mpmath.log, 2.0 ** random.uniform(-1021, 1023, n_points)),
        ("log near 1", elementary.log, mpmath.log, random.uniform(0.5, 2, n_points)),
        ("quantile, middle", None, None, random.uniform(0.075, 0.925, n_points)),
        ("quantile, tails", None, None, 2.0 ** random.uniform(-36, -3.74, n_points)),
        ("quantile, far tails", None, None, 2.0 ** random.uniform(-53, -36, n_points)),
    ]
    print("largest error, in units in the last place")
    for name, ours, truth, points in ranges:
        worst, place = largest_error(
            ours or elementary.normal_quantile, truth or normal_quantile, points
        )
        print(f"    {name:<20} {worst:.2f} at {place!r}")


def main() -> None:
    """Print coefficients and errors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="measure fewer points")
    arguments = parser.parse_args()
    mpmath.mp.dps = DIGITS
    print_coefficients()
    print_errors(1_000 if arguments.quick else 100_000)


if __name__ == "__main__":
    main()
