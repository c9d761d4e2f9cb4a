"""Where compiled code is kept, and when it is compiled again."""

import os
import pickle
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import numba
import numpy as np
import pytest
from llvmlite import ir
from numba import cloudpickle

import sim
from sim.core import compiled as compiled_module
from sim.core.compiled import (
    CacheFolders,
    _widen,
    cache_folders,
    compiled,
    in_python,
    inlined,
    source_digest,
    sum_of_products,
)
from sim.core.compiling import Compiling
from sim.core.rules import influence

needs_compiler = pytest.mark.skipif(numba.config.DISABLE_JIT, reason="nothing is compiled")

USE = """
import numpy as np
from sim.core.compiled import cache_folders
from sim.core.draws import counter
assert counter(1, 2, 3) == (1 << 48) + (2 << 40) + 3
print(cache_folders().written, sum(counter.stats.cache_hits.values()), sep="|")
"""


KEPT = "Compiling the model, once for this version and computer: under a minute ..."


def use_core(environment):
    """Cache folder, how often code was found there, and what a fresh process says of compiling."""
    command = [sys.executable, "-W", "error", "-c", USE]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    folder, hits = done.stdout.strip().split("|")
    return folder, int(hits), done.stderr


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
    folder, hits, said = use_core(environment)
    assert folder == str(tmp_path / f"numba-{source_digest()}")
    assert hits == 0
    assert said == f"{KEPT}\n"
    assert use_core(environment) == (folder, 1, "")


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
    folder, _, said = use_core(environment)
    assert folder.startswith(str(temporary))
    assert said == f"{KEPT}\n"  # nothing is unsafe there


@pytest.fixture
def compiling(monkeypatch):
    """Let this test compile, even where compilation is off to measure coverage."""
    monkeypatch.setattr(numba.config, "DISABLE_JIT", 0)


def use_folders(monkeypatch, *candidates):
    """Look for a place among these."""
    monkeypatch.setattr(compiled_module, "_candidates", lambda: iter(candidates))
    folders = cache_folders.__wrapped__()
    monkeypatch.setattr(compiled_module, "cache_folders", lambda: folders)
    return folders


def test_with_nowhere_to_write_it_compiles_without_a_cache(compiling, monkeypatch, announced):
    assert use_folders(monkeypatch) == ((), None, ())
    for _ in range(2):
        twice = compiled(lambda x: 2 * x)
        assert twice(4) == 8
        assert loads_and_compilations(twice) == (0, 1)
    (said,) = announced  # once
    assert "again in each process" in said
    assert "(no folder can be written to)" in said


def squared(x):
    return x * x


@pytest.fixture
def fresh(compiling, monkeypatch, tmp_path):
    """A small function as the next process finds it: compiled before, in a folder of its own."""
    folders = CacheFolders((tmp_path,), tmp_path, ())
    monkeypatch.setattr(compiled_module, "cache_folders", lambda: folders)
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


def cubed(x):
    return x * x * x


def test_code_under_the_name_of_another_function_is_not_run(fresh, tmp_path):
    (file,) = tmp_path.rglob("*.nbc")
    compiled(cubed)(3)
    (other,) = tmp_path.rglob("*.cubed-*.nbc")
    shutil.copy(other, file)
    function = fresh()
    assert function(4) == 16
    assert loads_and_compilations(function) == (0, 1)


def test_a_closure_is_not_kept(fresh, tmp_path):
    """Two that hold different values have the same code."""
    before = list(tmp_path.iterdir())

    def times(factor):
        return compiled(lambda x: x * factor)

    assert [times(factor)(5) for factor in (2, 3)] == [10, 15]
    assert list(tmp_path.iterdir()) == before


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


EVERY_ENGINE = """
import sys
sys.path.insert(0, sys.argv[1])
import sim
paris = sim.load_scenario("paris_2025")
sim.run(paris, runs=1)
sim.run(paris, runs=1, engine="mesa")
sim.sweep(paris, {"days": [180]}, runs=1, workers=1)
sim.compare({"one": paris, "other": paris}, runs=1)
print(sim.__file__)
"""


@pytest.mark.slow
@needs_compiler
def test_a_second_copy_of_the_source_is_warm(child_environment, tmp_path):
    """An environment of its own, elsewhere: nothing is compiled there."""
    root, copy = Path(sim.__file__).parents[1], tmp_path / "elsewhere"
    for part in ("sim", "scenarios"):
        shutil.copytree(root / part, copy / part)
    for place in (root, copy):
        command = [sys.executable, "-c", EVERY_ENGINE, str(place)]
        done = subprocess.run(
            command, env=child_environment, capture_output=True, text=True, check=True, cwd=tmp_path
        )
        assert done.stdout.strip() == str(place / "sim" / "__init__.py")
    assert done.stderr == ""


# Who may change what is there


@pytest.fixture
def announced(monkeypatch):
    """What is said of compiling, by a record of its own."""
    said = []
    monkeypatch.setattr(compiled_module, "COMPILING", Compiling())
    monkeypatch.setattr("sim.core.compiling._write_line", said.append)
    return said


