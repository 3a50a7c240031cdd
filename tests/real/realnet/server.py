"""A real server on a host: started in a root of its own, waited for, stopped, its log at hand."""

import sys
from collections.abc import Callable
from pathlib import Path

from realnet.network import Host, Process, wait_until
from realnet.roots import enter, remove

sys.path.insert(0, str(Path(__file__).parents[1]))
from install import tree


class Server:
    """One server process on one host. `folder` is its /srv; `log_file` in it, or what it prints, is its log."""

    def __init__(
        self, host: Host, kind: str, ready: Callable[[], bool], argv: Callable[[], tuple[str, ...]], log_file: str = ""
    ) -> None:
        self.host, self.kind = host, kind
        self._ready, self._argv = ready, argv
        self._log_file = host.folder / kind / log_file if log_file else None
        self._process: Process | None = None
        self._output = host.folder / f"{kind}.output"
        self.start()

    @property
    def running(self) -> bool:
        """True between start and stop."""
        return self._process is not None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        assert self._process is None
        self._process = process = self.host.spawn(*self._argv(), output=self._output.name)

        def answers_or_died() -> bool:
            return not process.running or self._ready()

        wait_until(answers_or_died, f"{self.kind} on {self.host.name}")
        if not process.running:
            raise AssertionError(f"{self.kind} on {self.host.name} did not stay up:\n{self.log()}")

    def stop(self) -> None:
        """End it at once, as a power cut would; the host itself stays, and refuses connections."""
        if self._process is not None:
            self._process.stop()
            remove(self.host.folder / self.kind)
        self._process = None

    def log(self) -> str:
        """All that it has logged since its first start."""
        files = [self._output, *([self._log_file] if self._log_file else [])]
        return "".join(file.read_text(errors="replace") for file in files if file.exists())


def in_root(host: Host, kind: str, script: str, files: dict[str, str]) -> Callable[[], tuple[str, ...]]:
    """Write a server's files into its /srv and say how to start it: the command for `Server`."""
    folder = host.folder / kind
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    for name, text in files.items():
        (folder / name).write_text(text)
    return lambda: enter(tree(kind), folder, "127.0.0.1", script)
