"""What mail servers send back, in the shapes that they really use, about a mail to anna@example.com."""

from __future__ import annotations

NO_SUCH = "550 5.1.1 <anna@example.com>: Recipient address rejected: User unknown in virtual mailbox table"
ORIGINAL = """Return-Path: <{path}>
Received: from relay.optyk.example by mx.example.com with ESMTPS id 4XyZ; Sun, 1 Mar 2026 12:00:01 +0100 (CET)
From: =?utf-8?b?T3B0eWsgWmllbGnFhHNrYQ==?= <sklep@optyk.example>
To: Anna <anna@example.com>
Subject: Time for new lenses
Message-ID: <0123456789abcdef.1@optyk.example>
List-Unsubscribe: <https://optyk.example/u/AAAAAAAAAAAAAAAAAAAAAA>
Auto-Submitted: auto-generated

Your lenses end soon. 550 5.1.1 is what we would never say.
"""


POSTFIX = """Return-Path: <>
X-Original-To: {path}
Delivered-To: {path}
Received: by relay.optyk.example (Postfix) id 9F2B; Sun, 1 Mar 2026 12:00:02 +0100 (CET)
Date: Sun, 1 Mar 2026 12:00:02 +0100 (CET)
From: MAILER-DAEMON@relay.optyk.example (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: {path}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="9F2B.1772362802/relay.optyk.example"
Message-Id: <20260301110002.9F2B@relay.optyk.example>

This is a MIME-encapsulated message.

--9F2B.1772362802/relay.optyk.example
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host relay.optyk.example.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

<anna@example.com>: host mx.example.com[192.0.2.1] said: {diagnostic}

--9F2B.1772362802/relay.optyk.example
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.optyk.example
X-Postfix-Queue-ID: 9F2B
Arrival-Date: Sun, 1 Mar 2026 12:00:00 +0100 (CET)

Final-Recipient: rfc822; anna@example.com
Original-Recipient: rfc822;anna@example.com
Action: {action}
Status: {status}
Remote-MTA: dns; mx.example.com
Diagnostic-Code: smtp; {diagnostic}

--9F2B.1772362802/relay.optyk.example
Content-Description: Undelivered Message
Content-Type: message/rfc822

{original}
--9F2B.1772362802/relay.optyk.example--
"""


def crlf(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()


def postfix(
    path: str,
    status: str = "5.1.1",
    diagnostic: str = NO_SUCH,
    action: str = "failed",
    original: str = ORIGINAL,
) -> bytes:
    """RFC 3464 as Postfix writes it."""
    copy = original.format(path=path)
    return crlf(POSTFIX.format(path=path, status=status, diagnostic=diagnostic, action=action, original=copy))


def exchange(path: str) -> bytes:
    """As Microsoft 365 writes it: quoted, verbose, with a group of fields in capitals of its own."""
    return crlf(f"""From: <postmaster@firma.onmicrosoft.com>
To: <{path.upper()}>
Subject: Undeliverable: Time for new lenses
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="_d1b4_"; Reporting-MTA="dns;AM0PR01.eurprd01.prod.exchangelabs.com"

--_d1b4_
Content-Type: multipart/alternative; differences=Content-Type; boundary="_a1_"

--_a1_
Content-Type: text/plain; charset="us-ascii"

Your message to anna@example.com couldn't be delivered. anna wasn't found at example.com.

--_a1_--

--_d1b4_
Content-Type: message/delivery-status

Reporting-MTA: dns;AM0PR01.eurprd01.prod.exchangelabs.com
Received-From-MTA: dns;relay.optyk.example

Final-recipient: RFC822;anna@example.com
Action: FAILED
Status: 5.1.10
Diagnostic-code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup

--_d1b4_--
""")


def international(path: str) -> bytes:
    """RFC 6533, which the standard library does not part into groups."""
    return crlf(f"""To: {path}
From: MAILER-DAEMON@mx.example.com
Subject: Delivery failure
Content-Type: multipart/report; report-type=global-delivery-status; boundary=b

--b
Content-Type: text/plain; charset=utf-8

Skrzynka nie istnieje.

--b
Content-Type: message/global-delivery-status

Reporting-MTA: dns; mx.example.com

Final-Recipient: utf-8; anna@example.com
Action: failed
Status: 5.1.2
Diagnostic-Code: smtp; 550 5.1.2 no such domain

--b--
""")


def qmail(
    path: str, said: str = "Sorry, no mailbox here by that name. (#5.1.1)", whom: str = "anna@example.com"
) -> bytes:
    """QSBMF, older than the standard and still met."""
    return crlf(f"""Return-Path: <>
Delivered-To: {path}
Date: 1 Mar 2026 11:00:02 -0000
From: MAILER-DAEMON@mx.example.com
To: {path}
Subject: failure notice

Hi. This is the qmail-send program at mx.example.com.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<{whom}>:
{said}

--- Below this line is a copy of the message.

{ORIGINAL.format(path=path)}""")


def exim(path: str, said: str = "550 Unrouteable address") -> bytes:
    """Exim's own form, with the address in a header."""
    return crlf(f"""Return-path: <>
Envelope-to: {path}
X-Failed-Recipients: anna@example.com
Auto-Submitted: auto-replied
From: Mail Delivery System <Mailer-Daemon@mx.example.com>
To: {path}
Subject: Mail delivery failed: returning message to sender

This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  anna@example.com
    {said}
""")


def absent(path: str) -> bytes:
    """A person's note of absence, which goes to the return path too."""
    return crlf(f"""Return-Path: <>
From: Anna Nowak <anna@example.com>
To: {path}
Subject: Re: Time for new lenses
Auto-Submitted: auto-replied (vacation)
Content-Type: text/plain; charset=utf-8

I am away until 14 March. If you see "550 5.1.1 user unknown", the mailbox anna@example.com is gone, ask Borys.
""")


def abuse(
    path: str | None,
    kind: str = "abuse",
    to: str = "fbl@optyk.example",
    original: str = ORIGINAL,
    field: str = "",
) -> bytes:
    """RFC 5965, with what Yahoo adds; `path` None: the return path was taken out."""
    copy = original.format(path=path) if path else original.replace("Return-Path: <{path}>\n", "")
    return crlf(f"""From: <feedback@arf.mail.yahoo.com>
To: {to}
Date: Sun, 1 Mar 2026 18:02:11 +0000
Subject: FW: Time for new lenses
MIME-Version: 1.0
Content-Type: multipart/report; report-type=feedback-report; boundary="=_arf"

--=_arf
Content-Type: text/plain; charset="us-ascii"

This is an email abuse report for an email message received from relay.optyk.example

--=_arf
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: Yahoo!-Mail-Feedback/2.0
Version: 0.1
{field}Original-Rcpt-To: <redacted>
Received-Date: Sun, 1 Mar 2026 18:02:00 +0000
Reported-Domain: optyk.example
Source-IP: 192.0.2.7

--=_arf
Content-Type: message/rfc822
Content-Disposition: inline

{copy}
--=_arf--
""")
