"""The colours of a page, light and dark, as variables of a style sheet: those of the figures."""

from __future__ import annotations

from collections.abc import Mapping

from sim.plots.catalogue import import_drawing


def colour_rules(more: Mapping[str, tuple[str, str]]) -> str:
    """Variables for light and for dark screens; what is printed is light.

    Parameters
    ----------
    more : mapping of str to (str, str)
        Names of further variables with their light and dark colours.
    """
    theme = import_drawing("sim.plots.theme")
    pairs = {
        name: (getattr(theme.LIGHT, name), getattr(theme.DARK, name))
        for name in ("paper", "ink", "faint", "grid", "public", "private")
    }
    for name in ("left", "pledged"):
        pairs[name] = (theme.LIGHT.stages[name], theme.DARK.stages[name])
    for place in range(len(theme.LIGHT.chances)):
        pairs[f"chance-{place}"] = (theme.LIGHT.chances[place], theme.DARK.chances[place])
    pairs |= more
    light, dark = (
        "".join(f"--{name}:{pair[side]};" for name, pair in pairs.items()) for side in (0, 1)
    )
    return (
        f":root{{color-scheme:light dark;{light}}}\n"
        f"@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"
        "@media print{:root{color-scheme:light}}\n"
    )
