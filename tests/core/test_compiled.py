"""Where compiled code is kept, and when it is compiled again."""

import os
import stat
import subprocess
import sys
import time
from types import SimpleNamespace
from typing import NamedTuple

import numba
import numpy as np
import pytest

import sim
from sim.core import compiled as compiled_module
from sim.core.compiled import (
    _widen,
    cache_folder,
    compiled,
    inlined,
    is_warm,
    source_digest,
    sum_of_products,
)

needs_compiler = pytest.mark.skipif(numba.config.DISABLE_JIT, reason="nothing is compiled")

USE = """
import numpy as np
from sim.core.compiled import cache_folder, is_warm
from sim.core.draws import counter
was_warm = is_warm("counter")
assert counter(1, 2, 3) == (1 << 48) + (2 << 40) + 3
print(cache_folder(), was_warm, is_warm("counter"), sep="|")
"""


def use_core(environment):
    """Cache folder, whether it was warm before and is after a call, in a fresh process."""
    command = [sys.executable, "-W", "error", "-c", USE]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    folder, before, after = done.stdout.strip().split("|")
    return folder, before == "True", after == "True"


def test_the_digest_changes_when_any_source_file_changes(tmp_path):
    (tmp_path / "rules").mkdir()
    (tmp_path / "day.py").write_text("one = 1\n")
    (tmp_path / "rules" / "hazard.py").write_text("two = 2\n")
    digests = [source_digest(tmp_path)]
    (tmp_path / "rules" / "hazard.py").write_text("two = 3\n")
    digests.append(source_digest(tmp_path))
    (tmp_path / "rules" / "hazard.py").rename(tmp_path / "rules" / "danger.py")
    digests.append(source_digest(tmp_path))
    (tmp_path / "new.py").touch()
    digests.append(source_digest(tmp_path))
    assert len(set(digests)) == 4


def test_the_digest_is_the_same_for_the_same_source():
    assert source_digest() == source_digest()


@needs_compiler
def test_the_second_process_finds_what_the_first_compiled(child_environment, tmp_path):
    environment = {**child_environment, "WILLING_CACHE_DIR": str(tmp_path)}
    folder, before, after = use_core(environment)
    assert folder == str(tmp_path / f"numba-{source_digest()}")
    assert (before, after) == (False, True)
    assert use_core(environment) == (folder, True, True)


@needs_compiler
def test_a_read_only_cache_folder_gives_way_to_a_temporary_one(child_environment, tmp_path):
    read_only = tmp_path / "read_only"
    read_only.mkdir()
    blocked = read_only / "a_file"
    blocked.touch()
    read_only.chmod(stat.S_IRUSR | stat.S_IXUSR)
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    environment = {
        **child_environment,
        "WILLING_CACHE_DIR": str(blocked),  # below a file even root can make no folder
        "XDG_CACHE_HOME": str(blocked),
        "HOME": str(blocked),
        "LOCALAPPDATA": str(blocked),
        "TMPDIR": str(temporary),
    }
    folder, _, after = use_core(environment)
    assert folder.startswith(str(temporary))
    assert after


@pytest.fixture
def compiling(monkeypatch):
    """Let this test compile, even where compilation is off to measure coverage."""
    monkeypatch.setattr(numba.config, "DISABLE_JIT", 0)


def test_with_nowhere_to_write_it_compiles_without_a_cache(compiling, monkeypatch):
    monkeypatch.setattr(compiled_module, "_candidates", lambda: iter(()))
    nowhere = cache_folder.__wrapped__
    assert nowhere() is None
    monkeypatch.setattr(compiled_module, "cache_folder", nowhere)

    @compiled_module.compiled
    def twice(x):
        return 2 * x

    assert twice(4) == 8
    assert not is_warm()


def test_a_cache_that_another_process_removes_is_cold(monkeypatch):
    def vanished(_):
        raise FileNotFoundError

    monkeypatch.setattr(compiled_module, "cache_folder", lambda: SimpleNamespace(rglob=vanished))
    assert not is_warm()


def squared(x):
    return x * x


@pytest.fixture
def fresh(compiling, monkeypatch, tmp_path):
    """A small function as the next process finds it: compiled before, in a folder of its own."""
    monkeypatch.setattr(compiled_module, "cache_folder", lambda: tmp_path)
    assert compiled(squared)(3) == 9
    return lambda: compiled(squared)


def loads_and_compilations(function):
    """How often it was found on disk, and how often not."""
    return sum(function.stats.cache_hits.values()), sum(function.stats.cache_misses.values())


def with_a_hole(content):
    """Content whose middle never came to the disk: it can be unpickled, and must not be run."""
    middle = content.index(b"squared") + 1  # in the table of names
    return content[:middle] + bytes(4) + content[middle + 4 :]


