"""A test is found by its module's name: src/mxlatch/net/dns.py has tests/net/test_dns.py, and the other way round.

A module of values alone (no function that does anything) needs no test. A room's `__init__.py` that does something is
tested in tests/ROOM/test_init.py.
"""

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
SRC = TESTS.parent / "src" / "mxlatch"

# Modules tested elsewhere, and where.
ELSEWHERE = {
    "audit/result.py": "the reports' tests and the JSON Schema's hold its every field",
}
# Tests of more than one module, and of what.
WIDER = {
    "test_architecture.py": "the whole source",
    "test_mirror.py": "the whole tree",
    "paths/test_brute.py": "world and paths, beside a brute force of every message",
    "test_docs.py": "what the documents say one can type and follow",
    "cli/test_what_nobody_allowed.py": "leave, from the command line to the lab's doors: tries that nobody allowed",
    "cli/test_man.py": "the manual page, docs/man/mxlatch.1, beside every command",
    "data/test_providers.py": "the files in data/providers, and the page on locking providers",
    "plan/providers/test_hostile.py": "every text for servers and consoles, with hostile values in every field",
    "audit/test_on_the_lab.py": "the whole audit, over the lab's odd internets",
    "audit/test_beside_the_lab.py": "paths and verdict over random chains of relays, beside what gets in there",
    "audit/test_hidden_hub.py": "every source of candidates, over the lab",
    "world/test_endpoint_doors.py": "a provider's endpoint, from the question to the verdict",
    "audit/test_silence.py": "world, paths and verdict, with any part of an internet silent",
    "audit/test_hostile_worlds.py": "world, paths and verdict, in the face of servers and bundles that mean harm",
    "simulate/test_page.py": "the figures in docs/explanation/single-pair-sandwich-backup.md",
    "simulate/test_claims.py": "what the old articles claim of layouts, each as a run of the whole room",
    "plan/test_random_worlds.py": "whole plans, beside a brute force that carries them out",
    "audit/test_rules_have_pages.py": "the rules, their pages in data/rules and the index in docs",
}
# Folders of tests that are of no one module.
APART = ("real", "fakes", "corpus")


def modules() -> list[Path]:
    """Every module of the product, below src/mxlatch."""
    return sorted(path.relative_to(SRC) for path in SRC.rglob("*.py"))


def mirrors() -> list[Path]:
    """Every test file that belongs to one module, below tests."""
    found = (path.relative_to(TESTS) for path in TESTS.rglob("test_*.py"))
    return sorted(path for path in found if path.parts[0] not in APART and str(path) not in WIDER)


def acts(source: str) -> bool:
    """True if a module defines a function: there is something to test."""
    return any(isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) for node in ast.walk(ast.parse(source)))


def mirror(module: Path) -> Path:
    """Where a module's test is."""
    return module.with_name(f"test_{module.stem.strip('_')}.py")


@pytest.mark.parametrize("module", modules(), ids=str)
def test_every_module_has_its_test(module: Path) -> None:
    if str(module) in ELSEWHERE or not acts((SRC / module).read_text()):
        return
    assert (TESTS / mirror(module)).exists(), f"src/mxlatch/{module} has no test: write tests/{mirror(module)}"


@pytest.mark.parametrize("test", mirrors(), ids=str)
def test_every_test_has_its_module(test: Path) -> None:
    known = {mirror(module) for module in modules()}
    assert test in known, (
        f"tests/{test} tests no module of that name: rename it, or name it in WIDER with what it tests"
    )


def test_the_exceptions_are_still_needed() -> None:
    gone = [name for name in ELSEWHERE if not (SRC / name).exists()]
    gone += [name for name in WIDER if not (TESTS / name).exists()]
    assert not gone, f"named as exceptions and not there: {gone}"
