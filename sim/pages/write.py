"""A page of one or more results, as text and as a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from sim.pages.assumptions import assumption_blocks
from sim.pages.blocks import Chart, PageBlock
from sim.pages.colours import colour_rules
from sim.pages.drawings import Drawings
from sim.pages.kinds import part_of
from sim.pages.limits import limits_blocks
from sim.pages.part import PLACES, Part
from sim.pages.render import rendered
from sim.pages.sources import Source, opened_sources
from sim.report.blocks import Note, Text
from sim.scenario.schema import Scenario
from sim.store.folder import ResultsError, expanded, is_report, write_atomically
from sim.store.kinds import KINDS


class Shown(NamedTuple):
    """What a section shows of one result.

    Attributes
    ----------
    heading : str
        What the result is, where a page has several; else empty.
    answer : tuple of str
        Its answer, where that does not stand at the top.
    blocks : tuple of PageBlock
    note : str
        What a reader must know to read it beside the others.
    """

    heading: str
    answer: tuple[str, ...]
    blocks: tuple[PageBlock, ...]
    note: str


class Section(NamedTuple):
    """A section of a page."""

    name: str
    title: str
    shown: tuple[Shown, ...]


def report_html(results: object) -> str:
    """One page of results that stands by itself: no request to any network, the same each time.

    Parameters
    ----------
    results : result, path of a result folder, or a sequence of these
        The first heads the page and gives its assumptions; the others follow in sections of theirs.

    Raises
    ------
    ResultsError
        A folder holds no result that can be opened.
    TypeError
        Something given is no result.

    Examples
    --------
    >>> import sim
    >>> html = report_html(sim.run(sim.load_scenario("paris_2025"), runs=20))
    >>> html.startswith("<!DOCTYPE html>"), "http://" in html
    (True, False)
    """
    sources = opened_sources(results)
    parts = [part_of(source.result) for source in sources]
    drawings = Drawings()
    figures = [
        _figures(source, part, drawings) for source, part in zip(sources, parts, strict=True)
    ]
    head = parts[0]
    scenario = head.scenarios[0] if head.scenarios else None
    return rendered(
        [colour_rules(drawings.pairs), drawings.rules],
        head=head,
        command=_command_of(sources[0]),
        sections=tuple(_sections(parts, figures)),
        assumptions=() if scenario is None else tuple(assumption_blocks(scenario)),
        limits=limits_blocks(),
        made=[_made(source, part) for source, part in zip(sources, parts, strict=True)],
    )


def write_report(results: object, file: str | Path, overwrite: bool = False) -> Path:
    """Write one self-contained HTML page of results.

    Parameters
    ----------
    results : result, path of a result folder, or a sequence of these
        See `report_html`.
    file : str or Path
        A page that was written before is replaced.
    overwrite : bool
        Replace any other file.

    Returns
    -------
    Path

    Raises
    ------
    ResultsError
        The file is there and no page of willing, no file can have that path, or a folder holds no
        result.
    TypeError
        Something given is no result.
    OSError
        The disk is full, read-only or failed; an earlier page stays.

    Examples
    --------
    >>> import sim, tempfile
    >>> ensemble = sim.run(sim.load_scenario("paris_2025"), runs=20)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     sim.write_report(ensemble, f"{folder}/paris.html").name
    'paris.html'
    """
    place = expanded(file)
    check_replaceable(place, overwrite)
    write_atomically(place, report_html(results))
    return place


def check_replaceable(place: Path, overwrite: bool = False) -> None:
    """Refuse to replace a file that is no page of ours.

    Raises
    ------
    ResultsError
    """
    if place.is_dir():
        raise ResultsError(f"{place} is a folder; a page is a file")
    if overwrite or not place.exists() or is_report(place):
        return
    raise ResultsError(
        f"{place} is there already and no page of willing report; choose another file or replace "
        "it (--force)"
    )


def _figures(source: Source, part: Part, drawings: Drawings) -> tuple[Chart, ...]:
    """Figures of `sim.plots` for a result that draws none of its own."""
    if any(isinstance(block, Chart) for blocks in part.sections.values() for block in blocks):
        return ()
    words = " ".join(part.answer)
    return tuple(Chart((each,), is_wide=True) for each in drawings.of(source.result, words))


def _sections(parts: Sequence[Part], figures: Sequence[tuple[Chart, ...]]) -> Iterator[Section]:
    """The sections that hold something, in the order of a page."""
    head = parts[0]
    for name, title in PLACES.items():
        shown = []
        for number, (part, drawn) in enumerate(zip(parts, figures, strict=True)):
            blocks = tuple(
                block
                for block in part.sections.get(name, ())
                if not (isinstance(block, Text) and block.text in part.answer)
            )
            if not blocks:
                continue
            is_first_place = name == next(each for each in PLACES if part.sections.get(each))
            blocks = (*(drawn if is_first_place else ()), *blocks)
            is_head = number == 0
            shown.append(
                Shown(
                    "" if is_head else part.title,
                    () if is_head or not is_first_place else part.answer,
                    blocks if is_head else (*blocks, *_small_print(part, name)),
                    "" if is_head else _apart(head.scenarios, part.scenarios),
                )
            )
        if shown:
            yield Section(name, title, tuple(shown))


def _small_print(part: Part, name: str) -> Iterator[Note]:
    """The small print of a part, if a section is its last."""
    if name == [each for each in PLACES if part.sections.get(each)][-1]:
        yield from map(Note, part.small_print)


def _apart(head: Sequence[Scenario], other: Sequence[Scenario]) -> str:
    """That a result is of another scenario than the head of the page; empty where it is not."""
    if not head or not other or head[0].digest in {each.digest for each in other}:
        return ""
    return (
        f"This is of another scenario than the head of the page: digest {other[0].digest[:12]} in "
        f"place of {head[0].digest[:12]}."
    )


def _command_of(source: Source) -> str:
    """The command that makes such a result, such as ``willing run``."""
    program, *words = source.command.split(" ", 2)
    if program == "willing" and words:  # a forecast is an ensemble too
        return f"willing {words[0]}"
    name = type(source.result).__name__.removeprefix("Told")
    return next(kind.command for kind in KINDS if kind.result == name)


def _made(source: Source, part: Part) -> dict[str, Any]:
    """What it takes to make a result again."""
    result = source.result
    seed = getattr(result, "seed", None)
    study = getattr(result, "study", None)
    told = getattr(result, "told", {})
    seeds = (seed, getattr(study, "seed", None), told.get("seed"))
    return {
        "title": part.title,
        "command": source.command,
        "seed": next((str(each) for each in seeds if each is not None), ""),
        "digests": [each.digest for each in part.scenarios],
        "versions": source.versions,
        "files": source.files,
    }
