"""What the files around the code say agrees with the code."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
import venv
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import sim
from sim.core.compiled import cache_folders

ROOT = Path(__file__).parents[1]


def text_of(name):
    return (ROOT / name).read_text(encoding="utf-8")


PROJECT = tomllib.loads(text_of("pyproject.toml"))["project"]


@pytest.mark.parametrize("folder", ["sim", "experiments"])
def test_every_source_that_is_cited_is_listed(folder):
    listed = re.findall(r"^\*\*\[(\w+)\]\*\*", text_of("docs/references.md"), re.MULTILINE)
    cited = {
        name
        for file in (ROOT / folder).rglob("*.py")
        for name in re.findall(r"\[(\w+)\]_", file.read_text(encoding="utf-8"))
    }
    assert cited <= set(listed)


def test_the_citation_names_this_version():
    assert yaml.safe_load(text_of("CITATION.cff"))["version"] == sim.__version__


def test_every_dependency_is_explained_with_its_lower_bound():
    extras = PROJECT["optional-dependencies"]
    explained = text_of("docs/dependencies.md")
    for requirement in PROJECT["dependencies"] + extras["test"] + extras["dev"]:
        name, bound = re.match(r"([\w-]+)(?:\[\w+\])?>=([\d.]+)", requirement).groups()
        assert f"\n| {name} | {bound}" in explained


def test_the_lock_pins_and_names_no_place():
    lock = text_of("requirements.lock")
    pins = re.findall(r"^([\w-]+)(?:\[[\w,-]+\])?==\S+.*\\$", lock, re.MULTILINE)
    wanted = {re.match(r"[\w-]+", requirement)[0] for requirement in PROJECT["dependencies"]}
    assert wanted <= set(pins)
    assert "/" not in lock
    assert lock.count("--hash=sha256:") >= len(pins)


def test_the_lock_pins_packages_with_the_extras_that_others_ask_for():
    """With hashes, older pip refuses ``coverage[toml]`` once there is a later ``coverage``."""
    lock = text_of("requirements.lock")
    pinned = re.findall(r"^([\w.-]+(?:\[[\w,-]+\])?)==", lock, re.MULTILINE)
    for package in pinned:
        for wanted in wanted_with_extras(package):
            assert wanted in pinned, f"{package} asks for {wanted}"


def wanted_with_extras(package):
    """Requirements of an installed package that name extras and hold without any of its own."""
    try:
        found = requires(re.match(r"[\w.-]+", package)[0]) or []
    except PackageNotFoundError:  # not for this Python or platform
        return []
    plain = [line for line in found if "extra ==" not in line]
    return [match[0] for line in plain if (match := re.match(r"[\w.-]+\[[\w,-]+\]", line))]


ONLY_TESTS = "# Only for tests and development:"


def pinned_in(lock):
    """Names of the packages that a part of the lock pins."""
    return set(re.findall(r"^([\w.-]+)(?:\[[\w,-]+\])?==", lock, re.MULTILINE))


def needed(requirements):
    """Names of packages that are needed here, directly or not, by requirements."""
    found, todo = set(), [Requirement(each) for each in requirements]
    while todo:
        wanted = todo.pop()
        name = canonicalize_name(wanted.name)
        if wanted.marker and not wanted.marker.evaluate({"extra": ""}):
            continue
        found.add(name)
        for each in map(Requirement, requires(name) or []):
            extras = [{"extra": extra} for extra in wanted.extras or {""}]
            if not each.marker or any(map(each.marker.evaluate, extras)):
                each.marker = None
                todo += [] if canonicalize_name(each.name) in found and not each.extras else [each]
    return found


@pytest.mark.skipif(
    f"\npandas=={version('pandas')} " not in text_of("requirements.lock"),
    reason="other versions than those of the lock need other packages",
)
def test_the_first_part_of_the_lock_is_what_running_needs():
    first, rest = text_of("requirements.lock").split(ONLY_TESTS)
    installing = ["hatchling", "editables"]
    assert needed([*PROJECT["dependencies"], *installing]) <= pinned_in(first)
    tools = {"pytest", "hypothesis", "mypy", "ruff", "distributed", "salib"}
    assert tools <= pinned_in(rest)
    assert not pinned_in(first) & pinned_in(rest)


def test_makefile_and_container_install_the_first_part_of_the_lock():
    assert f"ONLY_TESTS := \\{ONLY_TESTS}\n" in text_of("Makefile")
    for name, end in (
        ("Makefile", "$(ONLY_TESTS)$$/,$$d"),
        ("Containerfile", f"{ONLY_TESTS}$/,$d"),
    ):
        assert f"sed '/^{end}' requirements.lock > " in text_of(name)


def test_every_place_names_the_same_versions_of_python():
    lowest, above = map(int, re.findall(r"3\.(\d+)", PROJECT["requires-python"]))
    minors = range(lowest, above)
    *others, last = (f"3.{minor}" for minor in minors)
    in_words = f"Python {', '.join(others)} or {last}"
    for name in ("README.md", "CONTRIBUTING.md", "docs/tutorial.md", "Makefile"):
        assert in_words in text_of(name)
    makefile = text_of("Makefile")
    assert f"(3, {lowest}) <= sys.version_info < (3, {above})" in makefile
    assert all(f" python3.{minor}" in makefile for minor in minors)
    named = {f"Programming Language :: Python :: 3.{minor}" for minor in minors}
    assert named <= set(PROJECT["classifiers"])
    image = re.search(
        r"^FROM docker.io/library/python:3\.(\d+)-slim$", text_of("Containerfile"), re.M
    )
    assert int(image[1]) in minors
    assert f"for Python 3.{minors[0]} to {last};" in text_of("requirements.lock").splitlines()[0]


def test_the_container_is_built_from_what_is_there_and_runs_the_command():
    container = re.sub(r"\\\n", " ", text_of("Containerfile"))
    copied = [line.split()[1:-1] for line in container.splitlines() if line.startswith("COPY")]
    files = [file for files in copied for file in files]
    assert all((ROOT / file).exists() for file in files)
    wheel = tomllib.loads(text_of("pyproject.toml"))["tool"]["hatch"]["build"]["targets"]["wheel"]
    built_from = {*wheel["only-include"], *wheel["force-include"], PROJECT["readme"]}
    assert built_from | {*PROJECT["license-files"], "pyproject.toml"} <= set(files)
    assert f'ENTRYPOINT ["{next(iter(PROJECT["scripts"]))}"]' in container
    assert re.findall(r"^WORKDIR (.*)$", container, re.MULTILINE)[-1] == "/work"  # as in README
    readme = text_of("README.md")
    for line in re.findall(r"^#     (podman .*)$", container, re.MULTILINE):
        assert line.replace("build ", "build -f Containerfile ") in readme


@pytest.mark.slow
def test_the_steps_of_the_container_give_a_command_that_need_not_compile(tmp_path):
    """Not in an image, but below a folder, with the packages and compiled code that are here."""
    venv.create(tmp_path / "venv", symlinks=True)
    [packages] = (tmp_path / "venv").glob("lib/*/site-packages")
    elsewhere = [place for place in sys.path if place.endswith("site-packages")]
    (packages / "elsewhere.pth").write_text("\n".join(elsewhere))
    path = f"{tmp_path}/venv/bin:{os.environ['PATH']}"
    environment = {"PATH": path, "HOME": os.devnull, "TMPDIR": str(tmp_path)}
    sim.trace("paris_2025")
    compiled = cache_folders().written
    shutil.copytree(compiled, tmp_path / "opt" / "willing" / "cache" / compiled.name)

    def shell(line):
        return subprocess.run(
            ["sh", "-c", line],
            capture_output=True, text=True, check=True, cwd=folder, env=environment,
        )  # fmt: skip

    text = re.sub(r"\\\n", " ", text_of("Containerfile"))
    for line in re.sub(
        r"(?<= )/(?=opt|tmp|work)|(?<==)/(?=opt)", f"{tmp_path}/", text
    ).splitlines():
        instruction, _, rest = line.partition(" ")
        if instruction == "WORKDIR":
            folder = Path(rest)
            folder.mkdir(parents=True, exist_ok=True)
        elif instruction == "COPY":
            *files, to = rest.split()
            (folder / to).parent.mkdir(parents=True, exist_ok=True)  # as COPY does
            shell(f"cp -r {' '.join(str(ROOT / file) for file in files)} {to}")
        elif instruction == "ENV":
            environment.update([rest.split("=")])
        elif instruction == "RUN":  # what is pinned is here, or was installed in another version
            shell(re.sub(r"&& python -m pip .* --require-hashes -r run.lock", "", rest))
        elif instruction == "ENTRYPOINT":
            command = shlex.join(json.loads(rest))
    environment["TMPDIR"] = str(folder)  # what was compiled lies in the image or nowhere
    lock = tmp_path / "opt" / "willing" / "run.lock"
    assert lock.read_text() == text_of("requirements.lock").split(ONLY_TESTS)[0]
    for arguments in ("run paris_2025 --runs 1 --no-figures", "trace results/paris_2025 --run 0"):
        assert shell(f"{command} {arguments}").stderr == ""
    assert (folder / "results" / "paris_2025").is_dir()


def test_the_demo_names_commands_as_they_can_be_typed():
    done = subprocess.run(
        ["make", "-n", "-o", ".venv/can_run", "demo"],
        capture_output=True, text=True, check=True, cwd=ROOT,
    )  # fmt: skip
    named = re.findall(r'echo "  (.*)"', done.stdout)
    assert len(named) == 3
    for command in named:
        program, subcommand, *_ = shlex.split(command)
        assert program == ".venv/bin/willing"
        assert (ROOT / "sim" / "cli" / "commands" / f"{subcommand}.py").is_file()


@pytest.fixture
def folder_with_sim(tmp_path):
    """A working folder with a user's own sim.py and click.py, which Python is told to look in."""
    for name in ("sim.py", "click.py"):
        (tmp_path / name).write_text("raise SystemExit('this is a file of the user')\n")
    return tmp_path


