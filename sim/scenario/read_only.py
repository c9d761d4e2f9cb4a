"""Mappings that refuse changes."""

from __future__ import annotations

from typing import Any, NoReturn


class ReadOnlyDict(dict[str, Any]):
    """A dict of a scenario, which never changes once it is made.

    Examples
    --------
    >>> capacity = ReadOnlyDict(ground=2.0)
    >>> capacity == {"ground": 2.0}, {**capacity, "air": 1.0}
    (True, {'ground': 2.0, 'air': 1.0})
    >>> capacity["ground"] = 3.0
    Traceback (most recent call last):
        ...
    TypeError: a scenario does not change; Scenario.with_changes makes another one
    """

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("a scenario does not change; Scenario.with_changes makes another one")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> Any:  # pickled and copied whole, not entry by entry
        return type(self), (dict(self),)
