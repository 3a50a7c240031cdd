"""The audit as one HTML file: no script, nothing loaded from anywhere, to be mailed, printed or attached to a ticket.

Its content security policy forbids everything but its own style sheet (by hash, CSP level 2), so that even a fault in
the escaping could not run anything.
"""

from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256

from mxlatch.audit.result import Audit, HopResult, NameResult, PathResult, PropertyResult
from mxlatch.report import outline, svg, vantages
from mxlatch.report.escape import shown
from mxlatch.report.markup import Element, Node, Sheet, element, written
from mxlatch.report.outline import Cell, DoorRow, FindingGroup, Unsaid
from mxlatch.terms import latch
from mxlatch.terms.door import DoorVerdict
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.finding import Finding, NotAsked, NotJudged

_AT_ONCE = 3  # pieces of evidence, ways and addresses in sight; the others open by a click
_FINDINGS_AT_ONCE = 10  # of one rule
_NOT_FOLLOWED_AT_ONCE = 8
_BROKEN_AT_ONCE = 7  # as many as there are properties; policies there may be more

_CELL_WORDS = {
    latch.FOUND: "yes",
    latch.LIKELY_FOUND: "likely yes",
    latch.ABSENT: "no",
    latch.LIKELY_ABSENT: "likely no",
    latch.UNKNOWN: "?",
    latch.NOT_ASKED: "not asked",
    "": "",
}
_DOOR_WORDS = {
    DoorVerdict.OPEN: "OPEN",
    DoorVerdict.UNKNOWN: "?",
    DoorVerdict.UNLATCHED: "unlatched",
    DoorVerdict.LIKELY_CLOSED: "likely closed",
    DoorVerdict.CLOSED: "closed",
}

CSS = (
    """
:root{color-scheme:light dark;--paper:#fff;--ink:#1b1f24;--quiet:#57606a;--line:#8c959f;--rule:#d8dee4;--box:#f6f8fa;
--bad:#b42318;--badbox:#fdecea;--doubt:#8a5a00;--good:#1a6b34}
@media (prefers-color-scheme:dark){:root{--paper:#12161b;--ink:#e4e8ec;--quiet:#9aa5b1;--line:#6b7683;--rule:#2c343d;
--box:#1b2128;--bad:#ff8a80;--badbox:#3a1c1c;--doubt:#e3b341;--good:#6fcf87}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:76rem;padding:1rem;background:var(--paper);color:var(--ink);
font:1rem/1.5 system-ui,"Segoe UI","DejaVu Sans",sans-serif;overflow-wrap:anywhere}
h1{font-size:1.5rem;line-height:1.3;margin:.2rem 0 .6rem}
h2{font-size:1.2rem;margin:2.2rem 0 .6rem;border-bottom:1px solid var(--rule);padding-bottom:.2rem}
h3{font-size:1rem;margin:1.4rem 0 .3rem}
.open,.differs{color:var(--bad)}.unknown,.unlatched{color:var(--doubt)}
h1.open{border-left:.4rem solid var(--bad);padding-left:.7rem}
h1.unknown{border-left:.4rem dashed var(--doubt);padding-left:.7rem}
h1.closed{border-left:.4rem solid var(--good);padding-left:.7rem}
.quiet{color:var(--quiet)}
p{margin:.3rem 0}
dl.meta{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem;margin:.5rem 0}
dt{color:var(--quiet)}dd{margin:0}
code,.proof{font:.82rem/1.45 ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace;unicode-bidi:isolate}
td,li,dd{unicode-bidi:isolate}
ol.hops>li{margin:.7rem 0;padding-left:.3rem}
.proof{background:var(--box);border-left:3px solid var(--line);padding:.35rem .6rem;margin:.3rem 0;white-space:pre-wrap}
.proof p{margin:0}
.proof .command::before{content:"$ ";color:var(--quiet)}
.scroll{overflow-x:auto;margin:.5rem 0}
table{border-collapse:collapse;overflow-wrap:normal}
th,td{text-align:left;vertical-align:top;padding:.4rem .6rem;border-bottom:1px solid var(--rule)}
th:first-child{padding-left:0}
thead th{color:var(--quiet);font-weight:normal;white-space:nowrap}
tbody th{font-weight:normal;min-width:15rem;max-width:28rem;overflow-wrap:anywhere}
td{white-space:nowrap}
td.differs{background:var(--badbox);font-weight:bold}
td.open{font-weight:bold}
td.why{white-space:normal;overflow-wrap:anywhere;min-width:14rem}td.why details{font-weight:normal}
.rule{font-weight:bold}
.severity{display:inline-block;min-width:5.5rem;text-transform:uppercase;font-size:.85rem;font-weight:bold}
.critical .severity,.high .severity{color:var(--bad)}.medium .severity{color:var(--doubt)}
.finding{border-left:3px solid var(--rule);padding-left:.8rem;margin:1rem 0}
.finding.critical,.finding.high{border-color:var(--bad)}.finding.medium{border-color:var(--doubt)}
details{margin:.3rem 0}summary{cursor:pointer;color:var(--quiet)}
ul{margin:.2rem 0;padding-left:1.3rem}
a{color:inherit}
article>h2:first-child{font-size:1.4rem;border-bottom:0}
article+article{border-top:3px double var(--line);margin-top:3rem;padding-top:1rem}
svg{display:block;max-width:none}
@media (max-width:30rem){dl.meta{display:block}dd{margin-bottom:.3rem}tbody th{min-width:10rem}
td.why{min-width:9rem}ol.hops{padding-left:1.4rem}}
@media print{html{font-size:11px}body{max-width:none;padding:0}.scroll{overflow:visible}svg{max-width:100%;height:auto}
h2,h3{break-after:avoid}.finding,li,tr{break-inside:avoid}
details::details-content{content-visibility:visible;block-size:auto;opacity:1}}
"""
    + svg.CSS
)


