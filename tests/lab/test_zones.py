import pytest

from mxlatch.lab.zones import BadZone, changed, name, read

TEXT = """
@    SOA  ns1 hostmaster 1 7200 900 1209600 300
@    NS   ns1
@    MX   10 mx1
ns1  A    192.0.2.53
"""


def test_a_zone_needs_no_ttl_and_no_origin() -> None:
    zone = read(TEXT, "example.com")
    mx = zone.find_rdataset(name("example.com"), "MX")
    assert mx.ttl == 3600
    assert [str(r) for r in mx] == ["10 mx1.example.com."]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("\n@ SOA ns1 hostmaster 1 1 1 1 1\n@ NS ns1\n@ MX ten mx1\n", 4, "integer"),
        ("\n@ SOA ns1 hostmaster 1 1 1 1 1\n@ NS ns1\nx A 192.0.2.999\n", 4, ""),
        ("\n@ NS ns1\n", 0, "no SOA"),
        ("\n@ SOA ns1 hostmaster 1 1 1 1 1\n", 0, "no NS"),
        ("\n@ SOA ns1 hostmaster 1 1 1 1 1\n@ NS ns1\n@ MX 65536 mx1\n", 4, ""),
        ("\n$INCLUDE /etc/passwd\n", 2, ""),
    ],
)
def test_bad_text_is_said_with_its_line(text: str, line: int, said: str) -> None:
    with pytest.raises(BadZone) as caught:
        read(text, "example.com")
    assert caught.value.line == line
    assert said in caught.value.reason


def test_a_change_replaces_whole_rrsets_and_leaves_the_original() -> None:
    zone = read(TEXT, "example.com")
    after = changed(zone, "@ MX 5 new\nmx2 A 192.0.2.12", ("ns1 A",))
    assert [str(r) for r in after.find_rdataset(name("example.com"), "MX")] == ["5 new.example.com."]
    assert after.get_rdataset(name("ns1.example.com"), "A") is None
    assert after.get_rdataset(name("mx2.example.com"), "A") is not None
    assert [str(r) for r in zone.find_rdataset(name("example.com"), "MX")] == ["10 mx1.example.com."]
    assert zone.get_rdataset(name("ns1.example.com"), "A") is not None


@pytest.mark.parametrize("entry", ["mail A", "ns1 AAAA", "gone", "@ NOSUCHTYPE", ""])
def test_what_is_to_be_removed_must_be_there(entry: str) -> None:
    zone = read(TEXT, "example.com")
    if entry == "":
        changed(zone, "", ())
        return
    with pytest.raises(BadZone, match="remove"):
        changed(zone, "", (entry,))
