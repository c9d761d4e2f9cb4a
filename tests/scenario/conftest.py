"""Scenarios that the tests of this folder start from."""

from __future__ import annotations

from pathlib import Path

import pytest

PARIS = """\
title: Paris, in small
description: A scenario that uses every part of the format.
sources: ["made up for tests"]
start: 2025-03-10
days: 180
nations:
  table: nations.csv
  set:
    "*": {support: {beta: [2, 2]}, reliance: {us_backing: 0.5}}
    POL: {stake: {uniform: [0.4, 1]}, stage: {talks: 0.6, willing: 0.4}}
leaders: [GBR, FRA]
ties:
  base: 1
  leaders: 4
  groups: {e5: {members: [GBR, FRA, POL], weight: 2}, baltic: [EST, LVA]}
  dyads: dyads.csv
conditions:
  us_backing: {level: 0.35, speed: 0.05, volatility: 0.08, responds: {force: 1.5}}
  acceptability: {level: 0.6, responds: {us_backing: 1.0, public_share: 0.2}}
contributions:
  ground: {weight: 1.0, cost: 1.0, aversion: 1, spread: 0.3}
  air: {cost: 0.7}
commitment: {requirement: 30, value: 320, scale: 0.5, token: 0.05}
memory: {momentum: 7, defection: {uniform: [5, 20]}}
events:
  - {date: 2025-03-11, meeting: chiefs, participants: all}
  - {date: 2025-03-12, meeting: ministers, participants: [GBR, FRA, POL], weight: 2}
  - {date: 2025-03-14, proposal: us_backing, gain: 1.0}
  - {date: 2025-03-20, list: first_list, covers: [EST]}
  - {date: 2025-04-01, signal: us_backing, shift: -1, days: 20}
  - {date: 40, shock: acceptability, jump: 0.5}
  - {date: 60, deal: ceasefire, probability: 0.01, collapses: 2025-08-01}
  - {date: -8, move: GBR, to: public}
  - {date: 9, move: [POL], to: pledged, pledge: {ground: 1}}
  - {date: 10, opinion: all, shift: 0.05}
  - {date: 11, requirement: 25}
  - {date: 12, trigger: vote, participants: all}
behaviour: {from: reasoned, declare: {rate: 0.03}, decline: {prospects: -3}}
success: {public_size: 3, us_backing: 0.5, requirement_share: 0.7, hold: 14}
"""

NATIONS = """\
id,name,stage,stage.talks,stake,reliance.acceptability,capacity.ground,capacity.air,note,source
GBR,United Kingdom,,1,0.9,0.2,10,5,chairs,made up
FRA,France,,1,0.9,0.2,10,5,,made up
POL,Poland,,1,"{triangular: [0, 0.5, 1]}",,8,2,,made up
EST,Estonia,,1,0.8,,0.5,,,made up

LVA,Latvia,,1,0.8,,0.5,,,made up
""".replace("stage,stage.talks", "stage.talks").replace(",,1,", ",1,")

DYADS = """\
nation,peer,weight
GBR,FRA,2
GBR,POL,
EST,LVA,1.5
"""


@pytest.fixture
def paris(tmp_path: Path) -> Path:
    """A folder with a scenario file and its tables; the path of the scenario file."""
    (tmp_path / "nations.csv").write_text(NATIONS, encoding="utf-8")
    (tmp_path / "dyads.csv").write_text(DYADS, encoding="utf-8")
    file = tmp_path / "paris.yaml"
    file.write_text(PARIS, encoding="utf-8")
    return file
