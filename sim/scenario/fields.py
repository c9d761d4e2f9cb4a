"""What a field of a scenario may hold, as markers that pydantic checks and describes."""

from __future__ import annotations

import math
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from types import NoneType
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import PydanticCustomError, core_schema

from sim.scenario.distribution import LARGEST, PARAMETERS, Distribution, distribution_from
from sim.scenario.drawn_date import DATE_KINDS, DrawnDate, drawn_date_from
from sim.scenario.files.suggestions import closest
from sim.scenario.joint_draws import JointDraws

CALENDAR_DATE = "[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"
"""Pattern of a calendar date."""

LEAST_FOR_LOG = 1e-300
"""Least value of a field whose logarithm is taken: `log` needs numbers of full precision."""

Number = float | Distribution
"""A fixed number, or a distribution that is drawn once a run."""


def refusal(allowed: str) -> PydanticCustomError:
    """The error that a marker raises; ``allowed`` completes the sentence that the value begins."""
    return PydanticCustomError("allowed", "{allowed}", {"allowed": allowed})


class Marker(ABC):
    """A check that stands in an annotation; what it accepts is what its field holds."""

    @property
    @abstractmethod
    def must(self) -> str:
        """What the value must be, such as ``must be a whole number between 1 and 5``."""

    @abstractmethod
    def checked(self, value: Any) -> Any:
        """The value as the field holds it; raises the marker's refusal."""

    @abstractmethod
    def json_schema(self) -> dict[str, Any]:
        """The JSON Schema of what the marker accepts."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """A plain validator that calls `checked`."""
        return core_schema.no_info_plain_validator_function(self.checked)

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """The marker's own schema, whatever the annotated type."""
        return self.json_schema()


@dataclass(frozen=True)
class Between(Marker):
    """A finite number in a range; a distribution too, unless it must be fixed.

    Examples
    --------
    >>> Between(0, 1).checked(1)
    1.0
    >>> Between(0, 1, open_low=True).range_text
    'above 0 and at most 1'
    """

    low: float
    high: float
    open_low: bool = False
    open_high: bool = False
    fixed: bool = False

    @property
    def range_text(self) -> str:
        """The range in words."""
        low, high = (f"{end:.12g}".replace("e+", "e") for end in (self.low, self.high))
        if not self.open_low and not self.open_high:
            return f"between {low} and {high}"
        first = f"above {low}" if self.open_low else f"at least {low}"
        return f"{first} and {'below' if self.open_high else 'at most'} {high}"

    @property
    def must(self) -> str:
        """A number in the range, or a distribution."""
        return f"must be a number {self.range_text}" + ("" if self.fixed else " or a distribution")

    def holds(self, number: float) -> bool:
        """Whether a number lies in the range."""
        above = number > self.low if self.open_low else number >= self.low
        below = number < self.high if self.open_high else number <= self.high
        return above and below

    def checked(self, value: Any) -> Number:
        """A float or a truncated distribution."""
        if isinstance(value, Distribution):
            value = value.as_dict()
        if isinstance(value, dict) and not self.fixed:
            try:
                return distribution_from(value, self.low, self.high)
            except ValueError as error:
                raise refusal(str(error)) from None
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or (isinstance(value, float) and math.isnan(value)):
            raise refusal(self.must)
        if not self.holds(value):
            raise refusal(f"must be {self.range_text}")
        return float(value) + 0.0  # never -0.0

    def json_schema(self) -> dict[str, Any]:
        """A number in the range, or an object with one kind of distribution."""
        number: dict[str, Any] = {"type": "number"}
        number["exclusiveMinimum" if self.open_low else "minimum"] = self.low
        number["exclusiveMaximum" if self.open_high else "maximum"] = self.high
        if self.fixed:
            return number
        return {"anyOf": [number, distribution_schema()]}


def distribution_schema() -> dict[str, Any]:
    """The JSON Schema of a distribution: an object with one kind and its parameters."""
    number, kinds = {"type": "number"}, []
    for kind, names in PARAMETERS.items():
        n = len(names)
        values = {"type": "array", "items": number, "minItems": n, "maxItems": n}
        kinds.append(
            {
                "type": "object",
                "properties": {kind: values},
                "required": [kind],
                "additionalProperties": False,
            }
        )
    return {"anyOf": kinds}


