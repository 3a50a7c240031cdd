"""The rules, one file each: `RULE` says what must hold, `check(world, paths)` finds where it does not.

A new rule is a new module here and a page in `data/rules`; nothing lists them. Checks speak only of what was found or
is surely absent: what nobody could judge is in `world.not_judged` already and is nobody's fault.
"""

from collections.abc import Callable, Iterator
from importlib import import_module
from pkgutil import iter_modules

from mxlatch.paths.model import Paths
from mxlatch.terms.finding import Finding
from mxlatch.terms.rule import Rule
from mxlatch.world.model import World

Check = Callable[[World, Paths], Iterator[Finding]]

_MODULES = [import_module(f"{__name__}.{found.name}") for found in sorted(iter_modules(__path__))]
_CHECKS: tuple[tuple[Rule, Check], ...] = tuple((module.RULE, module.check) for module in _MODULES)

RULES: tuple[Rule, ...] = tuple(sorted((rule for rule, _ in _CHECKS), key=lambda rule: rule.id))


def run_all(world: World, paths: Paths) -> tuple[Finding, ...]:
    """Every finding, each once: the worst first, then by rule, subject and message."""
    found = [finding for _, check in _CHECKS for finding in check(world, paths)]
    return tuple(sorted(dict.fromkeys(found), key=_order))


def _order(finding: Finding) -> tuple[int, str, str, str]:
    return finding.severity.rank, finding.id, finding.subject, finding.message