def html(audits: Sequence[Audit]) -> str:
    """The whole page for one or several domains."""
    safe = [shown(audit) for audit in audits]
    ordered = outline.worst_first(safe)
    one = len(safe) == 1
    title = f"mxlatch: {safe[0].domain if one else outline.fleet_sentence(ordered)}"
    body = [element("article", *_domain(safe[0], "d1", "h1"))] if one else _fleet(ordered)
    page = element("html", head(title), element("body", element("main", *body)), lang="en")
    return f"<!DOCTYPE html>\n{written(page)}\n"


def head(title: str, css: str = CSS) -> Element:
    """The head of a page of ours: nothing but its own style sheet is allowed there."""
    digest = b64encode(sha256(css.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="referrer", content="no-referrer"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", title),
        element("style", Sheet(css)),
    )


# Several domains


def _fleet(audits: Sequence[Audit]) -> Iterator[Node]:
    yield element("h1", outline.fleet_sentence(audits))
    if audits:
        heads = ("domain", "verdict", "doors open", "complete", "worst finding")
        rows = [_fleet_row(audit, f"d{number}") for number, audit in enumerate(audits, 1)]
        yield table(heads, rows)
    for number, audit in enumerate(audits, 1):
        yield element("article", *_domain(audit, f"d{number}", "h2"), id=f"d{number}")


def _fleet_row(audit: Audit, anchor: str) -> Element:
    verdict = audit.verdict.value
    return element(
        "tr",
        element("th", element("a", audit.domain, href=f"#{anchor}"), scope="row"),
        element("td", verdict.upper() if verdict == "open" else verdict, class_=verdict),
        element("td", f"{outline.doors_open(audit)} of {len(outline.doors(audit))}"),
        element("td", "yes" if audit.complete else "no"),
        element("td", outline.worst_finding(audit)),
    )


def table(heads: Iterable[str], rows: Iterable[Element]) -> Element:
    """A table that scrolls by itself where the page is too narrow for it."""
    head = element("thead", element("tr", *(element("th", head, scope="col") for head in heads)))
    # A keyboard can scroll only what it can reach.
    return element("div", element("table", head, element("tbody", *rows)), class_="scroll", tabindex=0)


# One domain


def _domain(audit: Audit, anchor: str, heading: str) -> Iterator[Node]:
    yield element(heading, audit.sentence, class_=audit.verdict.value)
    yield _meta(audit)
    yield from _way_round(audit)
    yield from _doors(audit)
    yield from _vantages(audit)
    yield from _picture(audit, anchor)
    yield from _properties(audit)
    yield from _findings(audit)
    yield from _name_servers(audit)
    yield from _unsaid("Not judged: asked, and no clear answer", audit.not_judged)
    yield from _unsaid("Not asked", audit.not_asked)
    yield from _not_followed(audit)


def _meta(audit: Audit) -> Element:
    baseline = ", ".join(audit.baseline) + (f" ({audit.baseline_from})" if audit.baseline_from else "")
    facts = {
        "domain": audit.domain,
        "verdict": f"{audit.verdict.value}, {outline.how_whole(audit)}",
        "seen from": f"{audit.vantage}, {outline.began(audit)}",
        "by leave of": audit.leave,
        "assumed": ", ".join(audit.assumed),
        "not assumed": "; ".join(audit.not_assumed),
        "every door should have": baseline if audit.baseline else "",
    }
    pairs = ((element("dt", name), element("dd", fact)) for name, fact in facts.items() if fact)
    return element("dl", *(node for pair in pairs for node in pair), class_="meta")


def _way_round(audit: Audit) -> Iterator[Node]:
    path = outline.way_round(audit)
    if path is None:
        return
    yield element("h2", "The shortest way round" if outline.is_sure(path) else "A way that could not be judged")
    yield element("p", outline.what_it_passes(path), class_="quiet")
    yield element("ol", *(_hop(hop, audit) for hop in path.hops), class_="hops")
    others = [other for other in outline.ways_round(audit) if other is not path]
    if others:
        listed = element("ul", *(element("li", _other_way(other, audit)) for other in others))
        yield _folded(outline.more_ways(len(others)), listed)


def _hop(hop: HopResult, audit: Audit) -> Element:
    sure = "" if hop.certainty == "proven" else f" [{hop.certainty}]"
    return element("li", f"{hop.text}{sure}", *_proofs(hop.evidence, audit))


def _other_way(path: PathResult, audit: Audit) -> str:
    way = outline.way_text(path.way_in, audit.domain)
    return f"{way}, {' then '.join(path.doors)} ({outline.what_it_passes(path)})"


def _proofs(evidence: Sequence[Evidence], audit: Audit) -> Iterator[Node]:
    yield from (_proof(item, audit) for item in evidence[:_AT_ONCE])
    rest = evidence[_AT_ONCE:]
    if rest:
        yield _folded(f"{len(rest)} more like this", *(_proof(item, audit) for item in rest))


def _proof(item: Evidence, audit: Audit) -> Element:
    said = outline.said_by(item, audit)
    return element(
        "div",
        element("p", item.text),
        element("p", said, class_="quiet") if said else None,
        element("p", item.command, class_="command") if item.command else None,
        class_="proof",
    )


def _folded(summary: str, *inside: Node) -> Element:
    return element("details", element("summary", summary), *inside)


def _doors(audit: Audit) -> Iterator[Node]:
    if not audit.doors:
        return
    yield element("h2", "Doors")
    rows = [_door(row) for row in outline.door_rows(audit)]
    yield table(["door", "verdict", *outline.latches(audit)], rows)
    yield element("p", "! weaker than the baseline or another door. ? asked, and no clear answer.", class_="quiet")
    if vacant := outline.vacant(audit):
        yield element("p", vacant, class_="quiet")


def _door(row: DoorRow) -> Element:
    ids = [door.id for door in row.doors]
    return element(
        "tr",
        element(
            "th",
            *_each_on_a_line(row.ways, "names", None),
            *_each_on_a_line(ids, "addresses", "quiet"),
            element("div", "; ".join(row.about), class_="quiet") if row.about else None,
            scope="row",
        ),
        element("td", _DOOR_WORDS[row.verdict], class_=row.verdict.value),
        *(_cell(cell) for cell in row.cells),
    )


def _each_on_a_line(words: Sequence[str], what: str, kind: str | None) -> Iterator[Node]:
    yield from (element("div", word, class_=kind) for word in words[:_AT_ONCE])
    rest = words[_AT_ONCE:]
    if rest:
        yield _folded(f"{len(rest)} more {what}", *(element("div", word) for word in rest))


def _cell(cell: Cell) -> Element:
    word = _CELL_WORDS.get(cell.state, cell.state)
    return element("td", f"! {word}" if cell.differs else word, class_="differs" if cell.differs else None)


def _vantages(audit: Audit) -> Iterator[Node]:
    if not audit.vantages:
        return
    found = vantages.rows(audit)
    yield element("h2", vantages.TITLE)
    yield table(["door", *(view.vantage for view in audit.vantages)], map(_vantage_row, found))
    lines = [(view.vantage, vantages.about(view, audit)) for view in audit.vantages]
    yield element("ul", *(element("li", f"{name}: {words}") for name, words in lines if words), class_="quiet")
    yield element("p", vantages.legend(found), class_="quiet")


def _vantage_row(row: vantages.Row) -> Element:
    kind = "differs" if row.differs else None
    cells = (element("td", word, class_=kind if word == "open" else None) for word in row.words)
    return element("tr", element("th", row.label, scope="row"), *cells)


def _picture(audit: Audit, anchor: str) -> Iterator[Node]:
    picture = svg.svg(audit, anchor)
    if picture is not None:
        yield element("h2", "The ways of mail")
        yield element("div", picture, class_="scroll", tabindex=0)


def _properties(audit: Audit) -> Iterator[Node]:
    if not audit.properties:
        return
    yield element("h2", outline.PROPERTIES)
    broken, *others = (outline.properties(audit, holds) for holds in (outline.NO, outline.UNKNOWN, outline.YES))
    shown = [*broken[:_BROKEN_AT_ONCE], *(each for group in others for each in group)]
    yield table(["", "holds"], [_property(each, audit) for each in shown])
    if rest := broken[_BROKEN_AT_ONCE:]:
        yield _folded(f"{len(rest)} more do not hold", table(["", "holds"], [_property(each, audit) for each in rest]))


def _property(each: PropertyResult, audit: Audit) -> Element:
    broken, told = each.holds == outline.NO, each.hops and not outline.is_shown_above(audit, each)
    steps = element("ol", *(_hop(hop, audit) for hop in each.hops), class_="hops")
    return element(
        "tr",
        element("th", each.name, scope="row"),
        element(
            "td",
            element("b", "NO: ", outline.why_not(audit, each)) if broken else outline.word(each),
            _folded("step by step" if broken else "what is not known", steps) if told else None,
            class_="why differs" if broken else f"why {each.holds}",
        ),
    )


def _findings(audit: Audit) -> Iterator[Node]:
    groups = outline.finding_groups(audit)
    if groups:
        yield element("h2", f"Findings: {outline.severity_counts(audit)}")
    yield from (_finding_group(group, audit) for group in groups)


def _finding_group(group: FindingGroup, audit: Audit) -> Element:
    count = f" ({len(group.findings)} times)" if len(group.findings) > 1 else ""
    shared = group.common_remedy
    each = [_finding(finding, audit, "" if shared else finding.remedy) for finding in group.findings]
    rest = each[_FINDINGS_AT_ONCE:]
    severity = group.severity.value
    return element(
        "section",
        element("h3", element("span", severity, class_="severity"), element("span", group.id, class_="rule"), count),
        element("ul", *each[:_FINDINGS_AT_ONCE]),
        _folded(f"{len(rest)} more", element("ul", *rest)) if rest else None,
        element("p", element("b", "Remedy: "), shared) if shared else None,
        element("p", "Why, and how it is proved: ", element("code", f"mxlatch explain {group.id}"), class_="quiet"),
        element("p", *_references(group.references), class_="quiet") if group.references else None,
        class_=f"finding {severity}",
    )


def _finding(finding: Finding, audit: Audit, remedy: str) -> Element:
    return element(
        "li",
        outline.statement(finding),
        *_proofs(finding.evidence, audit),
        element("p", element("b", "Remedy: "), remedy) if remedy else None,
    )


def _references(references: Sequence[str]) -> Iterator[Node]:
    for number, reference in enumerate(references):
        yield ", " if number else "See "
        # Only a plain web address becomes a link: whatever else a string may be, it stays text.
        link = reference.startswith("https://")
        yield element("a", reference, href=reference, rel="noreferrer noopener") if link else reference


def _name_servers(audit: Audit) -> Iterator[Node]:
    disputes = outline.disputed(audit)
    if disputes:
        yield element("h2", "The name servers disagree")
    servers = outline.server_names(audit)
    yield from (node for name in disputes for node in _dispute(name, servers))


def _dispute(name: NameResult, servers: dict[str, str]) -> Iterator[Node]:
    yield element("h3", f"MX of {name.name}")
    rows = []
    for camp in outline.mx_camps(name, servers):
        cells = (", ".join(camp.servers), ", ".join(map(str, camp.serials)))
        rows.append(element("tr", element("th", camp.said, scope="row"), *(element("td", cell) for cell in cells)))
    yield table(("answer", "at", "serial"), rows)


def _unsaid(title: str, items: Sequence[NotAsked] | Sequence[NotJudged]) -> Iterator[Node]:
    groups = outline.unsaid(items)
    if groups:
        yield element("h2", f"{title} ({len(items)})")
        yield from (_reason(group) for group in groups)


def _reason(group: Unsaid) -> Element:
    lines = (f"{', '.join(whats)}: {', '.join(subjects)}" for whats, subjects in group.whats)
    return _folded(f"{group.reason} ({group.count})", element("ul", *(element("li", line) for line in lines)))


def _not_followed(audit: Audit) -> Iterator[Node]:
    told = audit.not_followed
    if told:
        yield element("h2", f"{outline.NOT_FOLLOWED} ({len(told)}; {outline.NOT_FOLLOWED_MEANS})")
    yield from (_proof(item, audit) for item in told[:_NOT_FOLLOWED_AT_ONCE])
    rest = told[_NOT_FOLLOWED_AT_ONCE:]
    if rest:
        yield _folded(f"{len(rest)} more", *(_proof(item, audit) for item in rest))
