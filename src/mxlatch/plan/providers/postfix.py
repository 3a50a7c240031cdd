"""Settings for Postfix (postconf(5)): for each host a shell script that sets them by postconf(1), and one that undoes.

The script changes main.cf and master.cf or neither: it keeps both, and puts them back if anything fails before
`postfix check` has passed. What each setting was is kept under mxlatch/STEP/before beside main.cf the first time, so
that it may be run twice, and the undo brings back exactly these settings and leaves what others changed since.

Limits, of Postfix itself:
- smtp(8) cannot send XCLIENT, only XFORWARD, which is for logging: the relay must be one that can (`RELAYS`).
- smtpd_upstream_proxy_protocol believes whoever connects: its port needs a lock.
- reject_unverified_recipient answers 450 for an address that it does not know yet while the next hop is down.
- main.cf knows no address that a client connected to: a lock by settings holds for all addresses of the host.
- `order` is known to postscreen only as its MX policy test, by `Listen`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import get_args

from mxlatch.plan.change import Change, HandOn, Harden, Listen, Lock, Retire, StopWaiving
from mxlatch.plan.provider import Given, Written
from mxlatch.plan.providers.mailhost import (
    BY_FILTER,
    OnHost,
    answers_of,
    exchangers,
    expressed,
    listed_in,
    refusal,
    retired,
    stages,
)
from mxlatch.plan.providers.quoting import address, door, families, file_name, host, remark, shell
from mxlatch.plan.result import Plan
from mxlatch.plan.wording import SHARED
from mxlatch.terms.errors import InputError
from mxlatch.terms.latch import Latch

NAME = "postfix"
TITLE = "Postfix: main.cf and master.cf, set by postconf"
KINDS: tuple[type[Change], ...] = get_args(OnHost)

RELAYS = "nginx (mail proxy), Haraka, or mxlatch guard"  # that tell the client to the next hop
PROXY_PORT = 2526  # where the next hop takes PROXY, so that port 25 stays as it is
RSPAMD = "inet:127.0.0.1:11332"  # its proxy worker in milter mode, as Debian installs it
LATCHES = frozenset({Latch.RECIPIENT, Latch.RELAY, Latch.TLS, Latch.DNSBL, Latch.PREGREET}) | BY_FILTER

PROLOGUE = r"""set -eu
conf=$(postconf -h config_directory); ours=$conf/mxlatch/$step; saved=$ours/before; next=$ours/next
rm -rf "$next"; mkdir -p "$saved" "$next"
cp -p "$conf/main.cf" "$ours/main.cf.was"; cp -p "$conf/master.cf" "$ours/master.cf.was"
back() {
    cp -p "$ours/main.cf.was" "$conf/main.cf"; cp -p "$ours/master.cf.was" "$conf/master.cf"
    echo "nothing was changed" >&2
}
trap back EXIT
must() { echo "$*" >&2; exit 1; }
keep() { [ -e "$saved/main:$1" ] || postconf -n "$1" >"$saved/main:$1"; }
words() { printf ' %s ' "$*" | tr -s ', \t\n' '    '; }
put() { keep "$1"; printf '%s' "$2" >"$next/$1"; }
get() { if [ -e "$next/$1" ]; then cat "$next/$1"; else postconf -h "$1"; fi; }
first() { old=$(get "$1"); case $(words "$old") in *"$(words "$2")"*) ;; *) put "$1" "$2${old:+, $old}";; esac; }
last() { old=$(get "$1"); case $(words "$old") in *"$(words "$2")"*) ;; *) put "$1" "${old:+$old, }$2";; esac; }
service() {
    [ -e "$saved/master:${1%/*}:${1#*/}" ] || postconf -M "$1" >"$saved/master:${1%/*}:${1#*/}" 2>/dev/null
    postconf -M "$1=$2"
}
postscreen() {
    door=$(postconf -M smtp/inet)
    [ -n "$door" ] || must "master.cf has no service smtp/inet: switch postscreen on by hand"
    case $door in *postscreen*) return;; esac
    chroot=$(echo "$door" | awk '{ print $5 }')
    service smtpd/pass "$(echo "$door" | awk '{ $1 = "smtpd"; $2 = "pass"; $3 = "-"; print }')"
    service dnsblog/unix "dnsblog unix - - $chroot - 0 dnsblog"
    service tlsproxy/unix "tlsproxy unix - - $chroot - 0 tlsproxy"
    service smtp/inet "smtp inet n - $chroot - 1 postscreen"
}
"""
# All at once: Postfix's programs wait a second or two while main.cf has just been written.
EPILOGUE = r"""
set --
for file in "$next"/*; do if [ -e "$file" ]; then set -- "$@" "${file##*/} = $(cat "$file")"; fi; done
if [ $# != 0 ]; then postconf -e "$@"; fi
rm -r "$next"
postfix check || must "postfix check fails: the mail log says why"
trap - EXIT
if postfix status 2>/dev/null; then postfix reload; fi
"""
UNDO = r"""set -eu
conf=$(postconf -h config_directory); ours=$conf/mxlatch/$step; saved=$ours/before
set --
for file in "$saved"/main:*; do
    if [ -e "$file" ] && [ ! -s "$file" ]; then set -- "$@" "${file#"$saved"/main:}"; fi
done
if [ $# != 0 ]; then postconf -X "$@"; fi
set --
for file in "$saved"/main:*; do if [ -s "$file" ]; then set -- "$@" "$(cat "$file")"; fi; done
if [ $# != 0 ]; then postconf -e "$@"; fi
for file in "$saved"/master:*; do
    [ -e "$file" ] || continue
    name=${file#"$saved"/master:}; name=${name%:*}/${name##*:}
    if [ -s "$file" ]; then postconf -M "$name=$(cat "$file")"; else postconf -MX "$name"; fi
done
rm -r "$ours"; rmdir "$conf/mxlatch" 2>/dev/null || :
postfix check
if postfix status 2>/dev/null; then postfix reload; fi
"""


def render(plan: Plan, given: Given) -> tuple[Written, ...]:
    """A script for each host and step, and what undoes it; undo the last step first."""
    names = exchangers(plan)
    written = []
    for stage in stages(plan, expresses):
        stem = f"{stage.prefix}postfix-{file_name(stage.where)}"
        head = ["#!/bin/sh", *(f"# {line}" for line in stage.heads), "# Read it, then run it there as root."]
        text = script(stage.changes, plan.domain, names, stage.number)
        written += [Written(f"{stem}.sh", "\n".join([*head, text]))]
        written += [
            Written(f"{stem}-undo.sh", "\n".join(["#!/bin/sh", f"# {stage.heads[0]}: undo", undo(stage.number)]))
        ]
    return tuple(written)


def script(changes: Iterable[OnHost], domain: str, names: Sequence[str] = (), step: int = 1) -> str:
    """The script for one host. domain: whose mail it is; names: where strangers shall deliver instead.

    Raises:
        InputError: a value is not what it must be, or the change is not one for Postfix.
    """
    # What needs postscreen comes first: where the lists are asked depends on who stands at port 25.
    those = sorted(changes, key=lambda change: not _needs_postscreen(change))
    lines = [line for n, change in enumerate(those, 1) for line in _lines(n, change, domain, names)]
    return "\n".join([f"step={step}", PROLOGUE, *lines]) + EPILOGUE


def undo(step: int = 1) -> str:
    """The script that brings back the settings of before."""
    return f"step={step}\n{UNDO}"


def expresses(change: Change) -> bool:
    """True if Postfix has settings for this."""
    return expressed(change, NAME, LATCHES, ("xclient", "proxy"))


def _needs_postscreen(change: OnHost) -> bool:
    return isinstance(change, Listen) or (isinstance(change, Harden) and change.latch == Latch.PREGREET)


def _lines(number: int, change: OnHost, domain: str, exchangers: Sequence[str]) -> Iterator[str]:
    match change:
        case Harden():
            yield f"\n# {change.latch}" + (
                f", as at {remark(change.like)}: {remark(change.detail)}" if change.like else ""
            )
            yield from _HARDEN[change.latch](change, domain) if change.latch in _HARDEN else _unknown(change)
        case HandOn():
            yield from _hand_on(change)
        case StopWaiving():
            yield from _stop_waiving(change)
        case Retire():
            yield from _retire(change, exchangers)
        case Listen():
            yield from _listen(change)
        case Lock():
            yield from _lock(number, change, domain, exchangers)


def _unknown(change: Harden) -> Iterator[str]:
    raise InputError(f"Postfix has no setting for the latch {change.latch}: use `--as steps`")
    yield ""


def _recipient(change: Harden, domain: str) -> Iterator[str]:
    yield "# Best is the list itself, for it knows also while the next hop is down:"
    yield "#   postconf -e 'relay_recipient_maps = hash:/etc/postfix/relay_recipients'   (lines: address, word)"
    yield "# Never write '@domain x' in it: that takes every name. Without a list Postfix asks the next hop, and"
    yield "# answers 450 for a recipient that it does not know yet while the next hop is down."
    yield from _file("recipients.texthash", [f"{host(domain)} reject_unverified_recipient"])
    yield 'first smtpd_recipient_restrictions "check_recipient_access texthash:$ours/recipients.texthash"'
    yield "put unverified_recipient_reject_code 550"
    yield "put unverified_recipient_reject_reason 'Recipient address rejected: unknown user'"


def _relay(change: Harden, domain: str) -> Iterator[str]:
    yield "put smtpd_relay_restrictions 'permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination'"


def _tls(change: Harden, domain: str) -> Iterator[str]:
    yield '[ -n "$(postconf -h smtpd_tls_chain_files)$(postconf -h smtpd_tls_cert_file)" ] ||'
    yield f"    must {shell('no certificate: set smtpd_tls_chain_files to key and chain of ' + remark(change.host))}"
    yield "put smtpd_tls_security_level may"


def _dnsbl(change: Harden, domain: str) -> Iterator[str]:
    name = listed_in(change.detail)
    low, high = answers_of(name)
    entry = f"{name}=127.0.0.[{low}..{high}]"
    yield "case $(postconf -M smtp/inet) in"
    yield f"*postscreen*) first postscreen_dnsbl_sites '{entry}'; put postscreen_dnsbl_action enforce;;"
    yield "*) last smtpd_client_restrictions \\"
    yield f"    'permit_mynetworks, permit_sasl_authenticated, reject_rbl_client {entry}';;"
    yield "esac"


def _pregreet(change: Harden, domain: str) -> Iterator[str]:
    yield "# postscreen waits a moment before its banner, and refuses who speaks first. People submit mail at 587."
    yield "postscreen"
    yield "put postscreen_greet_action enforce"


def _filter(change: Harden, domain: str) -> Iterator[str]:
    yield "# The same filter as at the other door, with one corpus: see the settings for rspamd."
    yield f"first smtpd_milters '{RSPAMD}'"
    yield "put milter_default_action tempfail"


_HARDEN: dict[Latch, Callable[[Harden, str], Iterator[str]]] = {
    Latch.RECIPIENT: _recipient,
    Latch.RELAY: _relay,
    Latch.TLS: _tls,
    Latch.DNSBL: _dnsbl,
    Latch.PREGREET: _pregreet,
    **dict.fromkeys(BY_FILTER, _filter),
}


def _hand_on(change: HandOn) -> Iterator[str]:
    relay = door(change.door)[0]
    if change.by == "xclient":
        yield f"\n# {remark(change.host)} tells its clients by XCLIENT. Postfix's own smtp(8) cannot send it"
        yield f"# (XFORWARD is for logging only): the relay's side needs {RELAYS}."
        yield f"last smtpd_authorized_xclient_hosts {shell(relay)}"
    elif change.by == "proxy":
        yield f"\n# {remark(change.host)} tells its clients by PROXY, at port {PROXY_PORT}, not 25: the relay's side"
        yield f"# needs {RELAYS}. Whoever reaches that port can name any client: lock it to {relay}."
        yield "chroot=$(postconf -M smtp/inet | awk '{ print $5 }')"
        smtpd = "smtpd -o smtpd_upstream_proxy_protocol=haproxy"
        yield f'service {PROXY_PORT}/inet "{PROXY_PORT} inet n - ${{chroot:-n}} - - {smtpd}"'
    else:
        raise InputError(f"Postfix cannot read the client from {remark(change.by)!r}: see the settings for rspamd")


def _stop_waiving(change: StopWaiving) -> Iterator[str]:
    relay = _listed(door(change.door)[0])
    yield f"\n# {remark(change.host)} is a stranger like any other for {', '.join(change.latches)}."
    yield "# It may no longer relay through this host either. What also waives, if it names the relay:"
    yield "# check_client_access maps, postscreen_access_list, smtpd_milter_maps, and the filter's own lists."
    yield f"first mynetworks {shell('!' + relay)}"


def _retire(change: Retire, exchangers: Sequence[str]) -> Iterator[str]:
    domain = host(change.domain)
    yield f"\n# No more mail for {domain} from strangers; people who log in, and mynetworks, still hand in theirs."
    name = file_name(f"retired-{domain}")
    yield from _file(name, [f"{domain} 550 5.7.1 {retired(domain, exchangers)}"])
    yield "last smtpd_client_restrictions \\"
    check = f"check_recipient_access texthash:$ours/{name}"
    yield f'    "permit_mynetworks, permit_sasl_authenticated, {check}"'


def _listed(text: str) -> str:
    """An address as Postfix's match lists want it (postconf(5), mynetworks)."""
    return f"[{address(text)}]" if ":" in text else address(text)


def _listen(change: Listen) -> Iterator[str]:
    where = address(change.address)
    yield f"\n# A second address, a secondary on the same host as {remark(change.like)}: who never came to the first"
    yield "# gets 4xx here (postscreen's MX policy test). Postfix must know both as its own, else mail loops."
    yield f"# The address itself is the system's: ip addr add {where}/... dev ..."
    yield "postscreen"
    yield "list=postscreen_allowlist_interfaces  # before Postfix 3.6:"
    yield '[ -n "$(postconf -d "$list" 2>/dev/null)" ] || list=postscreen_whitelist_interfaces'
    yield f'first "$list" {shell("!" + _listed(where))}'
    yield 'case $(words "$(postconf -h inet_interfaces)") in'
    yield f"*' all '*|*' {where} '*) ;;"
    yield f"*) last inet_interfaces {where}; echo 'restart Postfix: inet_interfaces was changed' >&2;;"
    yield "esac"
    yield f"# Behind NAT, where the host does not hold the address: postconf -e 'proxy_interfaces = {where}'"


def _lock(number: int, lock: Lock, domain: str, exchangers: Sequence[str]) -> Iterator[str]:
    v4, v6 = families(lock.allow)
    told = f"550 5.7.1 {refusal(domain, exchangers)}"
    table = [f"{each} DUNNO" for each in ("127.0.0.0/8", *v4, "::1", *v6)]
    yield f"\n# Mail from {remark(lock.who) or 'these addresses'} only; a stranger is told where to deliver."
    yield "# This is the first stage: look in the log for who was refused, then let the firewall refuse."
    yield "# People who log in are let in."
    if lock.shared:
        yield f"# {SHARED}"
    yield from _file(f"lock{number}.cidr", [*table, f"0.0.0.0/0 {told}", f"::/0 {told}"])
    check = f"check_client_access cidr:$ours/lock{number}.cidr"
    yield f'first smtpd_client_restrictions "permit_sasl_authenticated, {check}"'


def _file(name: str, lines: Iterable[str]) -> Iterator[str]:
    """A file of ours, beside main.cf. No line can end it: none is hostile, and none is only the mark."""
    yield f"cat >\"$ours/{file_name(name)}\" <<'END_OF_FILE'"
    yield from lines
    yield "END_OF_FILE"
