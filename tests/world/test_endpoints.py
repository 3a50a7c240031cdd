# ruff: noqa: E501  (records stand on one line, as in a zone)
"""Who hosts the mailboxes, and where its endpoint is: domains as their owners publish them, each with what is found."""

import pytest

from mxlatch.data import tables
from mxlatch.inventory.model import Domain, Inventory
from mxlatch.world.candidate import Known
from mxlatch.world.endpoints import endpoint_names, find_endpoints, other_domains
from mxlatch.world.exchanges import ExchangeSeen
from tests.fakes.example import ROOT, scope
from tests.fakes.internet import FakeInternet

PROVIDERS = tables().providers
MICROSOFT = next(provider for provider in PROVIDERS if provider.id == "microsoft")
GOOGLE = next(provider for provider in PROVIDERS if provider.id == "google")
FILTER = ("mx0a-00000001.pphosted.com",)


def search(records, domain="example.com", mx=FILTER, **changes):
    """Run the enquiry over what public resolution knows."""
    net = FakeInternet({"192.0.2.1": ROOT}, records)
    known = Known(domain, (), tuple(ExchangeSeen(name, "host") for name in mx))
    return net, net.conclude(find_endpoints(known, scope(providers=PROVIDERS, **changes)))


def found(records, **given):
    """(operator, name, addresses) of each endpoint."""
    return [(each.provider, each.name, each.addresses) for each in search(records, **given)[1].found]


EXO = "example-com.mail.protection.outlook.com"
ASPMX = "aspmx.l.google.com A 192.0.2.26"
SELECTOR1 = "selector1._domainkey.example.com CNAME"

CASES = [
    (
        "the template: the domain with dots as dashes exists there",
        f"{EXO} A 192.0.2.99\n{EXO} A 192.0.2.100\n{EXO} AAAA 2001:db8::99",
        [("microsoft", EXO, ("192.0.2.100", "192.0.2.99", "2001:db8::99"))],
    ),
    ("nothing there: no customer", "example.com TXT v=spf1 ip4:192.0.2.1 -all", []),
    (
        "SPF names Exchange Online, but the endpoint does not exist: it only sends there",
        "example.com TXT v=spf1 include:spf.protection.outlook.com -all",
        [],
    ),
    (
        "the label that a DKIM alias tells",
        f"{SELECTOR1} selector1-example-com0c._domainkey.example.onmicrosoft.com\n"
        "example-com0c.mail.protection.outlook.com A 192.0.2.98",
        [("microsoft", "example-com0c.mail.protection.outlook.com", ("192.0.2.98",))],
    ),
    (
        "the form of 2025",
        f"{SELECTOR1} selector1-example-com._domainkey.example.n-v1.dkim.mail.microsoft\n{EXO} A 192.0.2.99",
        [("microsoft", EXO, ("192.0.2.99",))],
    ),
    (
        "the tenant's own endpoint, where the domain's is gone",
        f"{SELECTOR1} selector1-old-label._domainkey.example.onmicrosoft.com\n"
        "example.mail.protection.outlook.com A 192.0.2.97",
        [("microsoft", "example.mail.protection.outlook.com", ("192.0.2.97",))],
    ),
    (
        "Google by SPF",
        f"example.com TXT v=spf1 include:_spf.google.com ~all\n{ASPMX}",
        [("google", "aspmx.l.google.com", ("192.0.2.26",))],
    ),
    (
        "Google by an SPF that hands on",
        f"example.com TXT v=spf1 redirect=_spf.google.com\n{ASPMX}",
        [("google", "aspmx.l.google.com", ("192.0.2.26",))],
    ),
    (
        "Google by its DKIM key",
        f"google._domainkey.example.com TXT v=DKIM1; k=rsa; p=MIGf\n{ASPMX}",
        [("google", "aspmx.l.google.com", ("192.0.2.26",))],
    ),
    ("a wildcard TXT is no key", f"*._domainkey.example.com TXT v=spf1 -all\n{ASPMX}", []),
    (
        "google-site-verification alone is of the Search Console",
        f"example.com TXT google-site-verification=x\n{ASPMX}",
        [],
    ),
    (
        "an include that only looks like it",
        f"example.com TXT v=spf1 include:_spf.google.com.evil.example -all\n{ASPMX}",
        [],
    ),
    (
        "both, as a company between two hosts has it",
        f"example.com TXT v=spf1 include:spf.protection.outlook.com include:_spf.google.com -all\n{EXO} A 192.0.2.99\n{ASPMX}",
        [("google", "aspmx.l.google.com", ("192.0.2.26",)), ("microsoft", EXO, ("192.0.2.99",))],
    ),
    (
        "Zoho in its region",
        "example.com TXT v=spf1 include:zoho.eu -all\nmx.zoho.eu A 192.0.2.30",
        [("zoho", "mx.zoho.eu", ("192.0.2.30",))],
    ),
    (
        "Fastmail by DKIM",
        "fm1._domainkey.example.com CNAME fm1.example.com.dkim.fmhosted.com\nin1-smtp.messagingengine.com A 192.0.2.31",
        [("fastmail", "in1-smtp.messagingengine.com", ("192.0.2.31",))],
    ),
    (
        "a DKIM alias of somebody else's domain",
        "fm1._domainkey.example.com CNAME fm1.other.example.dkim.fmhosted.com\nin1-smtp.messagingengine.com A 192.0.2.31",
        [],
    ),
]


