"""The lab's mail servers: one dialogue for all, with the declared latches and the product's own words (RFC 5321).

`Dialogue` is pure: a command line in, an `Answer` out. No AUTH, no BDAT (its announcement in EHLO is the product's
own, for those who compare extension sets). What the sockets do stands in `lab.doors`.
"""

import re
from collections.abc import Callable
from enum import Enum

from msgspec import Struct

from mxlatch.lab.post import Message, Post
from mxlatch.lab.topology import MailHost, covers
from mxlatch.lab.voices import VOICES

LONGEST_LINE = 2048  # octets of a command; RFC 5321 section 4.5.3.1.4 demands 512, Postfix takes 2048
LARGEST_MESSAGE = 1 << 20  # octets
MOST_RECIPIENTS = 100  # RFC 5321 section 4.5.3.1.8: at least 100
MOST_COMMANDS = 1000  # of one session; no honest client comes near
_DNSBL = "zen.dnsbl.example"
_PATH = re.compile(r"^<([^<>\s]*)>(?:\s|$)|^([^<>\s]+)(?:\s|$)")
_XCLIENT = "XCLIENT NAME ADDR PORT PROTO HELO LOGIN DESTADDR DESTPORT"


class Then(Enum):
    """What the connection does after an answer."""

    GO_ON = "go on"
    DATA = "read a message"
    TLS = "start TLS"
    CLOSE = "close"


class Answer(Struct, frozen=True):
    """A reply with code ("250-mx.example.com", ...) and what follows; `message` is one that was just accepted."""

    lines: tuple[str, ...]
    then: Then = Then.GO_ON
    message: Message | None = None

    @property
    def wire(self) -> bytes:
        """The reply as octets."""
        return "".join(f"{line}\r\n" for line in self.lines).encode("ascii", "replace")


