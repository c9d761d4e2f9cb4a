"""Figures written into files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.plots.catalogue import FIGURES, DrawingError, default_figures, drawer, import_drawing
from sim.results.format import cut
from sim.store.folder import atomic_file
from sim.store.unfinished import remove_abandoned
from sim.studies.design.outcomes import in_file_name

if TYPE_CHECKING:
    from sim.plots.theme import Theme

LETTERS = 60
"""Letters without a shape that a message names, at most."""


@dataclass(frozen=True)
class Order:
    """What to draw and how.

    Attributes
    ----------
    kinds : sequence of str
        Names of figures of the result; by default those that it comes with.
    formats : sequence of {"png", "svg", "pdf"}
    look : Theme, optional
    suffix : str
        Put behind the name of every file, such as ``_dark``.
    dpi : int, optional
        Of PNG files, dots an inch.
    options : mapping of kind to arguments
        Of single figures, such as ``{"tile_map": {"day": 30}}``.
    """

    kinds: Sequence[str] | None = None
    formats: Sequence[str] = ("png",)
    look: Theme | None = None
    suffix: str = ""
    dpi: int | None = None
    options: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Attempt:
    """What came of a figure.

    Attributes
    ----------
    kind : str
    files : tuple of str
        Names of its files; empty where it was not drawn.
    reason : str or None
        Why it was not.
    is_fault : bool
        Whether something went wrong, and the result is not to blame.
    missing : str
        Letters that the typeface does not have, for which there are boxes.
    """

    kind: str
    files: tuple[str, ...] = ()
    reason: str | None = None
    is_fault: bool = False
    missing: str = ""


def notes_on(attempts: Sequence[Attempt]) -> list[str]:
    """What there is to say of figures: why some were not drawn, and which letters have boxes."""
    notes = [
        f"Not drawn: {each.kind}: {each.reason}" for each in attempts if each.reason is not None
    ]
    lacking = [each for each in attempts if each.missing]
    if lacking:
        kinds = ", ".join(each.kind for each in lacking)
        letters = cut("".join(dict.fromkeys("".join(each.missing for each in lacking))), LETTERS)
        notes.append(f"{kinds}: the typeface lacks {letters}; boxes stand for these letters")
    return notes


def theme_of(
    is_dark: bool, width: float | None, height: float | None, is_plain: bool = False
) -> Theme | None:
    """Theme of figures in this size; None where Matplotlib cannot be imported."""
    try:
        theme = import_drawing("sim.plots.theme")
    except DrawingError:  # each figure says so
        return None
    found: Theme = (theme.DARK if is_dark else theme.LIGHT).sized(width, height)
    return replace(found, is_plain=is_plain)


def file_names(order: Order, kind: str) -> list[str]:
    """Files that a figure is written into; an outcome or nation that was asked for is in them."""
    options = order.options.get(kind, {})
    stem = FIGURES[kind].stem or kind
    if "outcome" in options:
        stem += f"_{in_file_name(options['outcome'])}"
    if "nation" in options:
        stem += f"_{options['nation']}"
    return [f"{stem}{order.suffix}.{form}" for form in order.formats]


def draw_each(result: object, folder: str | Path, order: Order) -> Iterator[Attempt]:
    """Draw figures into a folder that exists, one by one, each file whole or not at all.

    Parameters
    ----------
    result : Ensemble, Comparison or Sweep, stored or in memory
    folder : str or Path
    order : Order
        Of kinds that are drawn of such a result.

    Yields
    ------
    Attempt
        After each kind of figure; whatever goes wrong in drawing is a reason in it.

    Raises
    ------
    OSError
        A file cannot be written.
    """
    for kind in default_figures(result) if order.kinds is None else order.kinds:
        names = file_names(order, kind)
        try:
            images, missing = _images(result, kind, order)
        except DrawingError as error:
            yield Attempt(kind, reason=str(error), is_fault=error.__cause__ is not None)
            continue
        for name, image in zip(names, images, strict=True):
            remove_abandoned(Path(folder) / name, Path(name).suffix)
            with atomic_file(Path(folder) / name) as part:
                part.write_bytes(image)
        yield Attempt(kind, tuple(names), missing=missing)


def _images(result: object, kind: str, order: Order) -> tuple[list[bytes], str]:
    """A figure in each format, and the letters that its typeface does not have."""
    try:
        look = {} if order.look is None else {"look": order.look}
        draw = drawer(kind)
        sheet = import_drawing("sim.plots.sheet")
        axes = draw(result, **look, **order.options.get(kind, {}))
        found = [sheet.image_of(axes, form, order.dpi or sheet.DPI) for form in order.formats]
    except DrawingError:
        raise
    except Exception as error:
        said = " ".join(str(error).split())
        raise DrawingError(f"{type(error).__name__}: {said}") from error
    return [image for image, _ in found], "".join(dict.fromkeys("".join(m for _, m in found)))
