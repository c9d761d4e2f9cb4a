"""Output in any encoding, without letters that steer a terminal, and with a reader that may go."""

from __future__ import annotations

import codecs
import errno
import io
import sys
from typing import TYPE_CHECKING, TextIO

import click

from sim.results.format import printable, unprintable_letters

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

ESCAPED = "willing.escaped"
"""Name of the error handler for characters that an encoding lacks; see `escaped`."""


def prepare_stdout() -> None:
    """Make standard output accept every character, and ignore that its reader has gone."""
    codecs.register_error(ESCAPED, escaped)
    stream = sys.stdout
    if not isinstance(stream, io.TextIOWrapper):  # none at all, or one of whoever called us
        return
    stream.reconfigure(errors=ESCAPED)
    if not stream.isatty():
        sys.stdout = tolerant_stream(stream)


def say(text: object, err: bool = False, nl: bool = True) -> None:
    """Print text for a person: titles and file names in it cannot steer the terminal.

    Whatever a command prints goes through here, through `say_json`, or through a `Failure`.
    """
    click.echo(printable(str(text)), err=err, nl=nl)  # noqa: TID251


def say_json(text: str) -> None:
    """Print JSON, with the letters escaped that could steer a terminal: it says the same."""
    odd = {ord(letter): _json_escape(letter) for letter in unprintable_letters(text)}
    click.echo(text.translate(odd))  # noqa: TID251


def escaped(error: UnicodeError) -> tuple[str, int]:
    r"""The replacement of characters that an encoding lacks, and the position after them.

    They are written as JSON has them, so that JSON stays JSON in every encoding.

    Examples
    --------
    >>> escaped(UnicodeEncodeError("ascii", "caf\u00e9", 3, 4, "not there"))
    ('\\u00e9', 4)
    """
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return _json_escape(error.object[error.start : error.end]), error.end


def _json_escape(text: str) -> str:
    pairs = text.encode("utf-16-be", "surrogatepass")
    return "".join(rf"\u{pairs[place : place + 2].hex()}" for place in range(0, len(pairs), 2))


class _TolerantFile(io.FileIO):
    """A pipe or a file; what is written after its reader has gone is dropped.

    Any other error is raised once: what is still in a buffer then would raise it again at exit.
    """

    has_failed = False

    def write(self, content: ReadableBuffer, /) -> int:
        """Write, or drop what `| head -1` and the like do not want: that is no failure."""
        try:
            return super().write(content)
        except OSError as error:
            if not reader_has_gone(error) and not self.has_failed:
                self.has_failed = True
                raise
            return memoryview(content).nbytes


def reader_has_gone(error: OSError) -> bool:
    """True if an error in writing says that the reader of a pipe has gone.

    Examples
    --------
    >>> reader_has_gone(BrokenPipeError(errno.EPIPE, "Broken pipe"))
    True
    """
    # Windows calls it an invalid argument.
    said = (errno.EPIPE, errno.EINVAL) if sys.platform == "win32" else (errno.EPIPE,)
    return error.errno in said


def tolerant_stream(stream: io.TextIOWrapper) -> TextIO:
    """A stream to the same place that can be written to after its reader has gone."""
    stream.flush()
    file = _TolerantFile(stream.fileno(), "w", closefd=False)
    return io.TextIOWrapper(
        io.BufferedWriter(file),
        encoding=stream.encoding,
        errors=ESCAPED,
        newline=None,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
