"""The house's rules, held by reading the source: which room may import which, and what those that judge may not touch.

DESIGN 4 in one table each. A fault reads as a sentence with its file, line and rule.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SRC = Path(__file__).parent.parent / "src"

# Imports point down: a room may import those of the lower steps, and nothing beside it or above it.
STEPS = (
    ("terms",),
    ("wire",),
    ("inventory",),
    ("data",),
    ("world",),
    ("paths",),
    ("net",),
    ("audit",),
    ("plan",),
    ("lab", "canary", "cases", "guard", "traces", "simulate"),
    ("watch", "survey"),
    ("cli",),
)
STEP = {room: height for height, rooms in enumerate(STEPS) for room in rooms}
REPORT_MAY = ("mxlatch.terms", "mxlatch.report", "mxlatch.plan.change")  # a plan's result is made of changes
REPORT_FOR = ("cli", "watch", "report")

# What judges: facts and `now` come in, values go out. Prefixes of module names, the longest one decides.
JUDGES = {
    "terms": True,
    "wire": True,
    "inventory": True,
    "world": True,
    "paths": True,
    "audit": True,
    "audit.collect": False,  # the loop
    "audit.bundle": False,  # the file
    "plan": True,
    "plan.providers": False,
    "cases": True,
    "cases.store": False,  # the file
    "canary": True,
    "canary.mailboxes": False,  # the files
    "canary.run": False,  # the wait
    "simulate": True,
    "guard.decision": True,
    "report": True,
}
TOUCHES = frozenset(
    {"socket", "ssl", "asyncio", "select", "selectors", "urllib.request", "http"}
    | {"time", "random", "secrets", "uuid", "locale", "getpass", "logging"}
    | {"os", "pathlib", "io", "tempfile", "shutil", "sqlite3", "subprocess", "threading", "multiprocessing"}
    | {"mxlatch.data"}
)
CLOCKS = frozenset({"now", "utcnow", "today"})  # of datetime and date

ANYWHERE = frozenset({"msgspec"})
# Third-party packages that more than one room needs, and where. Any other belongs to one room.
SHARED = {
    "dns": ("wire.dns.full", "lab", "plan.providers"),  # dnspython: odd messages, the lab's zones, zones and updates
    "cryptography": ("net", "lab"),  # what a certificate says, and the lab's own certificates
}
SPEAKERS = ("cli", "guard.fronts", "watch.web")  # they alone print and exit
OUTWARD = frozenset({"create_connection", "open_connection", "create_datagram_endpoint", "sock_connect", "sendto"})
OPENERS = ("net", "lab")  # the lab's own honest senders and bots stay on the loopback


def modules() -> list[Path]:
    """Every module of the product."""
    return sorted((SRC / "mxlatch").rglob("*.py"))


def within(name: str, places: tuple[str, ...] | frozenset[str]) -> bool:
    """True if a dotted name is one of these places or stands inside one."""
    return any(name == place or name.startswith(place + ".") for place in places)


def dotted(path: Path) -> str:
    """The module's name below mxlatch: "net.gate"; "" for the package itself. `python -m mxlatch` is the cli's."""
    parts = path.relative_to(SRC / "mxlatch").with_suffix("").parts
    if parts == ("__main__",):
        return "cli.__main__"
    return ".".join(part for part in parts if part != "__init__")


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and full dotted name of everything imported, wherever in the module it stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield node.lineno, f"{'.' * node.level}{node.module or ''}.{alias.name}"


def judges(module: str) -> bool:
    """True for a module that must not touch the world."""
    known = [prefix for prefix in JUDGES if within(module, (prefix,))]
    return bool(known) and JUDGES[max(known, key=len)]


def wrong_arrow(module: str, name: str) -> str:
    """Why this module may not import this name of ours; "" if it may."""
    if name.startswith("."):
        return "relative import: write the full name"
    if name != "mxlatch" and not name.startswith("mxlatch."):
        return ""
    room, other = module.partition(".")[0], name.partition(".")[2].partition(".")[0]
    if room in ("", other) or name.startswith("mxlatch.__"):
        return ""
    if room == "report":
        allowed = within(name, REPORT_MAY) or name.split(".")[2:3] == ["result"]
        return "" if allowed else "report imports terms, each room's result.py and plan.change only"
    if other == "report":
        return "" if room in REPORT_FOR else "only cli and watch import report"
    if other not in STEP or room not in STEP:
        return (
            f"{other if room in STEP else room} is no room of the house: give it a step in tests/test_architecture.py"
        )
    lower = [known for known in STEP if STEP[known] < STEP[room]]
    return "" if other in lower else f"{room} may import {', '.join(reversed(lower)) or 'no other room'}"


def wrong_package(module: str, name: str) -> str:
    """Why this module may not import this third-party package; "" if it may. One room each is held elsewhere."""
    package = name.partition(".")[0]
    if package in SHARED and not within(module, SHARED[package]):
        return f"{package} is for {' and '.join(SHARED[package])}"
    return ""


def third_party(name: str) -> str:
    """The package, "" for the standard library and our own."""
    package = name.partition(".")[0]
    return "" if package in sys.stdlib_module_names or package in ("mxlatch", "") else package


def calls(tree: ast.AST) -> Iterator[tuple[int, str, str]]:
    """Line, what is called, and on what: `datetime.now()` gives ("now", "datetime")."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node.lineno, node.func.attr, ast.unparse(node.func.value)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.lineno, node.func.id, ""


