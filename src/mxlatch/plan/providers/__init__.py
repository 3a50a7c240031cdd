"""Who writes a plan's changes down for a tool, and who carries them out: one provider a file.

A new provider is a new module here and a test; nothing lists them. `plan.provider` has the words. Every module has

    NAME    what `plan --as NAME` calls it: "zone", "nsupdate", "nftables"
    TITLE   what it is, in a few words
    KINDS   the kinds of change (classes of `plan.change`) that it can write down
    render(plan, given) -> tuple[Written, ...]

What it cannot write down it says at the head of its text (`left_out`). A foreign text that it was given and that does
not fit the plan raises `InputError` with file, line and remedy; nothing is guessed. Without a change of its kinds it
gives no text.

A module that can also carry changes out has, beside these or instead, what `plan.provider.Carrier` says: `group`,
`look`, `carry_out`, `undo` and `holds`. A module with neither `render` nor `carry_out` is part of another one.
"""

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules
from typing import cast

from mxlatch.plan.provider import Carrier, Renderer

_MODULES = [import_module(f"{__name__}.{found.name}") for found in sorted(iter_modules(__path__), key=lambda m: m.name)]

RENDERERS: Mapping[str, Renderer] = {
    module.NAME: cast("Renderer", module) for module in _MODULES if hasattr(module, "render")
}
CARRIERS: tuple[Carrier, ...] = tuple(cast("Carrier", module) for module in _MODULES if hasattr(module, "carry_out"))
