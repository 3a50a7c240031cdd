"""A program that is run: what it says, and that it ends."""

import asyncio
import sys
import time

import pytest

from mxlatch.cli import running


def run(program: str, given: bytes = b""):
    return asyncio.run(running.run((sys.executable, "-I", "-c", program), given))


def test_what_it_prints_and_how_it_ends():
    done = run("import sys; print(sys.stdin.read()); print('why', file=sys.stderr); sys.exit(3)", b"a ruleset")
    assert (done.code, done.out, done.err) == (3, "a ruleset\n", "why\n")


def test_much_in_and_much_out_at_once():
    done = run("import sys; [print(line, end='') for line in sys.stdin]", b"element\n" * 500_000)
    assert (done.code, len(done.out)) == (0, 4_000_000)


def test_one_that_does_not_read():
    assert run("print('done')", b"x" * 4_000_000).code == 0


def test_one_that_is_not_there():
    done = asyncio.run(running.run(("mxlatch-has-no-such-program",), b""))
    assert (done.code, done.out) == (127, "")
    assert "mxlatch-has-no-such-program: No such file" in done.err


@pytest.mark.parametrize("program", ["import time; time.sleep(60)", "while True: print('x' * 1000)"])
def test_one_without_end_is_ended(monkeypatch, program):
    monkeypatch.setattr(running, "_PATIENCE", 0.5)
    monkeypatch.setattr(running, "_LARGEST", 100_000)
    begin = time.monotonic()
    done = run(program)
    assert done.code < 0
    assert len(done.out) < 200_000
    assert time.monotonic() - begin < 30
