"""The settings that a plan gives to rspamd: read by rspamadm, and seen in what a running rspamd says of a message."""

import re
from pathlib import Path

import pytest
from realnet import tools

from mxlatch.plan.change import HandOn, Harden, StopWaiving
from mxlatch.plan.provider import Given
from mxlatch.plan.providers import rspamd
from mxlatch.plan.providers.mailhost import OnHost
from mxlatch.plan.result import Plan, Step
from mxlatch.terms.latch import Latch

HUB, RELAY, CLIENT = "203.0.113.25:25", "10.9.8.7", "192.0.2.66"
HAND_ON = HandOn(f"{RELAY}:25", "relay.example.com", HUB, "received", "")
STOP = StopWaiving(f"{RELAY}:25", "relay.example.com", HUB, (Latch.SPF, Latch.DMARC), "")
MESSAGE = f"""Received: from client.example (client.example [{CLIENT}])
\tby relay.example.com (Postfix) with ESMTP id 1
\tfor <info@example.com>; Sat, 28 Nov 2026 05:00:00 +0000
From: a@b.example
To: info@example.com
Subject: x

hello
"""
# What rspamd takes for the client, and whether for a friend. Nothing is looked up: there is no network.
RULE = """
rspamd_config:register_symbol({name='SEEN', type='normal', score=0.1, callback=function(task)
  local ip = task:get_from_ip()
  return true, 1.0, tostring(ip) .. ' ' .. (ip:is_local() and 'friend' or 'stranger')
end})
"""
PREPARE = """
mkdir -p /etc/rspamd/local.d /etc/rspamd/override.d /var/lib/rspamd /run/rspamd /var/log/rspamd
for file in /srv/local.d-* /srv/override.d-*; do
    [ -e "$file" ] || continue
    name=${file#/srv/}; cp "$file" "/etc/rspamd/${name%%.d-*}.d/${name#*.d-}"
done
echo 'dns { nameserver = ["127.0.0.1"]; timeout = 0.05s; retransmits = 1; }' >>/etc/rspamd/local.d/options.inc
cp /srv/rule.lua /etc/rspamd/rspamd.local.lua
"""
SCAN = """
rspamd -f -i -u root -g root >/srv/log 2>&1 &
until rspamc -h 127.0.0.1:11333 symbols </dev/null >/dev/null 2>&1; do sleep 0.2; done
for name in relay.example.com other.example.com; do
    echo "as $name"
    rspamc -h 127.0.0.1:11333 --ip %s --hostname $name symbols /srv/message
done
""".replace("%s", RELAY)


def written(*changes: OnHost) -> dict[str, str]:
    """The files, by what is left of their names."""
    plan = Plan(domain="example.com", made="", profile="", sentence="", before="", after="", steps=(Step("", changes),))
    texts = {
        re.sub(r"^rspamd-.*?-(local|override)\.d-", r"\1.d-", w.name): w.text for w in rspamd.render(plan, Given())
    }
    return texts | {"rule.lua": RULE, "message": MESSAGE.replace("\n", "\r\n")}


@pytest.mark.parametrize(
    ("changes", "by_relay", "by_other"),
    [
        ((), f"{RELAY} friend", f"{RELAY} friend"),
        ((STOP,), f"{RELAY} stranger", f"{RELAY} stranger"),
        ((HAND_ON,), f"{CLIENT} stranger", f"{RELAY} friend"),
        ((HAND_ON, STOP), f"{CLIENT} stranger", f"{RELAY} stranger"),
    ],
    ids=["before", "stop waiving", "hand on", "both"],
)
def test_whom_rspamd_takes_for_the_client(
    tmp_path: Path, changes: tuple[OnHost, ...], by_relay: str, by_other: str
) -> None:
    ran = tools.run("rspamd", tmp_path, PREPARE + SCAN, written(*changes))
    assert re.findall(r"SEEN \([\d.]+\)\[(.*?)\]", ran.stdout) == [by_relay, by_other], ran.stdout


def test_every_setting_is_read(tmp_path: Path) -> None:
    latches = sorted(rspamd.BY_FILTER)
    changes = (HAND_ON, STOP, *(Harden(HUB, "hub", "Postfix", latch, "[2001:db8::1]:25") for latch in latches))
    files = written(*changes)
    script = (
        "rspamadm configtest 2>&1; echo exit $?; rspamadm configdump redis dmarc external_relay options 2>/dev/null"
    )
    ran = tools.run("rspamd", tmp_path, PREPARE + script, files)
    assert "syntax OK" in ran.stdout, ran.stdout
    assert "exit 0" in ran.stdout
    for line in ('servers = "[2001:db8::1]:6379";', 'reject = "reject";', '"relay.example.com"'):
        assert line in ran.stdout, ran.stdout
    assert "10.0.0.0/8" not in ran.stdout


def test_a_fault_is_seen(tmp_path: Path) -> None:
    files = written(STOP)
    files["override.d-options.inc"] = files["override.d-options.inc"].replace("];", "")
    ran = tools.run("rspamd", tmp_path, PREPARE + "rspamadm configtest 2>&1; echo exit $?", files)
    assert "exit 0" not in ran.stdout
