"""Asks the world: each question goes to the transport of its kind, and every transport goes through one gate."""

import asyncio
from collections.abc import Callable, Sequence

from mxlatch.inventory.leave import Leave
from mxlatch.net.dns import Transport
from mxlatch.net.gate import Gate
from mxlatch.net.http import Https
from mxlatch.net.smtp import Doors
from mxlatch.terms.observation import Observation
from mxlatch.terms.question import DnsQuestion, HttpQuestion, Question, SmtpQuestion

Seen = Callable[[Observation], None]


class Net:
    """The only I/O of an audit."""

    def __init__(self, gate: Gate, dns: Transport, https: Https, doors: Doors) -> None:
        """The transports must all go through this gate."""
        self._gate, self._dns, self._https, self._doors = gate, dns, https, doors

    async def ask(self, questions: Sequence[Question], seen: Seen) -> None:
        """Ask a whole round, its three kinds side by side; tell each answer as it comes."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._dns.ask([q for q in questions if isinstance(q, DnsQuestion)], seen))
            group.create_task(self._https.ask([q for q in questions if isinstance(q, HttpQuestion)], seen))
            group.create_task(self._doors.ask([q for q in questions if isinstance(q, SmtpQuestion)], seen))

    def allow(self, leave: Leave) -> None:
        """Let RCPT probes pass that this leave covers (`net.gate` judges each again)."""
        self._gate.leaves[leave.domain] = leave
