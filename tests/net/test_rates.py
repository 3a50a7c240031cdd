"""Token buckets, by a clock of our own."""

from mxlatch.net.rates import TokenBucket


def spend(bucket: TokenBucket, now: float) -> int:
    count = bucket.available(now)
    bucket.take(count)
    return count


def test_the_burst_and_then_the_rate() -> None:
    bucket = TokenBucket(rate=16, burst=10, now=100.0)
    assert [spend(bucket, now) for now in (100.0, 100.01, 100.0625, 100.125, 101.0, 500.0)] == [10, 0, 1, 1, 10, 10]


def test_it_tells_when_the_next_is_there() -> None:
    bucket = TokenBucket(rate=4, burst=1, now=0.0)
    assert spend(bucket, 0.0) == 1
    assert bucket.next_at() == 0.25
    assert bucket.available(0.24) == 0
    assert bucket.available(0.25) == 1


def test_a_server_in_trouble_is_asked_at_half_and_at_last_a_quarter_of_its_rate_until_it_is_well() -> None:
    bucket = TokenBucket(rate=20, burst=20, now=0.0)
    spend(bucket, 0.0)
    bucket.slow_down(0.0)
    assert spend(bucket, 1.0) == 10
    for _ in range(5):
        bucket.slow_down(1.0)
    assert spend(bucket, 2.0) == 5
    bucket.available(11.5)
    bucket.take(20)
    assert bucket.available(12.5) == 20


def test_never_more_than_burst_and_rate_allow_over_any_time() -> None:
    bucket = TokenBucket(rate=8, burst=3, now=0.0)
    assert sum(spend(bucket, step / 64) for step in range(64 * 10 + 1)) == 3 + 8 * 10
