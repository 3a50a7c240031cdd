"""The mail servers: Postfix, Exim and OpenSMTPD as exchangers of one domain, with the latches that a test asks for.

What is accepted is for the domain, and goes nowhere; only Postfix can be told to deliver into Maildirs, or to hand on
as a filter does. Each one's log shows every RCPT that it was given.
"""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from realnet.network import Host
from realnet.server import Server, in_root

PORT = 25


@dataclass(frozen=True)
class Exchanger:
    """What a mail server is to be: its name in banner and EHLO, its domain, and its latches.

    recipients: the local parts that exist, all others being refused at RCPT; None accepts whatever is asked.
    certificate: PEM text of chain and key for STARTTLS; None offers none. delivers: into a Maildir for each
    recipient (`maildir`). filters_for: hands on to this address, marks what it has seen, and refuses GTUBE. relays_to:
    hands on to this address, as it comes. listed: client addresses that it refuses, as a block list would have it.
    xclient: who may tell it by XCLIENT which client is meant. settings: a shell script that runs before it starts.
    port: where OpenSMTPD listens; the others know port 25 only. All from `delivers` to `settings` is for Postfix.
    """

    name: str
    domain: str
    recipients: Collection[str] | None = None
    certificate: tuple[str, str] | None = None
    delivers: bool = False
    filters_for: str = ""
    relays_to: str = ""
    listed: Collection[str] = ()
    xclient: Collection[str] = ()
    settings: str = ""
    port: int = PORT

    def files(self) -> dict[str, str]:
        """The files that every server is given."""
        if self.certificate is None:
            return {}
        chain, key = self.certificate
        return {"chain.pem": chain, "key.pem": key}


def postfix(host: Host, exchanger: Exchanger) -> Server:
    """Postfix; refuses unknown recipients of its domain with 550 5.1.1."""
    known = [f"{r}@{exchanger.domain} {r}/" for r in exchanger.recipients or ()]
    settings = {
        "compatibility_level": "3.6",
        "queue_directory": "/var/spool/postfix",
        "command_directory": "/usr/sbin",
        "daemon_directory": "/usr/lib/postfix/sbin",
        "data_directory": "/var/lib/postfix",
        "maillog_file": "/srv/mail.log",
        "maillog_file_prefixes": "/srv",
        "myhostname": exchanger.name,
        "mydestination": "",
        "mynetworks": "127.0.0.0/8",
        "inet_interfaces": ", ".join(host.addresses),
        "virtual_mailbox_domains": exchanger.domain,
        "virtual_mailbox_maps": "static:all" if exchanger.recipients is None else "texthash:/srv/recipients",
        "virtual_transport": "discard:",
        "smtpd_relay_restrictions": "reject_unauth_destination",
        "smtpd_recipient_restrictions": "",
        "smtpd_tls_loglevel": "1",
        "disable_dns_lookups": "yes",
        "smtpd_peername_lookup": "no",
        "alias_maps": "",
    }
    if exchanger.certificate is not None:
        settings |= {"smtpd_tls_security_level": "may", "smtpd_tls_chain_files": "/srv/key.pem, /srv/chain.pem"}
    if exchanger.delivers:
        nobody = {"virtual_uid_maps": "static:65534", "virtual_gid_maps": "static:65534"}
        settings |= nobody | {"virtual_transport": "virtual:", "virtual_mailbox_base": "/srv/mail"}
    if exchanger.filters_for:
        checks = {"header_checks": "regexp:/srv/marks", "body_checks": "regexp:/srv/spam"}
        settings |= checks | {"virtual_transport": f"smtp:[{exchanger.filters_for}]:25"}
    if exchanger.relays_to:
        settings |= {"virtual_transport": f"smtp:[{exchanger.relays_to}]:25"}
    if exchanger.listed:
        settings |= {"smtpd_client_restrictions": "check_client_access cidr:/srv/listed"}
    if exchanger.xclient:
        settings |= {"smtpd_authorized_xclient_hosts": ", ".join(exchanger.xclient)}
    services = (
        "smtp inet n - n - - smtpd",
        "cleanup unix n - n - 0 cleanup",
        "rewrite unix - - n - - trivial-rewrite",
        "qmgr unix n - n 300 1 qmgr",
        "bounce unix - - n - 0 bounce",
        "defer unix - - n - 0 bounce",
        "proxymap unix - - n - - proxymap",
        "discard unix - - n - - discard",
        "virtual unix - n n - - virtual",
        "smtp unix - - n - - smtp",
        "error unix - - n - - error",
        "anvil unix - - n - 1 anvil",
        "verify unix - - n - 1 verify",
        "tlsmgr unix - - n 1000? 1 tlsmgr",
        "postlog unix-dgram n - n - 1 postlogd",
    )
    files = {
        "main.cf": "".join(f"{name} = {value}\n" for name, value in settings.items()),
        "master.cf": "".join(f"{service}\n" for service in services),
        "recipients": "".join(f"{line}\n" for line in known),
        "listed": "".join(f"{address} REJECT listed\n" for address in exchanger.listed),
        "marks": "/^Message-ID:/ PREPEND X-Spam-Status: No, score=0.1\n",
        "spam": "/GTUBE-STANDARD-ANTI-UBE-TEST/ REJECT This is spam\n",
        "settings.sh": exchanger.settings,
    }
    mailboxes = "\n".join(
        f"        mkdir -p /srv/mail/{r}/new /srv/mail/{r}/cur /srv/mail/{r}/tmp" for r in exchanger.recipients or ()
    )
    script = """
        cp /srv/main.cf /srv/master.cf /etc/postfix/
        touch -d '1 minute ago' /etc/postfix/*.cf /srv/recipients  # Postfix waits while its settings look half-written
        cd /var/spool/postfix
        mkdir -p active bounce corrupt defer deferred flush hold incoming maildrop pid private public saved trace
        chown postfix active bounce corrupt defer deferred flush hold incoming private saved trace public maildrop
        mkdir -p /var/lib/postfix && chown postfix /var/lib/postfix
        chgrp postdrop maildrop public
        touch /srv/mail.log
        mkdir -p /srv/mail && chown -R 65534:65534 /srv/mail
        touch /etc/aliases
        sh /srv/settings.sh >/srv/settings.log 2>&1 || { cat /srv/settings.log; exit 1; }
        touch -d '1 minute ago' /etc/postfix/*.cf
        exec /usr/lib/postfix/sbin/master -d -c /etc/postfix
    """
    argv = in_root(host, "postfix", f"{mailboxes}\n{script}", files | exchanger.files())
    return Server(host, "postfix", lambda: greets(host), argv, log_file="mail.log")


