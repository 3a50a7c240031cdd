"""Settings for Postfix (postconf(5)): for each host a shell script that sets them by postconf(1), and one that undoes.

The script changes main.cf and master.cf or neither: it keeps both, and puts them back if anything fails before
`postfix check` has passed. Beside main.cf, under mxlatch/PLAN, it keeps what each setting was the first time, so that
it may be run twice, and what it left. Several plans may stand on one host: the undo brings back exactly the plan's own
settings. It changes nothing where one of these is not as the script left it, or a later plan has it too, and says whose
undo comes first.

A lock is of the services in master.cf that stand at its ports: submission, with a login, is another service. They have
it as an option (-o mxlatch_lock), so that what main.cf says for all goes on to hold for them.

Limits, of Postfix itself:
- smtp(8) cannot send XCLIENT, only XFORWARD, which is for logging: the relay must be one that can (`RELAYS`).
- smtpd_upstream_proxy_protocol believes whoever connects: its port needs a lock.
- reject_unverified_recipient answers 450 for an address that it does not know yet while the next hop is down.
- a service knows no address that a client connected to: a lock holds wherever it listens, mostly at all of the host's.
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
from mxlatch.plan.providers.quoting import address, door, families, file_name, host, port, remark, shell
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
_SERVICES = {"25": ("smtp",), "465": ("smtps", "submissions"), "587": ("submission",)}  # as master.cf names them
LATCHES = frozenset({Latch.RECIPIENT, Latch.RELAY, Latch.TLS, Latch.DNSBL, Latch.PREGREET}) | BY_FILTER

_COMMON = r"""set -eu
conf=$(postconf -h config_directory); state=$conf/mxlatch; ours=$state/$plan; saved=$ours/before; left=$ours/after
tidy() { [ -s "$state/order" ] || rm "$state/order"; rmdir "$state" 2>/dev/null || :; }
must() { echo "$*" >&2; exit 1; }
standing() {
    case $1 in
    main:*) postconf -n "${1#main:}" 2>/dev/null || :;;
    *) name=${1#master:}; postconf -M "${name%:*}/${name##*:}" 2>/dev/null || :;;
    esac
}
"""
PROLOGUE = r"""next=$ours/next; changed=
rm -rf "$next"; mkdir -p "$saved" "$left" "$next"; touch "$state/order"; : >"$ours/options"
cp -p "$conf/main.cf" "$ours/main.cf.was"; cp -p "$conf/master.cf" "$ours/master.cf.was"
stands() { grep -qxF "$plan" "$state/order"; }
back() {
    cp -p "$ours/main.cf.was" "$conf/main.cf"; cp -p "$ours/master.cf.was" "$conf/master.cf"
    stands || rm -r "$ours"
    tidy
    echo "nothing was changed" >&2
}
trap back EXIT
keep() { [ -e "$saved/$1" ] || standing "$1" >"$saved/$1"; }
words() { printf ' %s ' "$*" | tr -s ', \t\n' '    '; }
put() { keep "main:$1"; printf '%s' "$2" >"$next/$1"; changed="$changed main:$1 "; }
get() { if [ -e "$next/$1" ]; then cat "$next/$1"; else postconf -h "$1"; fi; }
first() {
    keep "main:$1"; old=$(get "$1")
    case $(words "$old") in *"$(words "$2")"*) ;; *) put "$1" "$2${old:+, $old}";; esac
}
last() {
    keep "main:$1"; old=$(get "$1")
    case $(words "$old") in *"$(words "$2")"*) ;; *) put "$1" "${old:+$old, }$2";; esac
}
touched() { name=master:${1%/*}:${1#*/}; keep "$name"; changed="$changed $name "; }
service() { touched "$1"; postconf -M "$1=$2"; }
option() {
    now=$(awk -v key="$1/$2=" 'index($0, key) == 1 { print substr($0, length(key) + 1) }' "$ours/options" | tail -n 1)
    echo "${now:-$(postconf -Ph "$1/$2" 2>/dev/null)}"
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
services() {  # who speaks with clients that come to these ports at these addresses
    postconf -M | awk -v ports=" $1 " -v addresses=" $2 0.0.0.0 :: " '$2 == "inet" {
        port = $1; sub(/^.*:/, "", port); at = substr($1, 1, length($1) - length(port) - 1); gsub(/[][]/, "", at)
        if (index(ports, " " port " ") && (at == "" || index(addresses, " " at " ")))
            print ($8 == "postscreen" ? "smtpd/pass" : $1 "/inet")
    }' | sort -u
}
same() { [ "$(grep ' DUNNO$' "$1")" = "$(grep ' DUNNO$' "$2")" ]; }  # two tables let in the same
lock() {  # ports, addresses, table
    found=$(services "$1" "$2")
    [ -n "$found" ] || must "master.cf has no service at port $1 of ${2:-this host}: set the lock by hand"
    put mxlatch_lock ''
    first smtpd_client_restrictions '$mxlatch_lock'
    for one in $found; do
        lists=$(option "$one" mxlatch_lock)
        case ",$lists," in *",cidr:$3,"*) keep "master:${one%/*}:${one#*/}"; continue;; esac
        for other in $(echo "$lists" | tr , ' '); do
            case $other in cidr:*) same "${other#cidr:}" "$3" || must "$one is locked already, by ${other#cidr:}," \
                "which lets in others: each would refuse whom the other lets in. Put all domains of this host into" \
                "one inventory, plan them together, and undo the other plan first";;
            esac
        done
        touched "$one"
        own=$(option "$one" smtpd_client_restrictions | tr -s ', \t' ',')
        case ",$own," in ,,|*',$mxlatch_lock,'*) ;; *)
            echo "$one/smtpd_client_restrictions=\$mxlatch_lock,$own" >>"$ours/options";;
        esac
        lists=${lists:+$lists,}permit_sasl_authenticated,check_client_access,cidr:$3
        echo "$one/mxlatch_lock=$lists" >>"$ours/options"
    done
}
"""
# All at once: Postfix's programs wait a second or two while main.cf has just been written.
EPILOGUE = r"""
set --
for file in "$next"/*; do if [ -e "$file" ]; then set -- "$@" "${file##*/} = $(cat "$file")"; fi; done
if [ $# != 0 ]; then postconf -e "$@"; fi
while read -r one; do postconf -P "$one" </dev/null; done <"$ours/options"
rm -r "$next" "$ours/options"
postfix check || must "postfix check fails: the mail log says why"
for file in "$saved"/*; do
    [ -e "$file" ] || continue
    name=${file##*/}
    case $changed in *" $name "*) standing "$name" >"$left/$name";; esac
    [ -e "$left/$name" ] || standing "$name" >"$left/$name"