def date_law_schema() -> dict[str, Any]:
    """The JSON Schema of a law of days: an object with one kind; days may be calendar dates."""
    day = {"anyOf": [{"type": "number"}, {"type": "string", "pattern": f"^{CALENDAR_DATE}$"}]}
    listed = {"type": "array", "items": day, "minItems": 1}
    weights = {
        "type": "object",
        "propertyNames": {"pattern": f"^(-?[0-9]+|{CALENDAR_DATE})$"},
        "additionalProperties": {"type": "number", "exclusiveMinimum": 0, "maximum": LARGEST},
        "minProperties": 1,
    }
    kinds = []
    for kind in DATE_KINDS:
        n = len(PARAMETERS.get(kind, ()))
        bounds = {"minItems": n, "maxItems": n} if n else {}
        values = {**listed, **bounds} if n else {"anyOf": [listed, weights]}
        kinds.append(
            {
                "type": "object",
                "properties": {kind: values},
                "required": [kind],
                "additionalProperties": False,
            }
        )
    return {"anyOf": kinds}


def whole_number(value: object) -> int | None:
    """The int that a whole number is, whether or not it has a point; None for anything else.

    Examples
    --------
    >>> whole_number(20), whole_number(20.0), whole_number(20.5), whole_number(True)
    (20, 20, None, None)
    """
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return int(value) if isinstance(value, int) and not isinstance(value, bool) else None


@dataclass(frozen=True)
class Whole(Marker):
    """A whole number in a closed range.

    Examples
    --------
    >>> Whole(1, 36500).checked(180), Whole(1, 36500).checked(180.0)
    (180, 180)
    """

    low: int
    high: int

    @property
    def must(self) -> str:
        """A whole number in the range."""
        return f"must be a whole number between {self.low} and {self.high}"

    def checked(self, value: Any) -> int:
        """The whole number."""
        number = whole_number(value)
        if number is None or not self.low <= number <= self.high:
            raise refusal(self.must)
        return number

    def json_schema(self) -> dict[str, Any]:
        """An integer in the range."""
        return {"type": "integer", "minimum": self.low, "maximum": self.high}


@dataclass(frozen=True)
class Date(Whole):
    """A day in a closed range, or a law of days that is drawn once a run.

    Examples
    --------
    >>> Date(1, 36500).checked(60), Date(1, 36500).checked({"uniform": [60, 120]}).last
    (60, 120)
    """

    @property
    def must(self) -> str:
        """A day in the range, or a law of days."""
        return f"{super().must} or a distribution of days"

    def checked(self, value: Any) -> Any:
        """The number of a day, or a law of days in the range."""
        if isinstance(value, DrawnDate):
            value = value.as_dict()
        if isinstance(value, dict):
            try:
                return drawn_date_from(value, self.low, self.high)
            except ValueError as error:
                raise refusal(str(error)) from None
        return super().checked(value)

    def json_schema(self) -> dict[str, Any]:
        """An integer in the range, or an object with one law of days."""
        return {"anyOf": [super().json_schema(), date_law_schema()]}


@dataclass(frozen=True)
class OneOf(Marker):
    """A name out of a fixed few.

    Examples
    --------
    >>> OneOf("stage", ("talks", "left")).checked("talks")
    'talks'
    """

    what: str
    names: tuple[str, ...]

    @property
    def must(self) -> str:
        """One of the names."""
        return f"must be a {self.what} out of {', '.join(self.names)}"

    def checked(self, value: Any) -> str:
        """The name."""
        if not isinstance(value, str) or value not in self.names:
            close = closest(value, self.names) if isinstance(value, str) else ""
            raise refusal(self.must + close)
        return value

    def json_schema(self) -> dict[str, Any]:
        """An enumeration of the names."""
        return {"enum": list(self.names)}


