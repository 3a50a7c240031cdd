"""What `--with` joins to a run: looks from other vantages (bundles), and canaries that proved a path."""

from collections.abc import Iterable
from pathlib import Path

from mxlatch.audit import bundle
from mxlatch.audit.log import Log
from mxlatch.cli.exits import CannotRead
from mxlatch.cli.files import read_text
from mxlatch.terms.evidence import Evidence

_CANARY = b'"mxlatch.canary/'
_HEAD = 4096  # octets of a file that tell what it is


def join(files: Iterable[str]) -> tuple[tuple[Log, ...], dict[str, dict[str, Evidence]]]:
    """The other looks, and by domain and door the canaries that arrived without meeting a filter.

    Raises:
        CannotRead: with the system's reason. InputError: it is neither.
    """
    looks: list[Log] = []
    proven: dict[str, dict[str, Evidence]] = {}
    for file in files:
        if _is_canary(file):
            domain, doors = _canaries(file)
            proven.setdefault(domain, {}).update(doors)
        else:
            looks.append(load(file))
    return tuple(looks), proven


def load(saved: str) -> Log:
    """The log of a bundle.

    Raises:
        CannotRead: with the system's reason.
        InputError: it is no bundle.
    """
    try:
        return bundle.load(Path(saved))
    except OSError as error:
        raise CannotRead(f"bundle {saved}: {(error.strerror or str(error)).lower()}") from None


def _is_canary(file: str) -> bool:
    try:
        with Path(file).open("rb") as opened:
            return _CANARY in opened.read(_HEAD)
    except OSError:  # told by whoever reads it
        return False


def _canaries(file: str) -> tuple[str, dict[str, Evidence]]:
    from mxlatch.canary.conclusion import proven_doors
    from mxlatch.canary.record import load as load_canaries

    run = load_canaries(read_text(file, "canaries"), file)
    return run.domain, proven_doors(run)
