"""Calls of ``willing trace``, and a small scenario to trace."""

from __future__ import annotations

import json
from typing import Any

from click.testing import CliRunner, Result

from sim.cli.group import willing

SMALL = """\
title: A small coalition
start: 2025-03-10
days: 40
nations:
  - {id: GBR, name: United Kingdom, stage: public, reliance: {backing: 0.6}, capacity: {ground: 8}}
  - {id: FRA, name: France, stage: pledged, reliance: {backing: 0.4}, capacity: {ground: 10}}
  - {id: POL, name: Poland, stage: talks, stake: 0.9, reliance: {backing: 0.8}}
  - {id: CAN, name: Canada, stage: talks, stake: {uniform: [0.3, 0.7]}, capacity: {ground: 3}}
conditions:
  backing: {level: 0.6, speed: 0.05, volatility: 0.1, responds: {force: 1}}
contributions: {ground: {}}
events:
  - {date: 2025-03-12, meeting: defence_ministers}
  - {date: 2025-03-14, proposal: backing, reference: 0.25}
  - {date: 2025-03-20, list: first_names, covers: [POL, CAN]}
behaviour: {from: reasoned, resolve: {rate: 0.2}, declare: {rate: 0.2}, pledge: {rate: 0.1}}
success: {public_size: 4, backing: 0.5, hold: 7}
"""


def traced(*arguments: str) -> Result:
    """A call that ends as a command should: with a status, and no traceback."""
    result = CliRunner().invoke(willing, ["trace", *arguments])
    assert result.exc_info is None or result.exc_info[0] is SystemExit, result.exc_info
    assert "Traceback" not in result.output
    return result


def as_json(*arguments: str) -> Any:
    """What a call prints as JSON."""
    result = traced(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)
