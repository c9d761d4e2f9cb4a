"""What the files around the code say agrees with the code."""

import re
import tomllib
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
import yaml

import sim

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