done
stands || echo "$plan" >>"$state/order"
trap - EXIT
if postfix status 2>/dev/null; then postfix reload; fi
"""
UNDO = r"""
[ -d "$saved" ] || must "nothing of $plan stands here"
later=$(awk -v plan="$plan" 'found; $0 == plan { found = 1 }' "$state/order")
for file in "$saved"/*; do
    [ -e "$file" ] || continue
    name=${file##*/}
    for other in $later; do
        [ ! -e "$state/$other/before/$name" ] || must "nothing was changed: ${name#*:} is of a later plan too. Run" \
            "the undo of $other first, then this, then the script of $other again"
    done
    [ "$(standing "$name")" = "$(cat "$left/$name")" ] || must "nothing was changed: ${name#*:} is not as this" \
        "plan left it ($left/$name). Make it so and run this again, or take out by hand what names mxlatch"
done
for file in "$saved"/master:*; do
    [ -e "$file" ] || continue
    name=${file#"$saved"/master:}; name=${name%:*}/${name##*:}
    if [ -s "$file" ]; then postconf -M "$name=$(cat "$file")"; else postconf -MX "$name"; fi
done
set --
for file in "$saved"/main:*; do
    if [ -e "$file" ] && [ ! -s "$file" ]; then set -- "$@" "${file#"$saved"/main:}"; fi
done
if [ $# != 0 ]; then postconf -X "$@"; fi
set --
for file in "$saved"/main:*; do if [ -s "$file" ]; then set -- "$@" "$(cat "$file")"; fi; done
if [ $# != 0 ]; then postconf -e "$@"; fi
rm -r "$ours"
grep -vxF "$plan" "$state/order" >"$state/order.new" || :
mv "$state/order.new" "$state/order"
tidy
postfix check
if postfix status 2>/dev/null; then postfix reload; fi
"""


def render(plan: Plan, given: Given) -> tuple[Written, ...]:
    """A script for each host and step, and what undoes it; undo the last step first."""
    names = exchangers(plan)
    written = []
    for stage in stages(plan, expresses):
        stem = f"{stage.prefix}postfix-{file_name(stage.where)}-for-{file_name(plan.domain)}"
        folder = f"{file_name(plan.domain)}-{plan.digest[:8]}-{stage.number}"
        head = ["#!/bin/sh", *(f"# {line}" for line in stage.heads), "# Read it, then run it there as root."]
        text = script(stage.changes, plan.domain, folder, names)
        written += [Written(f"{stem}.sh", "\n".join([*head, text]))]
        written += [Written(f"{stem}-undo.sh", "\n".join(["#!/bin/sh", f"# {stage.heads[0]}: undo", undo(folder)]))]
    return tuple(written)


def script(changes: Iterable[OnHost], domain: str, folder: str, names: Sequence[str] = ()) -> str:
    """The script for one host.

    domain: whose mail it is; folder: of this plan and step, and of no other, below mxlatch/; names: where strangers
    shall deliver instead.

    Raises:
        InputError: a value is not what it must be, or the change is not one for Postfix.
    """
    # What needs postscreen comes first: where the lists are asked depends on who stands at port 25.
    those = sorted(changes, key=lambda change: not _needs_postscreen(change))
    lines = [line for n, change in enumerate(those, 1) for line in _lines(n, change, domain, names)]
    return "\n".join([f"plan={shell(folder)}", _COMMON + PROLOGUE, *lines]) + EPILOGUE


def undo(folder: str) -> str:
    """The script that brings back the settings of before."""
    return f"plan={shell(folder)}\n{_COMMON}{UNDO}"


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
    ports = [str(port(number)) for number in sorted(set(lock.ports))]
    yield f"\n# At port {', '.join(ports)}: mail from {remark(lock.who) or 'these addresses'} only."
    yield "# A stranger is told where to deliver. This is the first stage: look in the log for who was refused, then"
    yield "# let the firewall refuse."
    yield "# People who log in are let in. Other ports stay as they are: they are other services in master.cf."
    if lock.shared:
        yield f"# {SHARED}"
    yield from _file(f"lock{number}.cidr", [*table, f"0.0.0.0/0 {told}", f"::/0 {told}"])
    named = " ".join(name for each in ports for name in (each, *_SERVICES.get(each, ())))
    addresses = " ".join(each for family in families(lock.addresses) for each in family)
    yield f'lock "{named}" "{addresses}" "$ours/lock{number}.cidr"'


def _file(name: str, lines: Iterable[str]) -> Iterator[str]:
    """A file of ours, beside main.cf. No line can end it: none is hostile, and none is only the mark."""
    yield f"cat >\"$ours/{file_name(name)}\" <<'END_OF_FILE'"
    yield from lines
    yield "END_OF_FILE"
