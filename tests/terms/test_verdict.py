from mxlatch.terms.verdict import Certainty


def test_the_order_of_certainty():
    assert [c.word for c in sorted(Certainty)] == ["closed", "unknown", "likely", "proven"]


def test_a_path_is_the_least_of_its_steps():
    assert min(Certainty.PROVEN, Certainty.LIKELY, Certainty.UNKNOWN) is Certainty.UNKNOWN
