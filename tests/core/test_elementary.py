"""The elementary functions against 40-digit arithmetic, and against themselves uncompiled."""

import math
import platform
import subprocess
import sys

import mpmath
import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.core.elementary import (
    EXP_HIGHEST,
    EXP_LOWEST,
    exp,
    exp_within,
    log,
    log_odds,
    logistic,
    normal_quantile,
    power,
)

SMALLEST_NORMAL = 2.0**-1022
LARGEST = (2.0 - 2.0**-52) * 2.0**1023
N_POINTS = 3000

RANDOM = np.random.default_rng(20250310)


def near(*places, n=200, width=1e-3):
    """Points around each place, and the place itself."""
    around = [x * (1 + RANDOM.uniform(-width, width, n)) for x in places]
    return np.concatenate([*around, places])


EXP_POINTS = np.concatenate(
    [
        RANDOM.uniform(EXP_LOWEST, EXP_HIGHEST, N_POINTS),
        RANDOM.uniform(-1, 1, N_POINTS),
        near(*(math.log(2) * (k + 0.5) for k in (-1000, -2, -1, 0, 1, 1000)), width=1e-9),
        RANDOM.uniform(-1, 1, 200) * 2.0 ** RANDOM.uniform(-1021, 0, 200),
        [EXP_LOWEST, EXP_HIGHEST, 0.0, -0.0],
    ]
)
LOG_POINTS = np.concatenate(
    [
        2.0 ** RANDOM.uniform(-1022, 1023, N_POINTS),
        RANDOM.uniform(0.5, 2, N_POINTS),
        near(1.0, math.sqrt(0.5), math.sqrt(2), width=1e-9),
        [SMALLEST_NORMAL, LARGEST, np.nextafter(1.0, 0.0), np.nextafter(1.0, 2.0)],
    ]
)
QUANTILE_POINTS = np.concatenate(
    [
        RANDOM.uniform(0, 1, N_POINTS),
        2.0 ** RANDOM.uniform(-53, -1, 1000),
        1 - 2.0 ** RANDOM.uniform(-53, -1, 500),
        near(0.5, 0.075, 0.925, math.exp(-25), width=1e-6, n=100),
        [2.0**-53, 1 - 2.0**-53],
    ]
)


def ulps(ours, exact):
    """Distance from the exact value in units of its last place."""
    if exact == 0:
        return 0.0 if ours == 0 else math.inf
    return abs(float((mpmath.mpf(float(ours)) - exact) / np.spacing(abs(float(exact)))))


def true_quantile(p):
    return mpmath.sqrt(2) * mpmath.erfinv(2 * p - 1)