def wrong_call(module: str, called: str, on: str) -> str:
    """Why this module may not make this call; "" if it may."""
    if judges(module) and (called in CLOCKS and on.split(".")[-1] in ("datetime", "date")):
        return "what judges reads no clock: let `now` come in"
    if judges(module) and called == "open" and not on:
        return "what judges opens no file: let the text come in"
    if not within(module, SPEAKERS) and (called, on) in (("print", ""), ("exit", ""), ("exit", "sys"), ("_exit", "os")):
        return "only cli prints and exits"
    if called in OUTWARD and not within(module, OPENERS):
        return "only net opens a way out, through net.gate"
    return ""


def faults(module: str, source: str) -> Iterator[tuple[int, str]]:
    """Line and sentence for each rule that this source breaks."""
    tree = ast.parse(source)
    for line, name in imports(tree):
        if rule := wrong_arrow(module, name):
            yield line, f"imports {name}: {rule}"
        if judges(module) and within(name, TOUCHES):
            yield line, f"imports {name}: {module.partition('.')[0]} judges and touches nothing: let the fact come in"
        if third_party(name) and (rule := wrong_package(module, name)):
            yield line, f"imports {name}: {rule}"
    for line, called, on in calls(tree):
        if rule := wrong_call(module, called, on):
            yield line, f"calls {on + '.' if on else ''}{called}: {rule}"


@pytest.mark.parametrize("path", modules(), ids=lambda path: dotted(path) or "mxlatch")
def test_each_module_keeps_the_rules(path: Path) -> None:
    told = [f"{path}:{line}: {sentence}" for line, sentence in faults(dotted(path), path.read_text())]
    assert not told, "\n" + "\n".join(told)


def test_each_third_party_package_has_one_room() -> None:
    seen: dict[str, dict[str, str]] = {}
    for path in modules():
        for line, name in imports(ast.parse(path.read_text())):
            package = third_party(name)
            if package and package not in ANYWHERE and package not in SHARED:
                seen.setdefault(package, {}).setdefault(dotted(path).partition(".")[0], f"{path}:{line}")
    told = [
        f"{package}: one room each, but it is imported at {' and '.join(where.values())}"
        for package, where in seen.items()
        if len(where) > 1
    ]
    assert not told, "\n".join(told)


@pytest.mark.parametrize(
    ("module", "source", "sentence"),
    [
        ("paths.find", "import asyncio", "paths judges"),
        ("audit.verdict", "from pathlib import Path", "audit judges"),
        ("audit.checks.mx003", "def f():\n    import random", "audit judges"),
        ("wire.smtp.probe", "import urllib.request", "wire judges"),
        ("world.build", "from mxlatch.data import providers", "world judges"),
        ("audit.collect", "import asyncio", None),
        ("audit.bundle", "from pathlib import Path", None),
        ("inventory.leave", "from datetime import datetime\nx = datetime.now()", "reads no clock"),
        ("inventory.leave", "from datetime import UTC, datetime", None),
        ("inventory.read", "x = open('a')", "opens no file"),
        ("net.gate", "from mxlatch.audit.run import collect", "net may import"),
        ("net.gate", "from mxlatch.inventory.leave import Leave", None),
        ("terms.door", "import mxlatch.wire", "terms may import no other room"),
        ("guard.decision", "from mxlatch.traces import read", "guard may import"),
        ("audit.run", "from ..net import ask", "relative import"),
        ("audit.run", "from mxlatch.report import text", "only cli and watch import report"),
        ("cli.audit", "from mxlatch.report import text", None),
        ("report.text", "from mxlatch.audit.result import Audit", None),
        ("report.text", "from mxlatch.audit.verdict import judge", "report imports terms, each"),
        ("cellar.rats", "from mxlatch.terms.door import Door", "no room of the house"),
        ("net.dns", "import dns.message", "dns is for wire.dns.full and lab and plan.providers"),
        ("wire.dns.full", "import dns.message", None),
        ("audit.run", "print('hello')", "only cli prints"),
        ("cli.audit", "print('hello')", None),
        ("net.ask", "import sys\nsys.exit(1)", "only cli prints and exits"),
        ("audit.run", "loop.create_connection(None)", "only net opens"),
        ("net.smtp", "loop.create_connection(None)", None),
    ],
)
def test_a_broken_rule_is_seen(module: str, source: str, sentence: str | None) -> None:
    told = [text for _, text in faults(module, source)]
    if sentence is None:
        assert told == []
    else:
        assert any(sentence in text for text in told), told