class Dialogue:
    """One session with one mail host, less its sockets."""

    def __init__(self, host: MailHost, client: str, post: Post, date: Callable[[], str]) -> None:
        """`client`: the address that connected; `date`: now, as mail writes it (RFC 5322 section 3.3)."""
        self._host, self._client, self._post, self._date = host, client, post, date
        self._voice = VOICES[host.software]
        self._helo = ""
        self._encrypted = False
        self._sender: str | None = None
        self._recipients: list[str] = []
        self._refused = ""  # the last refusal of a recipient in this transaction
        self._commands = 0

    def greeting(self) -> Answer:
        """The banner."""
        match self._host.behaviour:
            case "busy":
                return Answer(self._say("421 4.3.2 {host} Service not available, try again later"), Then.CLOSE)
            case "refuses":
                return Answer(self._say("554 5.7.1 {host} No SMTP service here"), Then.CLOSE)
        if self._host.banner:
            return Answer((f"220 {self._host.banner}",))
        return Answer(self._say("220 {host} ESMTP" if self._host.hide_banner else f"220 {self._voice.greeting}"))

    def command(self, line: str) -> Answer:
        """The answer to one command line, given without its CRLF."""
        self._post.heard(self._host.name, self._client, line)
        self._commands += 1
        if self._commands > MOST_COMMANDS:
            return Answer(self._say("421 4.7.0 {host} Error: too many commands"), Then.CLOSE)
        verb, _, rest = line.strip().partition(" ")
        # Postfix takes "MAIL FROM :<x>" too; the grammar of RFC 5321 section 4.1.2 has no such space.
        handler = self._handlers().get(verb.upper())
        return self._plain(self._voice.unknown_command, command=verb[:40]) if handler is None else handler(rest.strip())

    def message(self, content: bytes) -> Answer:
        """The answer to the final dot, for a message with its dots unstuffed."""
        sender, recipients = self._sender or "", tuple(self._recipients)
        self._clear()
        if len(content) > LARGEST_MESSAGE:
            return Answer(("552 5.3.4 Message size exceeds fixed limit",))
        if self._post.is_full:
            return Answer(("452 4.3.1 Insufficient system storage",))
        queue_id = self._post.next_id()
        message = Message(sender, recipients, self._received(queue_id) + content, self._client)
        if message.is_spam and self._host.content != "none" and not self._is_trusted():
            if self._host.content == "refuse":
                return self._plain(self._voice.spam)
            self._post.quarantine.append(message)
            return self._plain(self._voice.queued, id=queue_id)
        return Answer(self._say(self._voice.queued, id=queue_id), message=message)

    def secured(self) -> None:
        """TLS is up: whatever was said before is forgotten (RFC 3207 section 4.2)."""
        self._encrypted, self._helo = True, ""
        self._clear()

    def _handlers(self) -> dict[str, Callable[[str], Answer]]:
        return {
            "EHLO": self._ehlo,
            "HELO": self._say_helo,
            "STARTTLS": self._starttls,
            "MAIL": self._mail,
            "RCPT": self._rcpt,
            "DATA": self._data,
            "RSET": self._rset,
            "NOOP": lambda _: Answer(("250 2.0.0 Ok",)),
            "VRFY": lambda text: self._plain(self._voice.vrfy, recipient=text),
            "XCLIENT": self._xclient,
            "QUIT": lambda _: Answer(self._say(self._voice.bye), Then.CLOSE),
        }

    def _ehlo(self, name: str) -> Answer:
        if not name:
            return self._plain(self._voice.bad_helo)
        self._clear()
        self._helo = name
        lines = [*self._say(self._voice.ehlo), *self._extensions()]
        last = len(lines) - 1
        return Answer(tuple(f"250{' ' if i == last else '-'}{line}" for i, line in enumerate(lines)))

    def _extensions(self) -> list[str]:
        """What EHLO lists: the product's set or the declared one, and STARTTLS and XCLIENT where they are offered."""
        listed = list(self._host.extensions if self._host.extensions is not None else self._voice.extensions)
        if not self._offers_tls():
            listed = [e for e in listed if e != "STARTTLS"]
        elif "STARTTLS" not in listed:
            listed.append("STARTTLS")
        return [*listed, _XCLIENT] if self._offers_xclient() else listed

    def _say_helo(self, name: str) -> Answer:
        if not name:
            return self._plain(self._voice.bad_helo)
        self._clear()
        self._helo = name
        return self._plain(f"250 {self._voice.ehlo}")

    def _offers_tls(self) -> bool:
        return self._host.tls != "none" and not self._encrypted

    def _offers_xclient(self) -> bool:
        return any(covers(network, self._client) for network in self._host.xclient)

    def _starttls(self, rest: str) -> Answer:
        if not self._offers_tls():
            return self._plain(self._voice.unknown_command, command="STARTTLS")
        if rest:
            return Answer(("501 5.5.4 Syntax: STARTTLS",))
        return Answer(self._say(self._voice.tls), Then.TLS)

    def _mail(self, rest: str) -> Answer:
        path = _path(rest, "FROM:")
        if path is None:
            return self._plain(self._voice.bad_sender)
        if self._sender is not None:
            return self._plain(self._voice.nested)
        self._sender = path
        return self._plain(self._voice.sender_ok, sender=path)

    def _rcpt(self, rest: str) -> Answer:
        recipient = _path(rest, "TO:")
        if self._sender is None:
            return self._plain(self._voice.mail_first)
        if not recipient:
            return self._plain(self._voice.bad_recipient)
        if len(self._recipients) >= MOST_RECIPIENTS:
            return Answer(("452 4.5.3 Error: too many recipients",))
        refusal = self._refusal(recipient)
        self._post.attempts.add((self._client, self._host.name))
        if refusal:
            self._refused = self._say(refusal, recipient=recipient, sender=self._sender)[0]
            return Answer((self._refused,))
        self._recipients.append(recipient)
        return self._plain(self._voice.recipient_ok, recipient=recipient)

    def _refusal(self, recipient: str) -> str:
        """The reply of the first latch that is shut, "" if all are open; in the order that Postfix's defaults have."""
        trusted = self._is_trusted()
        if not self._is_ours(recipient) and not self._host.open_relay and not trusted:
            return self._voice.no_relay
        if not trusted and any(covers(network, self._client) for network in self._host.listed):
            return self._voice.listed
        if not trusted and self._fails_spf():
            return self._voice.spf_fail
        if self._host.recipient_check and self._is_ours(recipient) and not self._is_known(recipient):
            return self._voice.unknown_user
        if not trusted and self._host.after and not self._came_by_the_front():
            return self._voice.out_of_order
        if not trusted and self._host.greylist and self._is_new(recipient):
            return self._voice.greylisted
        return ""

    def _is_trusted(self) -> bool:
        return any(covers(network, self._client) for network in self._host.trusts)

    def _fails_spf(self) -> bool:
        """RFC 7208 section 2.4, by the envelope's sender; a null sender would be judged by EHLO, and passes here."""
        if any(covers(relay, self._client) for relay in self._host.own_relays):
            return False
        allowed = self._host.spf.get((self._sender or "").rpartition("@")[2].lower())
        return allowed is not None and not any(covers(network, self._client) for network in allowed)

    def _is_ours(self, recipient: str) -> bool:
        # "postmaster" without a domain is always ours (RFC 5321 section 4.5.1).
        return recipient.rpartition("@")[2].lower() in self._host.domains or recipient.lower() == "postmaster"

    def _is_known(self, recipient: str) -> bool:
        local, _, domain = recipient.lower().rpartition("@")
        return f"{local}@{domain}" in {r.lower() for r in self._host.recipients} or "postmaster" in (local, domain)

    def _came_by_the_front(self) -> bool:
        return any((self._client, name) in self._post.attempts for name in self._host.after)

    def _is_new(self, recipient: str) -> bool:
        triplet = (self._host.name, self._client, self._sender or "", recipient.lower())
        new = triplet not in self._post.greylist
        self._post.greylist.add(triplet)
        return new

    def _data(self, rest: str) -> Answer:
        if rest:
            return Answer(("501 5.5.4 Syntax: DATA",))
        if self._sender is None:
            return self._plain(self._voice.rcpt_first)
        if not self._recipients and self._refused and self._voice.all_refused:
            text = self._refused.partition(" ")[2]
            return Answer(tuple(self._say(line, refusal=text)[0] for line in self._voice.all_refused))
        if not self._recipients:
            return self._plain(self._voice.no_recipients)
        return Answer(self._say(self._voice.go_ahead), Then.DATA)

    def _rset(self, _: str) -> Answer:
        self._clear()
        return self._plain(self._voice.reset)

    def _xclient(self, rest: str) -> Answer:
        """Postfix's XCLIENT_README: the client's address is what an allowed peer says, and the session starts anew."""
        if not self._offers_xclient():
            return Answer(("550 5.7.0 Error: insufficient authorization",))
        named = dict(part.upper().split("=", 1) for part in rest.split() if "=" in part)
        address = named.get("ADDR", self._client).removeprefix("IPV6:").lower()
        try:
            covers("0.0.0.0/0", address)
        except ValueError:
            return Answer(("501 5.5.4 Bad ADDR syntax",))
        self._client, self._helo = address, ""
        self._clear()
        return self.greeting()

    def _received(self, queue_id: str) -> bytes:
        """The trace header (RFC 5321 section 4.4)."""
        protocol = "ESMTPS" if self._encrypted else "ESMTP"
        text = (
            f"Received: from {self._helo or 'unknown'} ([{self._client}])\r\n"
            f"\tby {self._host.name} with {protocol} id {queue_id};\r\n\t{self._date()}\r\n"
        )
        return text.encode("ascii", "replace")

    def _clear(self) -> None:
        self._sender, self._recipients, self._refused = None, [], ""

    def _plain(self, template: str, **words: str) -> Answer:
        return Answer(self._say(template, **words))

    def _say(self, template: str, **words: str) -> tuple[str, ...]:
        known = {
            "host": self._host.name,
            "helo": self._helo,
            "client": self._client,
            "date": self._date(),
            "list": _DNSBL,
            "recipient": "",
            "sender": "",
            "id": "",
            "command": "",
            "refusal": "",
        }
        # format_map, as the words come from strangers and are never templates themselves.
        return (template.format_map(known | words),)


def _path(rest: str, keyword: str) -> str | None:
    """The address of "FROM:<a@b> PARAMS"; None if it is not there."""
    if rest[: len(keyword)].upper() != keyword:
        return None
    found = _PATH.match(rest[len(keyword) :].lstrip())
    return None if found is None else found[1] if found[1] is not None else found[2]