needs_users = pytest.mark.skipif(not hasattr(os, "getuid"), reason="no user numbers here")


@needs_users
@pytest.mark.parametrize("mask", [0o000, 0o002, 0o022])
def test_a_new_cache_is_closed_to_others_whatever_the_umask(
    fresh_folder, compiling, monkeypatch, mask
):
    before = os.umask(mask)
    try:
        folders = use_folders(monkeypatch, fresh_folder / "new" / "cache")
        assert compiled(squared)(3) == 9
    finally:
        os.umask(before)
    for place in (fresh_folder / "new", fresh_folder / "new" / "cache", folders.written):
        assert stat.S_IMODE(place.stat().st_mode) == 0o700
    (file,) = folders.written.iterdir()
    assert not file.stat().st_mode & 0o022
    again = compiled(squared)
    assert again(3) == 9
    assert loads_and_compilations(again) == (1, 0)


@pytest.fixture
def fresh_folder(tmp_path):
    """A folder without links in its path."""
    return tmp_path.resolve()


@needs_users
@pytest.mark.parametrize("mode", [0o777, 0o770, 0o1777])
@pytest.mark.parametrize("is_parent", [False, True])
def test_a_folder_that_others_can_write_to_is_refused(fresh_folder, monkeypatch, mode, is_parent):
    """It itself or one above it; a sticky one above it is safe, as that of temporary files."""
    shared, mine = fresh_folder / "shared", fresh_folder / "mine"
    name = f"numba-{source_digest()}"
    at_risk = shared if is_parent else shared / name
    at_risk.mkdir(parents=True)
    at_risk.chmod(mode)
    found = use_folders(monkeypatch, shared, mine)
    if is_parent and mode == 0o1777:
        assert found == ((shared / name,), shared / name, ())
    else:
        problem = f"{at_risk} can be written to by others"
        assert found == ((mine / name,), mine / name, (problem,))
        assert list(at_risk.iterdir()) == []


@needs_users
def test_a_link_leads_to_the_folder_that_is_judged(fresh_folder, monkeypatch):
    shared = fresh_folder / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    (fresh_folder / "link").symlink_to(shared)
    (fresh_folder / "circle").symlink_to(fresh_folder / "circle")
    found = use_folders(monkeypatch, fresh_folder / "link", fresh_folder / "circle")
    assert found == ((), None, (f"{shared} can be written to by others",))


@needs_users
def test_a_folder_of_another_user_is_refused(fresh_folder, monkeypatch):
    if os.getuid() == 0:  # what belongs to root is safe for everybody
        os.chown(fresh_folder, 12345, -1)
    monkeypatch.setattr(os, "getuid", lambda: 54321)
    found = use_folders(monkeypatch, fresh_folder / "mine")
    assert found.written is None
    assert found.refused[0].endswith("belongs to another user")
    assert not (fresh_folder / "mine").exists()


def test_without_user_numbers_nobody_else_can_write(fresh_folder, monkeypatch):
    monkeypatch.delattr(os, "getuid", raising=False)
    fresh_folder.chmod(0o777)
    assert use_folders(monkeypatch, fresh_folder).refused == ()


@needs_users
def test_what_others_planted_is_not_run(fresh, fresh_folder):
    (file,) = fresh_folder.glob("*.nbc")
    file.chmod(0o666)
    function = fresh()
    assert function(4) == 16
    assert loads_and_compilations(function) == (0, 1)
    assert not file.stat().st_mode & 0o022  # it has been replaced


def test_a_shared_cache_is_read_and_what_it_lacks_is_kept_elsewhere(
    fresh_folder, compiling, monkeypatch, announced
):
    shared, mine = fresh_folder / "shared", fresh_folder / "mine"
    use_folders(monkeypatch, shared)
    assert compiled(squared)(3) == 9
    make = tempfile.TemporaryFile

    def read_only(**where):  # root writes to every folder
        if where["dir"].parent == shared:
            raise PermissionError
        return make(**where)

    monkeypatch.setattr(tempfile, "TemporaryFile", read_only)
    found = use_folders(monkeypatch, shared, mine)
    assert [place.parent for place in found.searched] == [shared, mine]
    assert found.written.parent == mine
    function = compiled(squared)
    assert function(4) == 16
    assert loads_and_compilations(function) == (1, 0)
    assert function(0.5) == 0.25  # other types
    assert loads_and_compilations(function) == (1, 1)
    assert [len(list(place.iterdir())) for place in found.searched] == [1, 1]
    assert announced == [KEPT]


def test_compiling_says_why_the_chosen_folder_is_not_used(
    fresh_folder, compiling, monkeypatch, announced
):
    found = CacheFolders((fresh_folder,), fresh_folder, ("/there can be written to by others",))
    monkeypatch.setattr(compiled_module, "cache_folders", lambda: found)
    assert compiled(squared)(3) == 9
    kept = f"It is kept in {fresh_folder.parent}: /there can be written to by others."
    assert announced == [f"{KEPT}\n{kept}"]


