"""The stories that `mxlatch demo` tells: title, retelling, which topology plays it, and which remedy ends it."""

from importlib import resources

from msgspec import Struct

from mxlatch.lab.topology import Topology, parse
from mxlatch.terms.errors import InputError


class Story(Struct, frozen=True):
    """One story. topology: the name of a shipped topology; remedy: the name of the remedy within it that `after` shows.

    retelling: one paragraph, for people who never read the articles. moral: one sentence. counts: its claim is one of
    numbers, which a simulation shows.
    """

    number: int
    title: str
    retelling: str
    topology: str
    remedy: str
    moral: str
    counts: bool = False


STORIES: dict[int, Story] = {
    1: Story(
        number=1,
        title="The secondary and the remembered host",
        retelling=(
            "A company puts a filter in front of its mail server and points the first MX record at it. The server's "
            "own record stays behind as second choice, in case the filter fails. Spam that the filter refuses simply "
            "goes on to the second record, and there it meets no filter and no list of recipients. Taking that record "
            "away is half a remedy: whoever once learnt the server's name or address still knocks there. So port 25 of "
            "the real server is opened to the filter and to nobody else."
        ),
        topology="story1",
        remedy="close",
        moral="A filter protects only the doors that it stands at.",
    ),
    2: Story(
        number=2,
        title="The rogue exchangers",
        retelling=(
            "Nobody has the full list of their own mail servers. The registry names three name servers; two say the "
            "same, but the third, an old secondary, was never told of the new exchangers, and it knows a fourth name "
            "server that nobody else mentions. That one stands in a department and adds an exchanger of the "
            "department's own, which takes mail for anybody, real or not, and hands it on inside. Only who asks each "
            "name server for every name, and then asks those that turn up, finds it. The remedy: make the name servers "
            "agree, take the stale ones away, and close port 25 of the rogue."
        ),
        topology="story2",
        remedy="close",
        moral="Ask every name server, not just the one that answers first.",
    ),
    3: Story(
        number=3,
        title="The hidden sender address",
        retelling=(
            "A company's server asks block lists and SPF about the address of whoever connects. As second choice it "
            "lists a spool at its ISP, which takes mail and hands it on. What comes that way comes from the spool's "
            "address, which is on no list, and SPF has to pass over it, or all the honest mail would fail: both are "
            "blind there. The owner lists the protected server once more, behind the spool, and gives every record a "
            "name of its own: who goes for the last record meets the protected server, and who wants the weak one has "
            "to find it. That costs the spammer something, and it closes nothing: the record in the middle is as weak "
            "as it was."
        ),
        topology="story3",
        remedy="own-names",
        moral="Whoever relays must hand on who connected, or refuse by itself.",
        counts=True,
    ),
    4: Story(
        number=4,
        title="The sandwich",
        retelling=(
            "Two servers deliver to the same mailboxes, and only the first filters. Senders of spam go for the last "
            "record, in the hope that the backup is weaker, and here they are right. So the first server is listed "
            "again behind the second: 10 mail1, 20 mail2, 99 mail1. Who takes the last record only now meets the "
            "first server. Who takes any record, or every one, or goes on when refused, still comes to the one in the "
            "middle."
        ),
        topology="story4",
        remedy="sandwich",
        moral="The order of the records is advice to senders, and no latch.",
        counts=True,
    ),
    5: Story(
        number=5,
        title="The sceptic",
        retelling=(
            "A backup MX was set up years ago, so that no mail is lost when the server is down. Senders would have "
            "waited by themselves, and told their users; the backup takes the mail, and nobody is told anything. Its "
            "rules are as old as it is, and it takes mail for people who never were. Worst of all, what it hands on "
            "comes from a friend, and the server waives its checks for friends. So the backup goes: its record, what "
            "it relays, and the server's trust in both of its addresses."
        ),
        topology="story5",
        remedy="single",
        moral="A backup as strong as the first server, or none.",
        counts=True,
    ),
}


def story(number: int) -> Story:
    """The story of that number.

    Raises:
        InputError: there is none; names those that there are.
    """
    if number not in STORIES:
        raise InputError(f"no story {number}: there are {', '.join(map(str, STORIES))}")
    return STORIES[number]


def shipped() -> tuple[str, ...]:
    """The names of the topologies that come with mxlatch."""
    files = (file.name for file in resources.files("mxlatch.lab").joinpath("topologies").iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in files if name.endswith(".toml")))


def topology(name: str) -> Topology:
    """The shipped topology of that name ("story1", "plain").

    Raises:
        InputError: there is none; names those that there are.
    """
    if name not in shipped():
        raise InputError(f"no topology {name!r} comes with mxlatch: there are {', '.join(shipped())}")
    file = resources.files("mxlatch.lab").joinpath("topologies", f"{name}.toml")
    return parse(file.read_text(encoding="utf-8"), f"{name}.toml")