def maildir(host: Host, recipient: str) -> Path:
    """Where Postfix on this host delivers for a local part."""
    return host.folder / "postfix" / "mail" / recipient


def exim(host: Host, exchanger: Exchanger) -> Server:
    """Exim; without recipients it takes any local part of its domain."""
    if exchanger.recipients is None:
        accept = f"  accept domains = {exchanger.domain}\n"
    else:
        known = " : ".join(sorted(exchanger.recipients))
        accept = (
            f"  accept domains = {exchanger.domain}\n         local_parts = {known}\n"
            f"  deny domains = {exchanger.domain}\n       message = Unrouteable address\n"
        )
    tls = "tls_certificate = /srv/chain.pem\ntls_privatekey = /srv/key.pem\ntls_advertise_hosts = *\n"
    config = (
        f"primary_hostname = {exchanger.name}\n"
        f"local_interfaces = <; {' ; '.join(host.addresses)}\n"
        "log_file_path = /srv/%slog\nspool_directory = /srv/spool\npid_file_path = /srv/exim.pid\n"
        "exim_user = Debian-exim\nexim_group = Debian-exim\nkeep_environment =\n"
        "host_lookup =\nrfc1413_query_timeout = 0s\ndns_dnssec_ok = 0\nqueue_only = true\n"
        "log_selector = +all\n"
        "acl_smtp_rcpt = rcpt\n"
        + (tls if exchanger.certificate else "tls_advertise_hosts =\n")
        + "begin acl\nrcpt:\n  warn logwrite = RCPT TO:<$local_part@$domain>\n"
        + accept
        + "  deny message = relay not permitted\n"
        "begin routers\nnowhere:\n  driver = accept\n  transport = hole\n"
        "begin transports\nhole:\n  driver = appendfile\n  file = /dev/null\n"
    )
    script = """
        mkdir -p /srv/spool
        chown -R Debian-exim:Debian-exim /srv
        chown root /srv/exim.conf
        chmod 644 /srv/exim.conf
        cp /srv/exim.conf /etc/exim4/exim4.conf
        exec exim4 -bdf
    """
    argv = in_root(host, "exim", script, {"exim.conf": config} | exchanger.files())
    return Server(host, "exim", lambda: greets(host), argv, log_file="mainlog")


def opensmtpd(host: Host, exchanger: Exchanger) -> Server:
    """OpenSMTPD, without STARTTLS; with recipients it knows them from a table of virtual users.

    Debian 12's OpenSMTPD 6.8 keeps its keys in a process of their own, and with OpenSSL 3 no longer finds them there:
    every handshake ends in its alert 80. So a certificate is refused here rather than be the reason of a surprise.
    """
    assert exchanger.certificate is None
    table = "table users file:/srv/users"
    listeners = [f'listen on "{a}" port {exchanger.port} hostname "{exchanger.name}"' for a in host.addresses]
    rules = [
        "queue ttl 1h",
        'action "hole" mda "/bin/cat >/dev/null" virtual <users>',
        f'match from any for domain "{exchanger.domain}" action "hole"',
    ]
    known = [""] if exchanger.recipients is None else exchanger.recipients
    users = [f"{recipient}@{exchanger.domain} mailbox" for recipient in known]
    files = {
        "smtpd.conf": "\n".join([table, *listeners, *rules]) + "\n",
        "users": "".join(f"{line}\n" for line in users),
    }
    script = """
        mkdir -p /var/spool/smtpd /var/lib/opensmtpd/empty
        chmod 711 /var/spool/smtpd
        exec smtpd -d -v -T smtp -T rules -f /srv/smtpd.conf
    """
    argv = in_root(host, "opensmtpd", script, files)
    return Server(host, "opensmtpd", lambda: greets(host, exchanger.port), argv)


def greets(host: Host, port: int = PORT) -> bool:
    """True if this port of every address of the host says 220."""
    for address in host.addresses:
        try:
            with host.connect(address, port, 2) as connection:
                greeting = connection.recv(512)
                connection.sendall(b"QUIT\r\n")
                connection.recv(512)
        except OSError:
            return False
        if not greeting.startswith(b"220"):
            return False
    return True
