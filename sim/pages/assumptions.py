"""What a scenario takes for granted, as blocks: all that a reader would have to agree with."""

from __future__ import annotations

from collections.abc import Iterator

from sim.core.stages import STAGES
from sim.pages.blocks import Code, Folded, Heading, Listing, PageBlock, Terms, left_out
from sim.report.blocks import Note, Table, Text
from sim.results.format import counted, cut, day_text, first_of
from sim.results.labels import condition_labels, contribution_labels
from sim.results.thresholds import success_words, thresholds_of
from sim.scenario.behaviour import DEFAULT_BEHAVIOUR, MOVES, REASONED, Behaviour, Move
from sim.scenario.distribution import Distribution
from sim.scenario.effects.inert import shipped_behaviours
from sim.scenario.events import DatedEvent
from sim.scenario.joint_draws import JointDate, JointNumber
from sim.scenario.labels import event_words
from sim.scenario.paths import Parameter
from sim.scenario.schema import Scenario

MOST_ROWS = 300
"""Most rows of a table; the scenario file, which the page holds, has all."""

LONGEST_WORDS, LONGEST_LIST, LONGEST_FILE = 80, 600, 120_000
"""Letters of a name, of a list of nations, and of a scenario file that a page holds."""

BEHAVIOURS = {
    DEFAULT_BEHAVIOUR: "the shipped behaviour `calibrated`: its rates of deciding, announcing and "
    "refusing are fitted to past coalitions, its other numbers are judgements",
    REASONED: "the shipped behaviour `reasoned`: all its numbers are judgements",
}


def assumption_blocks(scenario: Scenario) -> Iterator[PageBlock]:
    """Conditions, success, calendar, behaviour, what is drawn, notes, sources and the file."""
    if scenario.description.strip():
        yield Text(scenario.description.strip())
    yield Terms(tuple(_terms(scenario)))
    if scenario.conditions:
        yield _conditions(scenario)
    yield from _calendar(scenario)
    yield from _behaviour(scenario)
    yield from _drawn(scenario)
    if scenario.notes:
        yield Heading("Notes on the scenario")
        yield Listing(tuple(("", note) for note in scenario.notes))
    yield _nations(scenario)
    if scenario.sources:
        sources = Listing(tuple(("", source) for source in scenario.sources))
        yield Folded("Sources that the scenario names", (sources,))
    text = scenario.to_yaml()
    if len(text) <= LONGEST_FILE:
        about = Note("The file with every default written out, as `willing check --full` prints it")
        yield Folded("The scenario file", (about, Code(text, "Scenario file")), True)


