"""A scan as text for people and as JSON for programs: which doors nobody authorised, and what is known of the rest."""

from collections.abc import Iterator

import msgspec

from mxlatch.report.escape import clipped, json_text
from mxlatch.report.layout import Ink, Style, paragraph
from mxlatch.terms.scan import Opening, Scan, Swept
from mxlatch.terms.wording import counted

SCHEMA = "mxlatch.scan/1"
_HOW = {
    "connect": "by connections",
    "syn": "by SYN packets",
    "nmap": "as nmap tells",
    "masscan": "as masscan tells",
    "zgrab2": "as zgrab2 tells",
}
_SPEAKS = {"smtp": "SMTP", "other": "not SMTP", "nothing": "no greeting", "not-asked": "greeting not read"}


def as_json(scan: Scan) -> str:
    """The whole scan; `open` stands in each block."""
    whole = {
        "schema": SCHEMA,
        "sentence": sentence(scan),
        "complete": scan.complete,
        **msgspec.to_builtins(scan),
        "blocks": [{**msgspec.to_builtins(block), "unknown": block.unknown} for block in scan.blocks],
    }
    return json_text(whole) + "\n"


def text(scan: Scan, style: Style) -> str:
    """For a terminal."""
    ink = Ink.BAD if scan.strays else Ink.GOOD if scan.complete else Ink.DOUBT
    lines = [style.paint(line, ink) for line in paragraph(style.safe(sentence(scan)), style.room)]
    for block in scan.blocks:
        lines += ["", *_block(block, style)]
    lines += ["", *_control(scan, style)]
    return "".join(f"{line}\n" for line in lines)


def sentence(scan: Scan) -> str:
    """What came of it."""
    doors = sum(opening.speaks == "smtp" for opening in scan.open)
    found = f"{counted(doors, 'door')} found"
    if scan.strays:
        found += f", {len(scan.strays)} of them not authorised by the inventory"
    elif doors:
        found += ", all of them authorised by the inventory"
    if scan.interrupted:
        return f"{found}; broken off before the end."
    unknown = sum(block.unknown for block in scan.blocks)
    unclear = [*([f"{unknown} address-port pairs unknown"] if unknown else ())]
    if scan.imported:
        unclear.append("of what the files do not show open nothing is known")
    if scan.unclear:
        unclear.append(f"{len(scan.unclear)} open on a port of mail, and gave no greeting")
    return f"{found}; incomplete: {'; '.join(unclear)}." if unclear else f"{found}; of everything else it is known."


def _block(block: Swept, style: Style) -> Iterator[str]:
    passes = f", {counted(block.passes, 'pass', 'passes')}" if block.passes else ""
    head = f"{block.block} port {block.ports}, {_HOW[block.how]}{passes}"
    yield from paragraph(style.safe(head + (f" ({block.granted})" if block.granted else "")), style.room, "", "    ")
    for opening in block.open:
        yield from _opening(opening, style)
    counts = f"{len(block.open)} open"
    if block.passes or block.unasked:
        counts += f", {block.closed} closed, {block.filtered} filtered, {block.unknown} unknown"
    yield from paragraph(counts + _of_unknown(block), style.room, "  ")
    for reason in block.left_out:
        yield from paragraph(style.safe(f"left out: {reason}"), style.room, "  ")


def _of_unknown(block: Swept) -> str:
    parts = {
        "refused without the control": block.refused - block.closed,
        "silent without the control or a second pass": block.silent - block.filtered,
        "without a way there": block.unreachable,
        "not asked": block.unasked,
    }
    told = [f"{count} {what}" for what, count in parts.items() if count]
    return f" ({', '.join(told)})" if told else ""


def _opening(opening: Opening, style: Style) -> Iterator[str]:
    match opening.authorised:
        case True:
            known, ink = "listed", None
        case False:
            known, ink = "LISTED AS NOT AUTHORISED", Ink.BAD
        case None:
            known, ink = "NOT LISTED", Ink.BAD
    words = [opening.id, _SPEAKS[opening.speaks]]
    if opening.speaks == "smtp":
        words.append(f"{known} ({opening.role})" if opening.role else known)
    told = ": ".join(filter(None, (opening.software, opening.banner or opening.reason)))
    first, *rest = paragraph(style.safe(clipped("  ".join(filter(None, (*words, told))))), style.room, "  ", "      ")
    yield style.paint(first, ink if opening.speaks == "smtp" else None)
    yield from rest


def _control(scan: Scan, style: Style) -> Iterator[str]:
    if scan.imported:
        return
    held = [f"{family} port {', '.join(map(str, ports))}" for family, ports in sorted(scan.controlled.items()) if ports]
    what = "; ".join(held) or "nowhere"
    yield from paragraph(
        style.safe(
            f"Positive control (something on that port opened to this vantage, {scan.vantage}): {what}. Without it a "
            "refusal or silence may be the doing of this machine's own network."
        ),
        style.room,
    )
