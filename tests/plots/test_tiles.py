"""Where tiles lie: every nation has one of its own, roughly where it is."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

import sim
from sim.plots.ensemble.tiles import place_tiles, world

COMMONWEALTH = """
ATG AUS BHS BGD BRB BLZ BWA BRN CMR CAN CYP DMA SWZ FJI GAB GMB GHA GRD GUY IND JAM
KEN KIR LSO MWI MYS MDV MLT MUS MOZ NAM NRU NZL NGA PAK PNG RWA KNA LCA VCT WSM SYC SLE SGP SLB ZAF
LKA TZA TGO TON TTO TUV UGA GBR VUT ZMB"""
EUROPE = """ALB AND ARM AUT AZE BEL BIH BGR BLR CHE CYP CZE DEU DNK ESP EST FIN FRA GBR GEO GRC HRV
HUN IRL ISL ITA LTU LUX LVA MCO MDA MKD MLT MNE NLD NOR POL PRT ROU RUS SRB SVK SVN SWE TUR UKR
XKX"""
HEIRS = {("RUS", "SUN"), ("SRB", "YUG")}


def test_europe_and_the_commonwealth_are_on_the_map() -> None:
    assert len(COMMONWEALTH.split()) == 56
    assert set(world()) >= {*COMMONWEALTH.split(), *EUROPE.split()}


def test_no_two_nations_share_a_place_but_a_state_and_its_heir() -> None:
    shared = [place for place, count in Counter(world().values()).items() if count > 1]
    pairs = {tuple(sorted(name for name in world() if world()[name] == place)) for place in shared}
    assert pairs == HEIRS


def test_every_nation_of_the_shipped_tables_is_on_the_map() -> None:
    for table in (Path(sim.__file__).parents[1] / "scenarios" / "nations").glob("paris*.csv"):
        with table.open(encoding="utf-8", newline="") as file:
            assert {row["id"] for row in csv.DictReader(file)} <= set(world()), table.name


def test_neighbours_lie_next_to_each_other_and_far_ones_apart() -> None:
    ids = ["GBR", "IRL", "FRA", "BEL", "EST", "LVA", "NZL"]
    spot = dict(zip(ids, place_tiles(ids), strict=True))
    assert spot["IRL"].x == spot["GBR"].x - 1
    assert spot["IRL"].y == spot["GBR"].y
    assert spot["BEL"].y < spot["FRA"].y
    assert spot["EST"].y == spot["LVA"].y - 1
    assert spot["NZL"].y > spot["FRA"].y + 1


@settings(deadline=None)
@given(st.lists(st.sampled_from([*sorted(world()), *"abcdefghij"]), min_size=1, unique=True))
def test_every_nation_has_a_tile_that_no_other_overlaps(ids: list[str]) -> None:
    spots = place_tiles(ids)
    for place, one in enumerate(spots):
        assert one.x >= 0
        assert one.y >= 0
        for other in spots[:place]:
            assert abs(one.x - other.x) >= 0.999 or abs(one.y - other.y) >= 0.999
