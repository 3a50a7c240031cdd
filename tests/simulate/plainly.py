"""The same simulation, one message after the other in plain Python: slow, obvious, and without a line of the engine.

It shares the drawn messages and the values (layout, mix) with the engine, and nothing of its code: what is down, what a
spool holds and what a sender does next are worked out here again, moment by moment.
"""

import bisect
import random
from dataclasses import dataclass, field

from mxlatch.simulate.layout import Takes
from mxlatch.simulate.schedule import moments

NEVER = float("inf")
ORDER = {"ascending": 1, "descending": -1, "random": 0}
WORST = ["met", "not-known", "unlatched", "past"]
NO, LATER, REFUSED, TAKEN = "no-answer", "tempfail", "reject", "accept"


@dataclass
class Message:
    sender: object
    written: float
    caught: float
    unknown: float
    retries: float
    hold: float
    taken: float = NEVER
    way: int = -1
    delivered: float = NEVER
    told_delay: float = NEVER
    told_failure: float = NEVER
    reached: int = 0
    backscatter: int = 0
    unsure: int = 0
    seen: set = field(default_factory=set)
    kept: list = field(default_factory=list)


class Plainly:
    def __init__(self, layout, mix, outage, values, full=None, seed=0):
        self.layout, self.mix, self.outage, self.values = layout, mix, outage, values
        self.full = full or {}
        self.chance = random.Random(seed)
        self.knocks, self.takings = {}, {}

    def is_down(self, door, now):
        return door.id in self.outage.doors and self.outage.begin <= now < self.outage.end

    def delivers(self, door, now):
        if self.is_down(door, now):
            return False
        return not door.next_doors or any(self.delivers(self.layout.door(d), now) for d in door.next_doors)

    def holder(self, door, now):
        if self.is_down(door, now):
            return None
        if door.queues:
            return door
        found = [self.holder(self.layout.door(d), now) for d in door.next_doors]
        return next((each for each in found if each), None)

    def catches(self, latches):
        passes = 1.0
        for latch in sorted(set(latches)):
            passes *= 1 - self.values.get(f"latch.{latch}", 0.0)
        return 1 - passes

    def answer(self, message, door, now):
        if self.is_down(door, now) or door.takes is Takes.SHUT:
            return NO
        if door.takes is Takes.REFUSES:
            return REFUSED
        if door.takes is Takes.PUTS_OFF:
            return LATER
        if door.takes is Takes.UNKNOWN and message.sender.honest:
            return NO
        if not self.delivers(door, now):
            holder = self.holder(door, now)
            if holder is None:
                return LATER
            if self.full.get(holder.id, NEVER) <= now < self.outage.end:
                return LATER if self.mix.when_full == "452" else REFUSED
        if door.greylists and door.id not in message.seen:
            message.seen.add(door.id)
            return LATER
        if not message.sender.honest:
            unknown = message.unknown < self.values["bots.unknown-recipients"]
            if unknown and door.recipients == "found":
                return REFUSED
            if not unknown and message.caught < self.catches(door.latches):
                return REFUSED
        return TAKEN

    def take(self, message, number, way, door, now):
        delivered, returned = now, NEVER
        holder = None if self.delivers(door, now) else self.holder(door, now)
        if holder is not None:
            back = self.outage.end + message.hold * self.values["spool.retries-within"]
            ends = now + self.values["spool.keeps"]
            delivered, returned = (back, NEVER) if back <= ends else (NEVER, ends)
            left = min(back, ends)
            message.kept.append((holder.id, now, left))
            notice = self.values["spool.tells-delay"]
            if notice and message.sender.honest and left - now > notice:
                message.told_delay = min(message.told_delay, now + notice)
        first = message.taken == NEVER
        message.taken = min(message.taken, now)
        message.delivered = min(message.delivered, delivered)
        if message.sender.honest:
            message.way = number if first else message.way
            message.told_failure = min(message.told_failure, returned)
            return
        unknown = message.unknown < self.values["bots.unknown-recipients"]
        caught = not unknown and message.caught < self.catches((*door.latches, *door.later))
        bounces = returned < NEVER or caught or (unknown and door.recipients == "absent")
        message.backscatter += bounces
        message.unsure += unknown and not bounces
        worth = 1 + WORST.index(way.exposure.value)
        if not unknown and not caught and returned == NEVER and worth > message.reached:
            message.reached, message.way = worth, number

    def order(self, does):
        known = [(n, way) for n, way in enumerate(self.layout.ways) if way.kind in does.ways]
        sign = ORDER[does.order]
        ranked = sorted(known, key=lambda each: (sign * each[1].preference, self.chance.random() if each else 0))
        if not does.distinct:
            return ranked
        seen = set()
        return [each for each in ranked if not (each[1].door in seen or seen.add(each[1].door))]

    def attempt(self, message, now):
        does = message.sender.behaviour
        last, took, sessions = NO, False, 0
        for tries, (number, way) in enumerate(self.order(does)):
            if (does.tries and tries >= does.tries) or (does.sessions and sessions >= does.sessions):
                break
            door = self.layout.door(way.door)
            last = self.answer(message, door, now)
            self.knocks[message.sender.id, number] = self.knocks.get((message.sender.id, number), 0) + 1
            sessions += last != NO
            if last == TAKEN:
                took = True
                self.takings[message.sender.id, number] = self.takings.get((message.sender.id, number), 0) + 1
                self.take(message, number, way, door, now)
            if last not in does.goes_on:
                break
        return TAKEN if took else last

    def send(self, message):
        sender = message.sender
        patience = self.values[sender.number("gives-up")] if sender.honest else 5 * 86400.0
        tells = sender.honest and sender.tells_failure
        tries = moments(sender.retry, patience)
        if not sender.honest and message.retries >= self.values["bots.retries"]:
            tries = tries[:1]
        if not self.order(sender.behaviour):
            message.told_failure = message.written if tells else NEVER
            return
        for after in tries:
            last = self.attempt(message, message.written + after)
            if last == REFUSED and tells:
                message.told_failure = message.written + after
            if last in (REFUSED, TAKEN):
                break
        else:
            message.told_failure = message.written + patience if tells else NEVER
        notice = self.values[sender.number("tells-delay")] if sender.honest else 0.0
        due = message.written + notice
        if notice and notice < patience and due < message.taken and due < message.told_failure:
            message.told_delay = min(message.told_delay, due)

    def run(self, draws, senders):
        made = []
        for n in range(draws.count):
            drawn = (draws.written, draws.caught, draws.unknown, draws.retries, draws.hold)
            message = Message(senders[int(draws.sender[n])], *(float(each[n]) for each in drawn))
            self.send(message)
            made.append(message)
        return made


def first_full(messages, octets, door_id, capacity):
    """When this spool is first over its capacity, event by event; None if never."""
    events = []
    for message, size in zip(messages, octets, strict=True):
        for holder, came, left in message.kept:
            if holder == door_id:
                bisect.insort(events, (came, 1, size))
                bisect.insort(events, (left, 0, -size))
    held = 0.0
    for moment, _, size in events:
        held += size
        if size > 0 and held > capacity:
            return moment
    return None
