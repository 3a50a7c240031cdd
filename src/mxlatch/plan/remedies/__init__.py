"""The remedies, one file each: `ID`, and what it offers. A new remedy is a new module here; nothing lists them.

`propose(seen)`: where it would close a way round; the search takes the cheapest that do. `also(seen)`: what should be
done in any case; `cannot(seen)`: what should be too, and the remedy cannot do. `shape(seen)`: how the mail is laid out,
which a profile asks for and which closes nothing by itself.
"""

from collections.abc import Callable, Iterator
from importlib import import_module
from pkgutil import iter_modules

from mxlatch.plan.proposal import Proposal, Seen
from mxlatch.plan.result import StaysOpen

Propose = Callable[[Seen], Iterator[Proposal]]

_MODULES = [import_module(f"{__name__}.{found.name}") for found in sorted(iter_modules(__path__))]
_CLOSING: tuple[Propose, ...] = tuple(module.propose for module in _MODULES if hasattr(module, "propose"))
_ALSO: tuple[Propose, ...] = tuple(module.also for module in _MODULES if hasattr(module, "also"))
_CANNOT: tuple[Callable[[Seen], Iterator[StaysOpen]], ...] = tuple(
    module.cannot for module in _MODULES if hasattr(module, "cannot")
)
_SHAPES: dict[str, Propose] = {module.ID: module.shape for module in _MODULES if hasattr(module, "shape")}

IDS: tuple[str, ...] = tuple(sorted(module.ID for module in _MODULES))


def proposals(seen: Seen) -> tuple[Proposal, ...]:
    """Every remedy for every place where it would help."""
    return tuple(proposal for propose in _CLOSING for proposal in propose(seen))


def in_any_case(seen: Seen) -> tuple[Proposal, ...]:
    """What should be done whatever else is."""
    return tuple(proposal for also in _ALSO for proposal in also(seen))


def not_to_be_done(seen: Seen) -> tuple[StaysOpen, ...]:
    """What should be done whatever else is, and no remedy can."""
    return tuple(each for cannot in _CANNOT for each in cannot(seen))


def shaped(shape: str, seen: Seen) -> tuple[Proposal, ...]:
    """The remedy of that id as a layout.

    Raises:
        Impossible: it cannot be had here.
    """
    return tuple(_SHAPES[shape](seen))