def test_what_users_compile_themselves_is_not_announced(compiling, announced):
    assert numba.njit(squared)(3) == 9
    assert announced == []


def test_the_chosen_folder_comes_first(fresh_folder, monkeypatch):
    monkeypatch.setenv("WILLING_CACHE_DIR", str(fresh_folder))
    assert cache_folders.__wrapped__().written == fresh_folder / f"numba-{source_digest()}"


def test_the_next_folder_is_used_where_the_first_cannot_be_written(monkeypatch, fresh_folder):
    (fresh_folder / "file").touch()
    found = use_folders(monkeypatch, fresh_folder / "file" / "below", fresh_folder / "next")
    assert found.written.parent == fresh_folder / "next"
    assert found.refused == ()


def test_a_full_disk_is_not_used(fresh_folder, monkeypatch):
    monkeypatch.setattr(compiled_module, "LEAST_FREE_BYTES", 2**80)
    assert use_folders(monkeypatch, fresh_folder / "new").written is None


def test_compiled_code_of_all_but_the_latest_versions_is_removed(tmp_path):
    now = time.time()
    for k in range(10):
        (tmp_path / f"numba-{k}").mkdir()
        os.utime(tmp_path / f"numba-{k}", (now - 3600 * k, now - 3600 * k))
    compiled_module._remove_unused(tmp_path / "numba-9")
    left = sorted(folder.name for folder in tmp_path.iterdir())
    assert left == [*(f"numba-{k}" for k in range(compiled_module.KEPT_FOLDERS)), "numba-9"]


def test_compiled_code_used_within_the_hour_stays(tmp_path):
    for k in range(10):
        (tmp_path / f"numba-{k}").mkdir()
    compiled_module._remove_unused(tmp_path / "numba-0")
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
    assert before not in map(str, cache_folders().searched)


@pytest.mark.parametrize("decorate", [compiled, inlined])
def test_compiled_functions_divide_as_ieee_754_does(decorate):
    @decorate
    def reciprocal(x):
        return np.float64(1.0) / x

    assert reciprocal(np.float64(0.0)) == np.inf


def test_the_widest_vectors_are_asked_for_of_the_function_itself():
    """What it leaves on a function; that the hot loop then uses them is tested with the kernel."""
    attributes = ir.Function(ir.Module(), ir.FunctionType(ir.VoidType(), ()), "f").attributes
    function = SimpleNamespace(attributes=attributes)
    _, generate = _widen(None)
    generate(SimpleNamespace(get_dummy_value=list), SimpleNamespace(function=function), None, ())
    assert attributes == {'"prefer-vector-width"="512"', "noinline"}
    assert attributes.alignstack == 64  # bytes: a cache line


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


def test_a_rule_in_python_is_plain_python_with_all_that_it_calls():
    plain = in_python(influence.remembered)
    assert plain(2.0, 3, 0.5) == influence.remembered(2.0, 3, 0.5) == 2.5
    assert plain(1e-300, 0, 0.5) == influence.remembered(1e-300, 0, 0.5) == 0.0
    assert not hasattr(plain, "py_func")
    assert in_python(len) is len


def doubled(x):
    return 2 * x


def doubled_and_one(x):
    return twice(x) + 1


def doubled_and_more(x, more=1, *, less=0.5):
    return twice(x) + more - less


twice = SimpleNamespace(py_func=doubled)
"""Stands for a compiled rule, which could not be called."""


def test_a_rule_in_python_calls_no_compiled_code():
    assert in_python(twice) is doubled
    assert in_python(SimpleNamespace(py_func=doubled_and_one))(3) == 7


def test_a_rule_in_python_has_the_defaults_of_the_rule():
    plain = in_python(SimpleNamespace(py_func=doubled_and_more))
    assert (plain(3), plain(3, 2), plain(3, less=0)) == (6.5, 7.5, 7)


UNPICKLE = """
import pickle, sys
forgets = pickle.load(sys.stdin.buffer)
print(forgets().after(2.0))
"""


@needs_compiler
def test_a_class_that_calls_a_compiled_function_can_be_pickled_for_another_process():
    remembered = influence.remembered

    class Forgets:  # of no module, so it is pickled whole, with the function
        def after(self, amount):
            return remembered(amount, 3, 0.5)

    command = [sys.executable, "-W", "error", "-c", UNPICKLE]
    done = subprocess.run(
        command, input=cloudpickle.dumps(Forgets), capture_output=True, check=True
    )
    assert done.stdout.split() == [b"2.5"]


@needs_compiler
def test_a_compiled_function_is_pickled_by_name_where_its_module_has_it():
    assert pickle.loads(pickle.dumps(influence.remembered)) is influence.remembered
    of_no_module = compiled(lambda x: x)
    assert not isinstance(of_no_module.__reduce__(), str)