@dataclass(frozen=True)
class TextField(Marker):
    """Text of bounded length, of a pattern if one is given; ``form`` says it in words.

    Examples
    --------
    >>> TextField("text", 10).checked("Poland")
    'Poland'
    """

    form: str
    longest: int = 100_000
    pattern: str = ""
    refused: tuple[str, ...] = ()
    shortest: int = 0

    @property
    def must(self) -> str:
        """Text of the form."""
        return f"must be {self.form}"

    def checked(self, value: Any) -> str:
        """The text."""
        right = isinstance(value, str) and self.shortest <= len(value) <= self.longest
        if right and self.pattern:
            right = re.fullmatch(self.pattern, value) is not None
        if not right:
            raise refusal(self.must)
        if value in self.refused:
            raise refusal("has a meaning of its own here; another name is needed")
        return str(value)

    def json_schema(self) -> dict[str, Any]:
        """A string of bounded length."""
        schema: dict[str, Any] = {"type": "string", "maxLength": self.longest}
        if self.shortest:
            schema["minLength"] = self.shortest
        if self.pattern:
            schema["pattern"] = f"^{self.pattern}$"
        if self.refused:
            schema["not"] = {"enum": list(self.refused)}
        return schema


@dataclass(frozen=True)
class DrawsTable(Marker):
    """Joint draws; in a file, the path of their table, alone or with its SHA-256, or several."""

    @property
    def must(self) -> str:
        """Where they stand."""
        return (
            "must be the path of a table, {table: ..., sha256: ...}, posterior, or a list of these"
        )

    def checked(self, value: Any) -> JointDraws:
        """The draws."""
        if not isinstance(value, JointDraws):
            raise refusal(self.must)
        return value

    def json_schema(self) -> dict[str, Any]:
        """A path, or an object that names it."""
        path = {"type": "string", "minLength": 1}
        stored = {
            "type": "object",
            "properties": {"table": path, "sha256": path},
            "required": ["table"],
            "additionalProperties": False,
        }
        one = {"anyOf": [path, stored]}
        several = {"type": "array", "items": one, "minItems": 1}
        return {"anyOf": [path, stored, several, {"type": "null"}]}


@dataclass(frozen=True)
class About:
    """What a field means, in one line, and the unit in which it is counted."""

    help: str
    unit: str = ""

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """The field's schema with its description."""
        return {**handler(schema), "description": f"{self.help}."}


@dataclass(frozen=True)
class FieldType:
    """What a field of a model may hold, as its annotation says.

    Attributes
    ----------
    attribute : str
        The field's name in Python; empty for members of a mapping or list.
    marker : Marker or None
        The check of a single value; None for models, mappings and lists.
    model : type or None
        The model of a part.
    members : FieldType or None
        What the values of a mapping, or the items of a list, may be.
    about : About
        What the field means; members are about what their mapping or list is about.
    """

    attribute: str = ""
    marker: Marker | None = None
    model: type[BaseModel] | None = None
    members: FieldType | None = None
    about: About = About("")

    def below(self, step: str) -> FieldType | None:
        """The type of a field of the model, or of a member; None if there can be none."""
        return self.members if self.model is None else field_types(self.model).get(step)


@cache
def field_types(model: type[BaseModel]) -> Mapping[str, FieldType]:
    """The fields of a model under their names in a file."""
    return {
        field.alias or name: replace(_type_of(field.annotation, field.metadata), attribute=name)
        for name, field in model.model_fields.items()
    }


def _type_of(annotation: Any, metadata: Sequence[Any]) -> FieldType:
    """What an annotation allows; of a union with None, what its other member allows."""
    arguments = [each for each in get_args(annotation) if each is not NoneType]
    if get_origin(annotation) is Annotated:
        return _type_of(arguments[0], [*arguments[1:], *metadata])
    about = next((each for each in metadata if isinstance(each, About)), About(""))
    marker = next((each for each in metadata if isinstance(each, Marker)), None)
    found = FieldType(marker=marker, about=about)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        found = replace(found, model=annotation)
    if marker is not None or found.model is not None:
        return found
    if get_origin(annotation) is dict:
        return replace(found, members=_type_of(arguments[1], [about]))
    if get_origin(annotation) is tuple:  # of a record such as a dyad, its last item is the number
        item = arguments[0] if Ellipsis in arguments else arguments[-1]
        return replace(found, members=_type_of(item, [about]))
    return _type_of(arguments[0], [about]) if len(arguments) == 1 else found
