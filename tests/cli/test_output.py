"""What commands say of a result that is stored."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.cli.output import Output, print_result
from sim.store.kinds import RESULT


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["a.png"], ", with a.png in figures/"),
        (["a.png", "b.png"], ", with a.png and b.png in figures/"),
        (["a.png", "b.png", "c.png"], ", with a.png, b.png and c.png in figures/"),
        ([], ""),
    ],
)
def test_the_figures_of_a_result_are_listed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], names: list[str], said: str
) -> None:
    (tmp_path / "figures").mkdir()
    for name in names:
        (tmp_path / "figures" / name).touch()
    output = Output(RESULT, tmp_path, force=False, figures=True, as_json=False, quiet=False)
    print_result(output, list, dict, has_more=False)
    assert capsys.readouterr().out.splitlines()[-1] == f"Written to {tmp_path}{said}"
