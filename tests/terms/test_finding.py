from mxlatch.terms.finding import Severity


def test_the_worst_comes_first():
    assert sorted(Severity, key=lambda severity: severity.rank) == [
        Severity.CRITICAL,
        Severity.HIGH,
        Severity.MEDIUM,
        Severity.LOW,
        Severity.INFO,
    ]
    assert Severity.CRITICAL.rank == 0
