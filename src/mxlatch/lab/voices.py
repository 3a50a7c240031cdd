"""How mail servers word their replies, so that the lab's doors sound like the real ones (RFC 5321 section 4.2).

The texts are those of the products' default set-ups: Postfix 3.7, Exim 4.96, OpenSMTPD 6.8, sendmail 8.17, Exchange
2019, netqmail 1.06. Placeholders: {host} {helo} {client} {sender} {recipient} {date} {id} {list}. "|" parts lines.
"""

from msgspec import Struct


class Voice(Struct, frozen=True):
    """One product's replies. extensions: what EHLO offers, less STARTTLS and XCLIENT; ehlo: its first line."""

    greeting: str
    ehlo: str
    extensions: tuple[str, ...]
    sender_ok: str
    recipient_ok: str
    unknown_user: str
    no_relay: str
    listed: str
    greylisted: str
    out_of_order: str
    spam: str
    go_ahead: str
    queued: str
    reset: str
    bye: str
    tls: str
    unknown_command: str
    bad_sequence: str
    no_recipients: str
    syntax: str
    vrfy: str = "252 2.0.0 {recipient}"


VOICES: dict[str, Voice] = {
    "postfix": Voice(
        greeting="{host} ESMTP Postfix",
        ehlo="{host}",
        extensions=(
            "PIPELINING",
            "SIZE 10240000",
            "VRFY",
            "ETRN",
            "ENHANCEDSTATUSCODES",
            "8BITMIME",
            "DSN",
            "SMTPUTF8",
            "CHUNKING",
        ),
        sender_ok="250 2.1.0 Ok",
        recipient_ok="250 2.1.5 Ok",
        unknown_user="550 5.1.1 <{recipient}>: Recipient address rejected: User unknown in virtual mailbox table",
        no_relay="554 5.7.1 <{recipient}>: Relay access denied",
        listed="554 5.7.1 Service unavailable; Client host [{client}] blocked using {list}",
        greylisted="450 4.2.0 <{recipient}>: Recipient address rejected: Greylisted, please try again later",
        out_of_order="450 4.7.1 <{recipient}>: Recipient address rejected: try the better exchanger first",
        spam="550 5.7.1 Message content rejected",
        go_ahead="354 End data with <CR><LF>.<CR><LF>",
        queued="250 2.0.0 Ok: queued as {id}",
        reset="250 2.0.0 Ok",
        bye="221 2.0.0 Bye",
        tls="220 2.0.0 Ready to start TLS",
        unknown_command="502 5.5.2 Error: command not recognized",
        bad_sequence="503 5.5.1 Error: need MAIL command",
        no_recipients="554 5.5.1 Error: no valid recipients",
        syntax="501 5.5.4 Syntax: MAIL FROM:<address>, RCPT TO:<address>",
    ),
    "exim": Voice(
        greeting="{host} ESMTP Exim 4.96 {date}",
        ehlo="{host} Hello {helo} [{client}]",
        extensions=("SIZE 52428800", "8BITMIME", "PIPELINING", "PIPECONNECT", "CHUNKING", "PRDR", "HELP"),
        sender_ok="250 OK",
        recipient_ok="250 Accepted",
        unknown_user="550 Unrouteable address",
        no_relay="550 relay not permitted",
        listed="550 {client} is in a black list at {list}",
        greylisted="451 Greylisted, please try again later",
        out_of_order="451 Please try the better exchanger first",
        spam="550 This message was classified as spam",
        go_ahead='354 Enter message, ending with "." on a line by itself',
        queued="250 OK id={id}",
        reset="250 Reset OK",
        bye="221 {host} closing connection",
        tls="220 TLS go ahead",
        unknown_command="500 unrecognized command",
        bad_sequence="503 sender not yet given",
        no_recipients="503 valid RCPT command must precede DATA",
        syntax="501 syntax error",
        vrfy="252 VRFY not available",
    ),
    "opensmtpd": Voice(
        greeting="{host} ESMTP OpenSMTPD",
        ehlo="{host} Hello {helo} [{client}], pleased to meet you",
        extensions=("8BITMIME", "ENHANCEDSTATUSCODES", "SIZE 36700160", "DSN", "HELP"),
        sender_ok="250 2.0.0 Ok",
        recipient_ok="250 2.1.5 Destination address valid: Recipient ok",
        unknown_user="550 Invalid recipient: <{recipient}>",
        no_relay="550 Invalid recipient: <{recipient}>",
        listed="550 Listed at {list}",
        greylisted="451 4.7.1 Greylisted, please try again later",
        out_of_order="451 4.7.1 Please try the better exchanger first",
        spam="550 5.7.1 Message refused as spam",
        go_ahead='354 Enter mail, end with "." on a line by itself',
        queued="250 2.0.0 {id} Message accepted for delivery",
        reset="250 2.0.0 Reset state",
        bye="221 2.0.0 Bye",
        tls="220 2.0.0 Ready to start TLS",
        unknown_command="500 5.5.1 Invalid command: Command unrecognized",
        bad_sequence="503 5.5.1 Invalid command: Command not allowed at this point.",
        no_recipients="503 5.5.1 Invalid command: Command not allowed at this point.",
        syntax="501 5.5.4 Invalid command arguments: Syntax error",
        vrfy="252 5.5.1 Cannot VRFY; try RCPT",
    ),
    "sendmail": Voice(
        greeting="{host} ESMTP Sendmail 8.17.1.9/8.17.1.9/Debian-2; {date}",
        ehlo="{host} Hello {helo} [{client}], pleased to meet you",
        extensions=(
            "ENHANCEDSTATUSCODES",
            "PIPELINING",
            "EXPN",
            "VERB",
            "8BITMIME",
            "SIZE",
            "DSN",
            "DELIVERBY",
            "HELP",
        ),
        sender_ok="250 2.1.0 <{sender}>... Sender ok",
        recipient_ok="250 2.1.5 <{recipient}>... Recipient ok",
        unknown_user="550 5.1.1 <{recipient}>... User unknown",
        no_relay="550 5.7.1 <{recipient}>... Relaying denied",
        listed="550 5.7.1 Rejected: {client} listed at {list}",
        greylisted="451 4.7.1 Greylisting in action, please come back later",
        out_of_order="451 4.7.1 Please try the better exchanger first",
        spam="550 5.7.1 Message refused as spam",
        go_ahead='354 Enter mail, end with "." on a line by itself',
        queued="250 2.0.0 {id} Message accepted for delivery",
        reset="250 2.0.0 Reset state",
        bye="221 2.0.0 {host} closing connection",
        tls="220 2.0.0 Ready to start TLS",
        unknown_command='500 5.5.1 Command unrecognized: "{command}"',
        bad_sequence="503 5.0.0 Need MAIL before RCPT",
        no_recipients="503 5.0.0 Need RCPT (recipient)",
        syntax='501 5.5.2 Syntax error in parameters scanning "FROM"',
        vrfy="252 2.5.2 Cannot VRFY user; try RCPT to attempt delivery (or try finger)",
    ),
    "exchange": Voice(
        greeting="{host} Microsoft ESMTP MAIL Service ready at {date}",
        ehlo="{host} Hello [{client}]",
        extensions=("SIZE 37748736", "PIPELINING", "DSN", "ENHANCEDSTATUSCODES", "8BITMIME", "BINARYMIME", "CHUNKING"),
        sender_ok="250 2.1.0 Sender OK",
        recipient_ok="250 2.1.5 Recipient OK",
        unknown_user="550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
        no_relay="550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain",
        listed="550 5.7.1 Recipient not authorized, your IP has been found on a block list",
        greylisted="451 4.7.650 The mail server is temporarily rate limited",
        out_of_order="451 4.7.1 Please try the better exchanger first",
        spam="550 5.7.1 Message rejected as spam by Content Filtering.",
        go_ahead="354 Start mail input; end with <CRLF>.<CRLF>",
        queued="250 2.6.0 <{id}@{host}> Queued mail for delivery",
        reset="250 2.0.0 Resetting",
        bye="221 2.0.0 Service closing transmission channel",
        tls="220 2.0.0 SMTP server ready",
        unknown_command="500 5.3.3 Unrecognized command",
        bad_sequence="503 5.5.2 Need mail command",
        no_recipients="503 5.5.2 Need rcpt command",
        syntax="501 5.5.4 Invalid arguments",
        vrfy="252 2.1.5 Cannot VRFY user",
    ),
    "qmail": Voice(
        greeting="{host} ESMTP",
        ehlo="{host}",
        extensions=("PIPELINING", "8BITMIME"),
        sender_ok="250 ok",
        recipient_ok="250 ok",
        unknown_user="550 sorry, no mailbox here by that name (#5.1.1)",
        no_relay="553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)",
        listed="553 sorry, your host is listed at {list} (#5.7.1)",
        greylisted="450 greylisted (#4.3.0)",
        out_of_order="450 try the better exchanger first (#4.3.0)",
        spam="554 mail server permanently rejected message (#5.3.0)",
        go_ahead="354 go ahead",
        queued="250 ok 1767225600 qp {id}",
        reset="250 flushed",
        bye="221 {host}",
        tls="220 ready for tls",
        unknown_command="502 unimplemented (#5.5.1)",
        bad_sequence="503 MAIL first (#5.5.1)",
        no_recipients="503 RCPT first (#5.5.1)",
        syntax="555 syntax error (#5.5.4)",
        vrfy="252 send some mail, i'll try my best",
    ),
}