@pytest.mark.parametrize("path", ["", ".", "{folder}"])
def test_files_of_the_user_do_not_disturb_the_command(folder_with_sim, path):
    start = PROJECT["scripts"]["willing"].partition(":")
    program = folder_with_sim / "bin" / "willing"  # as pip writes it
    program.parent.mkdir()
    program.write_text(f"from {start[0]} import {start[2]}\n{start[2]}()\n")
    places = [path.format(folder=folder_with_sim), str(ROOT)]
    done = subprocess.run(
        [sys.executable, str(program), "--version"],
        capture_output=True, text=True, check=False, cwd=folder_with_sim,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(places)},
    )  # fmt: skip
    assert (done.stderr, done.stdout) == ("", f"willing {sim.__version__}\n")


def test_python_can_be_told_to_pass_over_a_file_sim_of_the_user(folder_with_sim):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    for options, said in (([], "this is a file of the user"), (["-P"], "")):
        done = subprocess.run(
            [sys.executable, *options, "-m", "sim", "--version"],
            capture_output=True, text=True, check=False, cwd=folder_with_sim, env=environment,
        )  # fmt: skip
        assert done.stderr.strip() == said


INSTALLED = Path(sys.executable).with_name("willing")


@pytest.mark.skipif(not INSTALLED.is_file(), reason="not installed in this environment")
def test_the_installed_command_starts_in_any_folder(tmp_path):
    done = subprocess.run(
        [INSTALLED, "--version"], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert (done.stderr, done.stdout) == ("", f"willing {sim.__version__}\n")
