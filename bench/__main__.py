"""`python -m bench [NAME]`: run every benchmark of this folder, or one; each in a process of its own.

A benchmark is a module with `main()`, which prints a table and, as its last line, one JSON object: {"bench": NAME,
"ratios": {PEER: ours over the peer's per CPU-second}, "figures": {…}}. One that cannot run here says why and exits
with an error.
"""

import ast
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent


def benchmarks() -> list[str]:
    """The names of the modules that have a `main()`."""
    return sorted(path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_") and _has_main(path))


def _has_main(path: Path) -> bool:
    tree = ast.parse(path.read_text("utf-8"))
    return any(isinstance(node, ast.FunctionDef) and node.name == "main" for node in tree.body)


def main(arguments: list[str]) -> int:
    """Run what is asked for; 1 if one of them failed, 2 if there is none of that name."""
    known = benchmarks()
    unknown = [name for name in arguments if name not in known]
    if unknown:
        print(f"no benchmark {unknown[0]!r}: there are {', '.join(known)}", file=sys.stderr)
        return 2
    failed = []
    for name in arguments or known:
        print(f"== {name}", flush=True)
        code = subprocess.run(
            (sys.executable, "-c", f"import bench.{name} as b; b.main()"), cwd=FOLDER.parent
        ).returncode
        if code:
            failed.append(name)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
