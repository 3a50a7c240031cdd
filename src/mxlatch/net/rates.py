"""Token buckets: how often one server may be asked, and all of them together (FACTS 5.3 rule 4)."""


class TokenBucket:
    """So many questions a second, and so many at once after a rest. Time is given, in seconds of one steady clock.

    A server in trouble (it refuses, fails or is silent) is asked at half its rate, down to a quarter, until it has
    been well for `_REST` seconds.
    """

    _REST = 10.0  # longer than one question's three tries, so that a silent server stays slow while it is silent
    _SLOWEST = 0.25

    def __init__(self, rate: float, burst: float, now: float) -> None:
        """rate: tokens a second; burst: tokens it holds at most, and at first."""
        self._full = rate
        self._rate = rate
        self._burst = burst
        self._tokens = float(burst)
        self._filled = now
        self._trouble = now

    def available(self, now: float) -> int:
        """How many may be asked now."""
        if self._rate < self._full and now - self._trouble > self._REST:
            self._rate = self._full
        self._tokens = min(self._burst, self._tokens + (now - self._filled) * self._rate)
        self._filled = now
        return int(self._tokens)

    def take(self, count: int) -> None:
        """So many were asked; at most what `available` said."""
        self._tokens -= count

    def next_at(self) -> float:
        """When the next token is there, as of the last `available`."""
        return self._filled + max(0.0, 1 - self._tokens) / self._rate

    def slow_down(self, now: float) -> None:
        """The server is in trouble."""
        self._trouble = now
        self._rate = max(self._rate / 2, self._full * self._SLOWEST)
