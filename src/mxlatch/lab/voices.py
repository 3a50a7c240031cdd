"""How mail servers word their replies, so that the lab's doors sound like the real ones (RFC 5321 section 4.2).

The texts are those of the products' default set-ups: Postfix 3.7, Exim 4.96 and OpenSMTPD 6.8, compared with what
stands in Debian 12's programs; sendmail 8.17, Exchange 2019 and netqmail 1.06, from memory. Placeholders: {host}
{helo} {client} {sender} {recipient} {date} {id} {list} {command}.
"""

from msgspec import Struct


class Voice(Struct, frozen=True):
    """One product's replies.

    ehlo: the first line of its reply to EHLO. extensions: the others, in order; STARTTLS falls out where the host does
    not offer it. all_refused: to DATA after refused recipients only, where the product then says more; {refusal} is the
    text of the last refusal.
    """

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
    nested: str
    mail_first: str
    rcpt_first: str
    no_recipients: str
    bad_helo: str
    bad_sender: str
    bad_recipient: str
    spf_fail: str = "550 5.7.23 {client} is not allowed to send mail from {sender}: SPF fail"  # RFC 7372
    vrfy: str = "252 2.0.0 {recipient}"
    all_refused: tuple[str, ...] = ()


VOICES: dict[str, Voice] = {
    "postfix": Voice(
        greeting="{host} ESMTP Postfix",
        ehlo="{host}",
        extensions=(
            "PIPELINING",
            "SIZE 10240000",
            "VRFY",
            "ETRN",
            "STARTTLS",
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
        unknown_command="500 5.5.2 Error: command not recognized",
        nested="503 5.5.1 Error: nested MAIL command",
        mail_first="503 5.5.1 Error: need MAIL command",
        rcpt_first="503 5.5.1 Error: need RCPT command",
        no_recipients="554 5.5.1 Error: no valid recipients",
        bad_helo="501 Syntax: EHLO hostname",
        bad_sender="501 5.5.4 Syntax: MAIL FROM:<address>",
        bad_recipient="501 5.5.4 Syntax: RCPT TO:<address>",
    ),
    "exim": Voice(
        greeting="{host} ESMTP Exim 4.96 {date}",
        ehlo="{host} Hello {helo} [{client}]",
        extensions=("SIZE 52428800", "8BITMIME", "PIPELINING", "PIPECONNECT", "CHUNKING", "STARTTLS", "PRDR", "HELP"),
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
        nested="503 sender already given",
        mail_first="503 sender not yet given",
        rcpt_first="503 valid RCPT command must precede DATA",
        no_recipients="503 valid RCPT command must precede DATA",
        all_refused=(
            "503-All RCPT commands were rejected with this error:",
            "503-{refusal}",
            "503 Valid RCPT command must precede DATA",
        ),
        bad_helo="501 Syntactically invalid EHLO argument(s)",
        bad_sender="500 unrecognized command",
        bad_recipient="500 unrecognized command",
        vrfy="252 VRFY not available",
    ),
    "opensmtpd": Voice(
        greeting="{host} ESMTP OpenSMTPD",
        ehlo="{host} Hello {helo} [{client}], pleased to meet you",
        extensions=("8BITMIME", "ENHANCEDSTATUSCODES", "SIZE 36700160", "DSN", "STARTTLS", "HELP"),
        sender_ok="250 2.0.0 Ok",
        recipient_ok="250 2.1.5 Destination address valid: Recipient ok",
        unknown_user="524 5.2.4 Mailing list expansion problem: <{recipient}>",
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
        nested="503 5.5.1 Invalid command: Command not allowed at this point.",
        mail_first="503 5.5.1 Invalid command: Command not allowed at this point.",
        rcpt_first="503 5.5.1 Invalid command: Command not allowed at this point.",
        no_recipients="503 5.5.4 Invalid command arguments: No recipient specified",
        bad_helo="501 5.5.1 Invalid command: EHLO requires domain name",
        bad_sender="500 5.5.1 Invalid command: Command unrecognized",
        bad_recipient="500 5.5.1 Invalid command: Command unrecognized",
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
        nested="503 5.5.0 Sender already specified",
        mail_first="503 5.0.0 Need MAIL before RCPT",
        rcpt_first="503 5.0.0 Need RCPT (recipient)",
        no_recipients="503 5.0.0 Need RCPT (recipient)",
        bad_helo="501 5.0.0 EHLO requires domain address",
        bad_sender='501 5.5.2 Syntax error in parameters scanning "FROM"',
        bad_recipient='501 5.5.2 Syntax error in parameters scanning "TO"',
        vrfy="252 2.5.2 Cannot VRFY user; try RCPT to attempt delivery (or try finger)",
    ),
    "exchange": Voice(
        greeting="{host} Microsoft ESMTP MAIL Service ready at {date}",
        ehlo="{host} Hello [{client}]",
        extensions=(
            "SIZE 37748736",
            "PIPELINING",
            "DSN",
            "ENHANCEDSTATUSCODES",
            "STARTTLS",
            "8BITMIME",
            "BINARYMIME",
            "CHUNKING",
        ),
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
        nested="503 5.5.2 Sender already specified",
        mail_first="503 5.5.2 Need mail command",
        rcpt_first="503 5.5.2 Need rcpt command",
        no_recipients="503 5.5.2 Need rcpt command",
        bad_helo="501 5.5.4 Invalid domain name",
        bad_sender="501 5.5.4 Invalid arguments",
        bad_recipient="501 5.5.4 Invalid arguments",
        vrfy="252 2.1.5 Cannot VRFY user",
    ),
    "qmail": Voice(
        greeting="{host} ESMTP",
        ehlo="{host}",
        extensions=("STARTTLS", "PIPELINING", "8BITMIME"),
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
        nested="503 one transaction at a time (#5.5.1)",
        mail_first="503 MAIL first (#5.5.1)",
        rcpt_first="503 RCPT first (#5.5.1)",
        no_recipients="503 RCPT first (#5.5.1)",
        bad_helo="501 name yourself (#5.5.4)",
        bad_sender="555 syntax error (#5.5.4)",
        bad_recipient="555 syntax error (#5.5.4)",
        vrfy="252 send some mail, i'll try my best",
    ),
}