DAMAGE = {
    "empty": lambda _: b"",
    "cut": lambda content: content[: len(content) // 2],
    "junk": lambda _: b"no pickle at all",
    "zeros": lambda content: bytes(len(content)),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_file_of_compiled_code_is_replaced(fresh, tmp_path, damage):
    (file,) = tmp_path.rglob("*.nbc")
    damaged = DAMAGE[damage](file.read_bytes())
    file.write_bytes(damaged)
    function = fresh()
    assert function(4) == 16
    assert loads_and_compilations(function) == (0, 1)
    assert file.read_bytes() != damaged
    assert list(tmp_path.iterdir()) == [file]
    again = fresh()
    assert again(5) == 25
    assert loads_and_compilations(again) == (1, 0)


def test_machine_code_with_a_hole_in_it_is_not_run(fresh, tmp_path):
    (file,) = tmp_path.rglob("*.nbc")
    file.write_bytes(with_a_hole(file.read_bytes()))
    function = fresh()
    assert function(4) == 16
    assert loads_and_compilations(function) == (0, 1)


def test_where_a_damaged_file_cannot_be_replaced_the_function_is_compiled_each_time(
    fresh, tmp_path
):
    (file,) = tmp_path.rglob("*.nbc")
    file.unlink()
    file.mkdir()  # can be neither read nor replaced, by root neither
    for _ in range(2):
        function = fresh()
        assert function(4) == 16
        assert loads_and_compilations(function) == (0, 1)


def test_a_half_filled_cache_is_cold(monkeypatch, tmp_path):
    monkeypatch.setattr(compiled_module, "cache_folder", lambda: tmp_path)
    (tmp_path / "kernel_0123").mkdir()
    for name in ("draws.counter-1.0f1e2d3c.nbc", "simulate.simulate_block-9.0f1e2d3c"):
        (tmp_path / "kernel_0123" / name).touch()
        assert not is_warm()
    file = tmp_path / "kernel_0123" / "simulate.simulate_block-9.0f1e2d3c.nbc"
    file.touch()  # what a power cut leaves
    assert not is_warm()
    file.write_bytes(b"machine code")
    assert is_warm()


@needs_compiler
def test_the_cache_is_warm_once_the_kernel_has_run():
    sim.run(sim.load_scenario("paris_2025"), runs=1)
    assert is_warm()


def test_the_chosen_folder_comes_first(monkeypatch, tmp_path):
    monkeypatch.setenv("WILLING_CACHE_DIR", str(tmp_path))
    assert cache_folder.__wrapped__() == tmp_path / f"numba-{source_digest()}"


def test_the_next_folder_is_used_where_the_first_cannot_be_written(monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    places = [tmp_path / "file" / "below", tmp_path / "next"]
    monkeypatch.setattr(compiled_module, "_candidates", lambda: iter(places))
    assert cache_folder.__wrapped__() == tmp_path / "next" / f"numba-{source_digest()}"


def test_a_folder_below_a_file_or_on_a_full_disk_is_not_used(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    assert not compiled_module._is_writable(tmp_path / "file" / "below")
    assert compiled_module._is_writable(tmp_path / "new" / "folder")
    monkeypatch.setattr(compiled_module, "LEAST_FREE_BYTES", 2**80)
    assert not compiled_module._is_writable(tmp_path / "new" / "folder")


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="no user numbers on this system")
def test_a_folder_of_another_user_is_not_used(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "getuid", lambda: -1)
    assert not compiled_module._is_writable(tmp_path)


def test_compiled_code_of_all_but_the_latest_versions_is_removed(tmp_path):
    now = time.time()
    for k in range(10):
        (tmp_path / f"numba-{k}").mkdir()
        os.utime(tmp_path / f"numba-{k}", (now - 3600 * k, now - 3600 * k))
    compiled_module._remove_unused(tmp_path, tmp_path / "numba-9")
    left = sorted(folder.name for folder in tmp_path.iterdir())
    assert left == [*(f"numba-{k}" for k in range(compiled_module.KEPT_FOLDERS)), "numba-9"]


def test_compiled_code_used_within_the_hour_stays(tmp_path):
    for k in range(10):
        (tmp_path / f"numba-{k}").mkdir()
    compiled_module._remove_unused(tmp_path, tmp_path / "numba-0")
    assert len(list(tmp_path.iterdir())) == 10


def test_without_a_home_folder_the_temporary_one_remains(monkeypatch):
    def homeless():
        raise RuntimeError("no home folder")

    monkeypatch.delenv("WILLING_CACHE_DIR", raising=False)
    monkeypatch.setattr(compiled_module, "_platform_cache", homeless)
    (only,) = compiled_module._candidates()
    assert only.name.startswith("willing-")


@pytest.mark.parametrize("system", ["linux", "darwin", "win32"])
def test_every_platform_has_its_own_cache_folder(system, monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "platform", system)
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    expected = {"linux": ".cache", "darwin": "Library/Caches", "win32": "AppData/Local"}[system]
    assert compiled_module._platform_cache() == tmp_path / expected


def test_numba_s_own_settings_are_left_as_they_were(compiling):
    before = numba.config.CACHE_DIR

    @compiled
    def thrice(x):
        return 3 * x

    assert thrice(2) == 6
    assert before == numba.config.CACHE_DIR
    assert cache_folder() is None or str(cache_folder()) != before


@pytest.mark.parametrize("decorate", [compiled, inlined])
def test_compiled_functions_divide_as_ieee_754_does(decorate):
    @decorate
    def reciprocal(x):
        return np.float64(1.0) / x

    assert reciprocal(np.float64(0.0)) == np.inf


def test_the_widest_vectors_are_asked_for_of_the_function_itself():
    """What it leaves on a function; that the hot loop then uses them is tested with the kernel."""
    attributes = set()
    function = SimpleNamespace(attributes=attributes)
    _, generate = _widen(None)
    generate(SimpleNamespace(get_dummy_value=list), SimpleNamespace(function=function), None, ())
    assert attributes == {'"prefer-vector-width"="512"', "noinline"}


class Three(NamedTuple):
    """Numbers with names."""

    first: float
    second: float
    third: float


@pytest.mark.parametrize(("left_out", "total"), [((), 104.5), (("second",), 24.5)])
def test_products_of_named_tuples_are_added_field_by_field(left_out, total, monkeypatch):
    weights, values = Three(2.0, 8, 5.0), Three(0.25, 10.0, 4.0)  # whole numbers too
    for is_off in (1, 0):
        monkeypatch.setattr(numba.config, "DISABLE_JIT", is_off)
        add = sum_of_products(left_out)
        assert numba.njit(using(add))(weights, values) == total


def using(add):
    """A function that adds to 4."""

    def function(weights, values):
        return add(4.0, weights, values)

    return function