def _terms(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """Success, requirement and quorum, in words."""
    success, days = scenario.success, scenario.days
    first, last = (day_text(scenario.start, day) for day in (0, days))
    yield "Time", f"{first} to {last}, {counted(days, 'day')}"
    if success is None:
        yield "Success", "the scenario sets no thresholds"
    else:
        labels = condition_labels(scenario)
        yield "Success", success_words(thresholds_of(success, [*labels]), success.hold, labels)
    if scenario.contributions:
        kinds = ", ".join(contribution_labels(scenario).values())
        required = value_text(scenario.commitment.requirement)
        yield "Requirement", f"{required} {scenario.force_unit}, of {kinds}"
    if scenario.leaders:
        yield "Leaders", first_of(scenario.leaders, 8)


def _conditions(scenario: Scenario) -> Table:
    """Levels of the conditions, and what moves them."""
    labels = condition_labels(scenario)
    words = {"force": "force", "public_share": "public share", **labels}
    rows = tuple(
        {
            "name": labels[key],
            "level": value_text(each.level),
            "start": value_text(each.level if each.start is None else each.start),
            "speed": value_text(each.speed),
            "volatility": value_text(each.volatility),
            "responds": ", ".join(
                f"{words.get(cause, cause)} {value_text(strength)}"
                for cause, strength in each.responds.items()
                if strength != 0
            ),
        }
        for key, each in scenario.conditions.items()
    )
    columns = {
        "name": "",
        "level": "level",
        "start": "on day 0",
        "speed": "speed, share of the way a day",
        "volatility": "volatility, log-odds a day",
        "responds": "responds to",
    }
    return Table("Condition", columns, rows)


def _calendar(scenario: Scenario) -> Iterator[PageBlock]:
    """Dated events in the order of their days; those with jointly drawn dates are counted."""
    events = list(enumerate(scenario.events))
    listed = [(number, each) for number, each in events if not isinstance(each.date, JointDate)]
    yield Heading("Calendar")
    if not events:
        yield Text("No event is dated.")
        return
    listed.sort(key=lambda pair: (pair[1].first_date, pair[0]))
    rows = tuple(
        {
            "date": _date_text(scenario, event),
            "event": cut(event_words(scenario, number), LONGEST_WORDS),
            "kind": event.kind,
            "whom": cut(_whom(event), LONGEST_LIST),
        }
        for number, event in listed[:MOST_ROWS]
    )
    columns = {"date": "date", "event": "event", "kind": "kind", "whom": "nations"}
    if rows:
        table = Table("Events with dates of their own", columns, rows)
        title = f"{counted(len(listed), 'event')} with dates of their own"
        yield Folded(title, (table, *left_out(len(listed), len(rows))))
    n_joint = len(events) - len(listed)
    if n_joint:
        kinds = dict.fromkeys(each.kind for _, each in events if isinstance(each.date, JointDate))
        yield Text(
            f"Beside these, {counted(n_joint, 'place')} for occasions that nobody had scheduled "
            f"({', '.join(kinds)}): each run draws how many there are, and when."
        )


def _date_text(scenario: Scenario, event: DatedEvent) -> str:
    date = event.drawn_date
    if date is None:
        return day_text(scenario.start, event.first_date)
    early, late = (day_text(scenario.start, date.quantile(share)) for share in (0.05, 0.95))
    return f"{early} to {late} (drawn, 90 %)"


def _whom(event: DatedEvent) -> str:
    """Nations of an event."""
    named = getattr(event, event.nations) if event.nations else ()
    return named if isinstance(named, str) else ", ".join(named)


def _behaviour(scenario: Scenario) -> Iterator[PageBlock]:
    """Where rates and coefficients come from, and what they are."""
    yield Heading("Behaviour")
    yield Text(f"Rates and coefficients: {behaviour_source(scenario.behaviour)}.")
    moves = dict(_moves(scenario.behaviour))
    features = dict.fromkeys(
        name for move in moves.values() for name, value in _numbers(move) if value != 0
    )
    by_move = {name: dict(_numbers(move)) for name, move in moves.items()}
    rows = tuple(
        {"feature": feature.replace("_", " ")}
        | {
            name: value_text(numbers[feature])
            for name, numbers in by_move.items()
            if numbers[feature] != 0
        }
        for feature in features
    )
    columns = {"feature": ""} | {name: name for name in moves}
    about = Note(
        "The logarithm of the daily hazard of a move is that of its rate, plus each coefficient "
        "times its feature. An empty cell is 0."
    )
    if rows:
        yield Folded("Rates a day and coefficients", (Table("Feature", columns, rows), about))


def behaviour_source(behaviour: Behaviour) -> str:
    """Where a behaviour comes from: which shipped one it is, or which it is nearest to."""
    found = {
        words: _n_unlike(_all_numbers(behaviour), _all_numbers(shipped))
        for words, shipped in zip(BEHAVIOURS.values(), shipped_behaviours(), strict=True)
    }
    nearest = min(found, key=lambda words: found[words])
    n_unlike = found[nearest]
    if n_unlike == 0:
        return nearest.replace("`", "")
    return f"set by the scenario; {counted(n_unlike, 'number')} unlike " + nearest.partition(":")[
        0
    ].replace("`", "")


def _moves(behaviour: Behaviour) -> Iterator[tuple[str, Move]]:
    """Moves that happen, by name."""
    for name in MOVES:
        found = getattr(behaviour, "return_" if name == "return" else name)
        if isinstance(found, Move):
            yield name, found
        elif found is not None:
            for stage in STAGES:
                move = getattr(found, stage, None)
                if move is not None:
                    yield f"{name} from {stage}", move


def _numbers(move: Move) -> Iterator[tuple[str, object]]:
    """The numbers of a move, its rate first."""
    yield from ((name, getattr(move, name)) for name in type(move).model_fields)


def _all_numbers(behaviour: Behaviour) -> dict[tuple[str, str], object]:
    """Numbers of a behaviour by move and name; of joint draws what the scenario has under them."""
    return {
        (name, feature): value.under if isinstance(value, JointNumber) else value
        for name, move in _moves(behaviour)
        for feature, value in _numbers(move)
    }


def _n_unlike(ours: dict[tuple[str, str], object], theirs: dict[tuple[str, str], object]) -> int:
    return sum(ours.get(key, 0.0) != theirs.get(key, 0.0) for key in {*ours, *theirs})


def _drawn(scenario: Scenario) -> Iterator[PageBlock]:
    """Numbers that each run draws."""
    numbers = [
        each
        for each in scenario.parameters()
        if each.is_random and not isinstance(each.value, JointDate)  # the calendar counts those
    ]
    yield Heading("What each run draws")
    said = ["the luck of every decision, of conditions by day and of costs"]
    if scenario.draws is not None:
        said.append(f"one of {scenario.draws.summary}")
    if numbers:
        said.append(f"{counted(len(numbers), 'number')} of the scenario")
    yield Text(f"Each run draws {'; '.join(said)}.")
    if numbers:
        rows = tuple(_drawn_row(each) for each in numbers[:MOST_ROWS])
        columns = {"label": "", "law": "distribution", "path": "path"}
        table = Table("Number", columns, rows)
        yield Folded("Numbers that are drawn", (table, *left_out(len(numbers), len(rows))))


def _drawn_row(each: Parameter) -> dict[str, str]:
    several = f" ({len(each.fields):,} numbers)" if len(each.fields) > 1 else ""
    return {
        "label": cut(each.label, LONGEST_WORDS) + several,
        "law": value_text(each.value),
        "path": cut(each.path, LONGEST_WORDS),
    }


def _nations(scenario: Scenario) -> Folded:
    """What each nation is given."""
    rows = tuple(
        {
            "nation": cut(f"{nation.id}  {nation.name}", LONGEST_WORDS),
            "stage": "initial law" if nation.is_by_law else " or ".join(nation.stage),
            "stake": value_text(nation.stake),
            "support": value_text(nation.support),
            "capacity": ", ".join(
                f"{kind} {value_text(amount)}"
                for kind, amount in nation.capacity.items()
                if amount != 0
            ),
        }
        for nation in scenario.nations[:MOST_ROWS]
    )
    columns = {
        "nation": "",
        "stage": "stage on day 0",
        "stake": "stake",
        "support": "support",
        "capacity": "capacity",
    }
    more = left_out(len(scenario.nations), len(rows))
    return Folded("What each nation is given", (Table("Nation", columns, rows), *more))


def value_text(value: object) -> str:
    """A number with four figures, or the law that it is drawn from.

    Examples
    --------
    >>> value_text(0.35), value_text(Distribution("normal", (0.5, 0.1)))
    ('0.35', 'normal: 0.5, 0.1')
    >>> value_text(None)
    'drawn'
    """
    if isinstance(value, int | float):
        return f"{value:,.4g}"
    if isinstance(value, JointNumber):
        return f"joint draws, {min(value.values):.3g} to {max(value.values):.3g}"
    if isinstance(value, Distribution) and not isinstance(value, JointDate):
        listed = ", ".join(f"{x:g}" for x in value.parameters[:4])
        return f"{value.kind}: {listed}"
    return "drawn"