@pytest.mark.parametrize("step", [20, pytest.param(1, marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    ("ours", "truth", "points", "allowed"),
    [
        (exp, mpmath.exp, EXP_POINTS, 1.1),
        (log, mpmath.log, LOG_POINTS, 1.0),
        (normal_quantile, true_quantile, QUANTILE_POINTS, 5.0),
    ],
    ids=["exp", "log", "normal_quantile"],
)
def test_the_error_stays_within_what_the_docstring_says(ours, truth, points, allowed, step):
    with mpmath.workdps(40):
        worst = max(ulps(ours(x), truth(mpmath.mpf(x))) for x in points[::step].tolist())
    assert worst <= allowed


def test_exp_is_clipped_outside_its_interval():
    assert exp(-1e300) == exp(EXP_LOWEST) > 0
    assert exp(1e300) == exp(EXP_HIGHEST) < math.inf
    assert exp(-math.inf) == exp(EXP_LOWEST)
    assert exp(math.inf) == exp(EXP_HIGHEST)


def test_exp_of_not_a_number_is_not_a_number():
    assert math.isnan(exp(math.nan))


def test_exp_of_zero_and_log_of_one_are_exact():
    assert exp(0.0) == 1.0
    assert log(1.0) == 0.0
    assert power(1.0, 3.7) == 1.0


@given(st.floats(EXP_LOWEST, EXP_HIGHEST))
def test_exp_within_its_interval_needs_no_clip(x):
    assert exp_within(x) == exp(x)


@given(st.floats(-700, 700), st.floats(1e-9, 1))
def test_exp_grows(x, step):
    assert exp(x + step) >= exp(x)


@given(st.integers(1, 2**52 - 1))
def test_the_normal_quantile_is_exactly_odd_about_a_half(k):
    p = k * 2.0**-53
    assert normal_quantile(p) == -normal_quantile(1.0 - p)


def test_the_normal_quantile_grows_across_the_seams_of_its_three_parts():
    for seam in (0.075, 0.925, math.exp(-25)):
        values = [normal_quantile(seam * (1 + k * 1e-12)) for k in range(-20, 21)]
        assert values == sorted(values)


def test_the_normal_quantile_of_a_half_is_zero():
    assert normal_quantile(0.5) == 0.0


@given(st.floats(-30, 30))
def test_logistic_undoes_log_odds(x):
    error_of_p = 4 * np.spacing(logistic(x)) / (logistic(x) * logistic(-x))
    assert abs(log_odds(logistic(x)) - x) <= error_of_p + 4 * np.spacing(abs(x) + 1)


def test_logistic_stays_between_zero_and_one():
    assert logistic(-1e300) > 0.0
    assert logistic(1e300) <= 1.0
    assert logistic(0.0) == 0.5
    assert log_odds(0.5) == 0.0


def test_power_at_its_limits():
    assert power(0.0, 0.5) == 0.0
    assert power(0.0, 0.0) == power(3.0, 0.0) == 1.0


@given(st.floats(1e-6, 1), st.floats(0, 10))
def test_power_is_close_to_the_library_s(x, y):
    assert power(x, y) == pytest.approx(x**y, rel=1e-13)


BITS = """
import hashlib
import numpy as np
from sim.core import elementary
random = np.random.default_rng(7)
x = np.concatenate([random.uniform(-710, 711, 400), random.uniform(-1, 1, 400), [0.0, -0.0]])
p = np.concatenate([random.uniform(0, 1, 400), 2.0 ** random.uniform(-53, -1, 400)])
digest = hashlib.sha256()
for name, points in [
    ("exp", x), ("logistic", x), ("log", p), ("log_odds", p), ("normal_quantile", p)
]:
    digest.update(np.array([getattr(elementary, name)(v) for v in points.tolist()]).tobytes())
digest.update(np.array([elementary.power(v, 0.7) for v in p.tolist()]).tobytes())
print(digest.hexdigest())
"""


def digest_of_bits(python_environment):
    command = [sys.executable, "-W", "error", "-c", BITS]
    done = subprocess.run(command, env=python_environment, capture_output=True, check=True)
    return done.stdout.strip()


@pytest.mark.slow
def test_compiled_or_not_and_on_any_processor_the_bits_are_the_same(child_environment):
    expected = digest_of_bits(child_environment)
    plain = {"NUMBA_DISABLE_JIT": "1"}
    oldest_processor = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": ""}
    for change in (plain, oldest_processor):
        assert digest_of_bits({**child_environment, **change}) == expected


@pytest.mark.skipif(platform.machine() not in {"x86_64", "AMD64"}, reason="names x86 registers")
@pytest.mark.skipif(numba.config.DISABLE_JIT, reason="nothing is compiled")
@pytest.mark.parametrize("function", [exp, log, logistic, log_odds, normal_quantile])
def test_a_loop_over_it_is_vectorised(function):
    @numba.njit(error_model="numpy")
    def fill(points, out):
        for i in range(points.size):
            out[i] = function(points[i])

    fill(np.full(4, 0.5), np.empty(4))
    (assembly,) = fill.inspect_asm().values()
    wide = [line for line in assembly.splitlines() if "mulpd" in line]
    assert any("ymm" in line or "zmm" in line for line in wide) or not has_avx()


def has_avx():
    return "+avx" in numba.core.codegen.get_host_cpu_features().split(",")