@pytest.mark.parametrize(("records", "endpoints"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_what_a_domain_publishes_and_what_is_found(records, endpoints):
    assert found(records) == endpoints


def test_an_operator_in_the_mx_is_not_hidden():
    records = f"{EXO} A 192.0.2.99\n{SELECTOR1} selector1-example-com._domainkey.example.onmicrosoft.com"
    assert found(records, mx=(EXO,)) == []
    assert found(records, mx=("example-com.o-v1.mx.microsoft",)) == []
    assert found(records, mx=("mx1.example.com",)) == [("microsoft", EXO, ("192.0.2.99",))]


@pytest.mark.parametrize(
    ("domain", "mx", "records", "names"),
    [
        (
            "example.com",
            "mx1.example.com",
            "",
            ["example-com.mail.protection.outlook.com"],
        ),
        (
            "mail.example.co.uk",
            "mx1.example.com",
            "",
            ["mail-example-co-uk.mail.protection.outlook.com"],
        ),
        ("my-example.com", "mx1.example.com", "", ["my-example-com.mail.protection.outlook.com"]),  # a guess
        (
            "my-example.com",
            "my-example-com01b.mail.protection.outlook.com",
            "",
            ["my-example-com01b.mail.protection.outlook.com", "my-example-com.mail.protection.outlook.com"],
        ),
        (
            "my-example.com",
            "my-example-com01b.k-v1.mx.microsoft",
            "",
            ["my-example-com01b.mail.protection.outlook.com", "my-example-com.mail.protection.outlook.com"],
        ),
        (
            "my-example.com",
            "mx1.example.com",
            "selector2._domainkey.my-example.com CNAME selector2-my-example-com0i._domainkey.myexample.onmicrosoft.com",
            [
                "my-example-com0i.mail.protection.outlook.com",
                "myexample.mail.protection.outlook.com",
                "my-example-com.mail.protection.outlook.com",
            ],
        ),
        ("example.com", "selector1-x.evil.example", "", ["example-com.mail.protection.outlook.com"]),
        (f"{'a' * 60}.example.com", "mx1.example.com", "", []),  # no label is that long
    ],
)
def test_names_of_an_endpoint(domain, mx, records, names):
    _, seen = search(records, domain=domain, mx=(mx,))
    assert [each.name for each in endpoint_names(domain, seen.signs, MICROSOFT)] == names


def test_each_name_says_how_it_was_found():
    _, seen = search(
        "selector1._domainkey.my-example.com CNAME selector1-my-example-com0i._domainkey.myex.onmicrosoft.com",
        domain="my-example.com",
    )
    assert [each.how for each in endpoint_names("my-example.com", seen.signs, MICROSOFT)] == [
        "its label stands in selector1._domainkey",
        "the customer's own name at the operator, from selector1._domainkey",
        "a guess: any customer's endpoint takes mail for every customer",
    ]
    assert [each.how for each in endpoint_names("example.com", (), MICROSOFT)] == ["the domain with dots as dashes"]
    assert [each.how for each in endpoint_names("example.com", (), GOOGLE)] == ["the same for every customer"]


def test_a_guess_is_no_sign_that_a_domain_with_a_dash_is_served():
    guess = "my-example-com.mail.protection.outlook.com A 192.0.2.96"
    assert found(guess, domain="my-example.com") == []
    spf = "my-example.com TXT v=spf1 include:spf.protection.outlook.com -all"
    told = [("microsoft", "my-example-com.mail.protection.outlook.com", ("192.0.2.96",))]
    assert found(f"{guess}\n{spf}", domain="my-example.com") == told


def test_signs_of_a_host_whose_endpoint_has_no_known_name_leave_it_unknown():
    _, seen = search("my-example.com TXT v=spf1 include:spf.protection.outlook.com -all", domain="my-example.com")
    (told,) = seen.found
    assert (told.provider, told.addresses, told.problem) == ("microsoft", (), "no name of the endpoint is known")


def test_silence_is_not_absence():
    net, seen = search("", resolvers=(("203.0.113.9", 53),))
    assert seen.found == ()
    assert {o.question.name for o in seen.unheard} >= {"example.com", EXO}
    assert len(seen.unheard) == len(net.asked)


def test_an_endpoint_that_does_not_resolve_just_now_is_unknown():
    class Failing(FakeInternet):
        def _resolve(self, question):
            self.resolver_status = "servfail" if question.name == EXO else ""
            return super()._resolve(question)

    net = Failing({"192.0.2.1": ROOT}, "example.com TXT v=spf1 include:spf.protection.outlook.com -all")
    seen = net.conclude(find_endpoints(Known("example.com", (), ()), scope(providers=PROVIDERS)))
    assert [(each.name, each.addresses, each.problem) for each in seen.found] == [(EXO, (), "servfail")]


def test_nobody_to_ask_finds_nothing_and_says_nothing():
    net, seen = search("", resolvers=())
    assert (net.asked, seen.found, seen.unheard) == ([], (), ())


def test_what_is_asked_has_a_bound_and_two_rounds():
    net, _ = search("")
    assert len(net.rounds) == 2
    assert len(net.asked) <= 16


def test_the_evidence_shows_signs_and_address():
    _, seen = search(f"example.com TXT v=spf1 include:spf.protection.outlook.com -all\n{EXO} A 192.0.2.99")
    assert [each.text for each in seen.found[0].evidence] == [
        "example.com TXT v=spf1 include:spf.protection.outlook.com -all",
        f"{EXO} A 192.0.2.99",
    ]


TENANT = f"{SELECTOR1} selector1-example-com._domainkey.exampleinc.onmicrosoft.com"


@pytest.mark.parametrize(
    ("records", "mx", "declared", "names"),
    [
        (TENANT, FILTER, (), ("exampleinc.onmicrosoft.com", "exampleinc.mail.onmicrosoft.com")),
        (TENANT, (EXO,), (), ("exampleinc.onmicrosoft.com", "exampleinc.mail.onmicrosoft.com")),
        ("", (EXO,), (), ()),  # at Microsoft, but nothing tells the tenant's name
        ("example.com TXT v=spf1 include:_spf.google.com -all", FILTER, (), ("example.com.test-google-a.com",)),
        ("", ("aspmx.l.google.com",), (), ("example.com.test-google-a.com",)),
        ("", FILTER, (), ()),
        (
            "",
            FILTER,
            (
                Domain("example.com"),
                Domain("old.example", mailbox="example.com"),
                Domain("a.example", mailbox="dovecot"),
            ),
            ("old.example",),
        ),
        ("", FILTER, (Domain("example.com"), Domain("other.example")), ()),
    ],
)
def test_other_recipient_domains_of_the_same_mailboxes(records, mx, declared, names):
    _, seen = search(records, mx=mx)
    assert other_domains("example.com", seen.signs, PROVIDERS, Inventory(domains=declared)) == names
