"""What README and docs show runs."""

import doctest
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from sim.cli.group import willing
from tests.shown_commands import FEW_RUNS, shortened

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r'```yaml title="([\w.]+)"\n(.*?)```', README, re.DOTALL))
COMMANDS = [
    line
    for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    for line in block.splitlines()
    if line.startswith("willing ")
]
PROGRAMS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
PAGES = sorted((ROOT / "docs").glob("*.md"))
TUTORIAL = ROOT / "docs" / "tutorial.md"  # its blocks need each other: test_tutorial.py
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A working folder with the files that README shows, and the shipped scenarios."""
    monkeypatch.chdir(tmp_path)
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_readme_shows_files_commands_and_a_program():
    assert FILES
    assert COMMANDS
    assert len(PROGRAMS) == 1


@pytest.mark.usefixtures("blank_figures")
@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_in_readme_runs(command, folder):
    if "results/small" in command.split():
        words = ["run", "small.yaml", *FEW_RUNS]
        assert CliRunner().invoke(willing, words).exit_code == 0
    done = CliRunner().invoke(willing, shortened(command), catch_exceptions=False)
    assert done.exit_code == 0, done.output


def test_the_command_that_refreshes_readme_runs(folder):
    line = re.search(r"^ +(willing run .*)$", README, re.MULTILINE)[1]
    words = shortened(line.replace("scenarios/", f"{ROOT.as_posix()}/scenarios/"))
    done = CliRunner().invoke(willing, words, catch_exceptions=False)
    assert done.exit_code == 0, done.output


def test_the_program_in_readme_runs(capsys):
    exec(re.sub(r"runs=[\d_]+", "runs=20", PROGRAMS[0]), {})
    assert "more public nations" in capsys.readouterr().out


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page != TUTORIAL], ids=lambda page: page.stem
)
def test_the_examples_on_a_page_give_what_they_show(page):
    failed, _ = doctest.testfile(str(page), module_relative=False, optionflags=OPTIONS)
    assert failed == 0


def headings(page):
    """What a link to a heading of a page may end in."""
    found = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in found}


@pytest.mark.parametrize("page", [ROOT / "README.md", *PAGES], ids=lambda page: page.stem)
def test_what_a_page_links_to_is_there(page):
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for file, heading in re.findall(r"\]\(([^)#:]*)(?:#([\w-]+))?\)", text):
        target = page.parent / file if file else page
        assert target.exists(), file
        assert not heading or heading in headings(target), heading
