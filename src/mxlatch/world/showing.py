"""Observations as evidence: the line that was seen, who said it, and a command that shows the same."""

import shlex
from collections.abc import Sequence

from mxlatch.terms import dns
from mxlatch.terms.evidence import Evidence
from mxlatch.terms.observation import Observation
from mxlatch.terms.question import DnsQuestion, SmtpQuestion
from mxlatch.terms.smtp import Turn

_LONGEST_LINE = 300  # characters of a peer's text that a report needs


def dig(question: DnsQuestion) -> str:
    """The dig command that asks the same."""
    port = "" if question.port == 53 else f"-p {question.port} "
    manner = "" if question.recursion else "+norec "
    # A name from a stranger's record may look like an option.
    name = f"{'-q ' if question.name.startswith('-') else ''}{shlex.quote(question.name)}"
    return f"dig {manner}{port}@{question.server} {name} {question.rrtype}"


def of_answer(observation: Observation, rrtypes: Sequence[str] = ()) -> Evidence:
    """A DNS answer as one line: its records of these types, or how it was refused."""
    assert isinstance(observation.question, DnsQuestion)
    records = observation.value.answer if isinstance(observation.value, dns.Reply) else ()
    wanted = [r for r in records if r.rrtype in (rrtypes or (observation.question.rrtype,))]
    # Servers turn the order of a set (RFC 2181 section 5); a report of the same facts must read the same.
    # No record takes less than a character and "; ": beyond so many nothing would be shown.
    shown = [_record(r) for r in sorted(wanted, key=_place)[: _LONGEST_LINE // 3]]
    text = "; ".join(shown) or f"{observation.question.name} {observation.question.rrtype}: {_status(observation)}"
    return of_part(observation, text)


def of_part(observation: Observation, text: str) -> Evidence:
    """What a DNS answer says among other things."""
    assert isinstance(observation.question, DnsQuestion)
    return Evidence(_cut(text), observation.source, observation.time, dig(observation.question))


def openssl(question: SmtpQuestion) -> str:
    """The command that shows STARTTLS and the certificate."""
    where = f"[{question.address}]" if ":" in question.address else question.address
    return f"openssl s_client -starttls smtp -connect {where}:{question.port} -servername {shlex.quote(question.host)}"


def swaks(question: SmtpQuestion, sender: str, recipient: str, *, encrypted: bool = False) -> str:
    """The command that tries one recipient and sends nothing; through STARTTLS if that is how it was asked.

    "Optional", since swaks without its TLS library would stop instead of asking in clear.
    """
    where = f"[{question.address}]" if ":" in question.address else question.address
    return (
        f"swaks --server {where} --port {question.port} --from {shlex.quote(sender or '<>')} "
        f"--to {shlex.quote(recipient)} {'--tls-optional ' if encrypted else ''}--quit-after RCPT"
    )


def of_turn(observation: Observation, turn: Turn, command: str) -> Evidence:
    """One command at a door with its reply."""
    said = "no reply" if turn.reply is None else f"{turn.reply.code} {turn.reply.text}"
    text = f"{turn.command} -> {said}" if turn.command else said
    return Evidence(_cut(text), observation.source, observation.time, command)


def of_knock(observation: Observation, text: str) -> Evidence:
    """What came of knocking at a door."""
    assert isinstance(observation.question, SmtpQuestion)
    where = f"{observation.question.address} {observation.question.port}"
    return Evidence(_cut(text), observation.source, observation.time, f"nc -v -w 30 {where}")


def _place(record: dns.Record) -> tuple[str, int, str]:
    """Aliases first and in the order of their chain, MX by preference, the rest as text."""
    if record.rrtype == "CNAME":
        return ("", 0, "")
    preference = record.value[0] if record.rrtype == "MX" and isinstance(record.value, tuple) else 0
    return (record.rrtype, preference if isinstance(preference, int) else 0, str(record.value))


def _record(record: dns.Record) -> str:
    value = record.value
    if isinstance(value, tuple):
        value = " ".join(v.decode("ascii", "backslashreplace") if isinstance(v, bytes) else str(v) for v in value)
    return f"{record.owner} {record.rrtype} {value!s}"


def _status(observation: Observation) -> str:
    return f"{observation.status} ({observation.reason})" if observation.reason else observation.status


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_LINE else text[: _LONGEST_LINE - 1] + "…"
