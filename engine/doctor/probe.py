"""A probe: one of our mails as a mailbox received it, judged as its provider judges it. Sources: RFC 6376, 7208, 8058, 9989."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from engine.clock import MINUTE
from engine.delivery.mime import LONGEST_URI
from engine.doctor import dmarc, spf
from engine.doctor.advised import dkim_record, dmarc_record, with_sender
from engine.doctor.answers import Answers, DnsAway
from engine.doctor.finding import Finding, ok
from engine.doctor.received import Received
from engine.doctor.signatures import Signature, signatures

ONE_CLICK = (
    "list-unsubscribe",
    "list-unsubscribe-post",
)  # a signature must cover both, or no provider shows the button
WEAK, SHORT = 1024, 2048  # bits of a key
EARLY, LATE = MINUTE, 15 * MINUTE
SEND = "server.py doctor --send-probe YOU@SOMEWHERE, then save what arrives with all its headers"


def probe(mail: Received, answers: Answers, ip: str | None = None) -> Iterator[Finding]:
    """Judges one mail that arrived; `ip` is the address that handed it in, where its headers do not tell."""
    if mail.author is None:
        yield Finding("problem", "probe", "the file is no mail: it has no From", SEND)
        return
    yield from _one_click(mail)
    found = list(signatures(mail, answers))
    yield from _dkim(mail, found)
    verdict, asked = _spf(mail, answers, ip)
    yield verdict
    yield from _dmarc(mail, answers, found, asked)
    yield from _clock(mail)


def _one_click(mail: Received) -> Iterator[Finding]:
    """Looks at the two headers as they came through: relays fold, encode and double them."""
    links, posts = mail.all("List-Unsubscribe"), mail.all("List-Unsubscribe-Post")
    if not links:
        yield Finding(
            "warning", "probe", "it has no List-Unsubscribe: it is not like our marketing mail", SEND
        )
        return
    link = re.search(r"<(https://[^<>\s]+)>", links[0])
    wrong = None
    if len(links) > 1 or len(posts) != 1:
        wrong = f"{len(links)} List-Unsubscribe and {len(posts)} List-Unsubscribe-Post arrived; one of each is needed"
    elif posts[0].strip() != "List-Unsubscribe=One-Click":
        wrong = f"List-Unsubscribe-Post arrived as {posts[0].strip()[:60]!r}"
    elif link is None and "http://" in links[0]:
        yield Finding("problem", "probe", "its unsubscribe link is not https", "serve public_url over https")
        return
    elif link is None or len(link[1]) > LONGEST_URI:
        wrong = f"its unsubscribe link was folded, encoded or is longer than {LONGEST_URI} characters"
    if wrong:
        yield Finding(
            "problem", "probe", wrong, "let the relay leave our headers as they are; see docs/operate/dns.md"
        )
    else:
        yield ok("probe", "both headers of one-click unsubscribing came through")


def _dkim(mail: Received, found: Sequence[Signature]) -> Iterator[Finding]:
    author = mail.author or ""
    if not found:
        said = "nobody has signed it"
        yield Finding(
            "problem", "dkim", said, f"let the relay sign for {author}, and add {dkim_record(author)}"
        )
    for each in found:
        yield from _signature(each)
    good = [each for each in found if each.wrong is None]
    if good and mail.all("List-Unsubscribe") and not any(each.covers.issuperset(ONE_CLICK) for each in good):
        lacking = sorted(set(ONE_CLICK) - set().union(*(each.covers for each in good))) or list(ONE_CLICK)
        yield Finding(
            "problem", "dkim",
            f"no signature that holds covers {' and '.join(lacking)}: no mailbox shows one-click unsubscribing",
            f"add {':'.join(ONE_CLICK)} to what the relay signs (h=), as docs/operate/dns.md shows for each relay",
        )  # fmt: skip
    elif good and mail.all("List-Unsubscribe"):
        yield ok("dkim", "the signature covers both headers of one-click unsubscribing")


def _signature(each: Signature) -> Iterator[Finding]:
    name = f"the signature of {each.domain or '(no domain)'}"
    if each.away:
        yield Finding("warning", "dkim", f"{name}: {each.wrong}", "give the answers with --dns FILE")
    elif each.wrong and "key" in each.wrong and each.domain:
        yield Finding(
            "problem", "dkim", f"{name}: {each.wrong}", f"add {dkim_record(each.domain, each.selector)}"
        )
    elif each.wrong:
        yield Finding(
            "problem",
            "dkim",
            f"{name}: {each.wrong}",
            "let the relay sign last, and change nothing afterwards",
        )
    elif 0 < each.bits < SHORT and each.bits != 256:  # 256: ed25519, which is strong
        said = f"{name} holds, with a key of {each.bits} bits"
        yield Finding("warning", "dkim", said, f"make a key of {SHORT} bits and publish it at {each.record}")
    else:
        yield ok("dkim", f"{name} holds ({each.record})")
    if each.partly:
        said = f"{name} covers only the beginning of the body (l=): anybody may add to it"
        yield Finding("warning", "dkim", said, "let the relay sign the whole body")


def _spf(mail: Received, answers: Answers, ip: str | None) -> tuple[Finding, str | None]:
    """Judges the return path; returns also its domain where it is proven."""
    ip, sender = ip or mail.handed_in_by, mail.return_path
    if sender is None:
        said = "the file has no Return-Path, so SPF cannot be judged"
        return Finding(
            "warning", "spf", said, "save the mail as the mailbox received it, with all its headers"
        ), None
    if ip is None:
        said = "the file does not say which address handed it in, so SPF cannot be judged"
        return Finding("warning", "spf", said, "name it with --sent-from ADDRESS"), None
    domain = sender.rpartition("@")[2].lower()
    verdict = spf.judge(answers, ip, domain, sender)
    if verdict.result == "pass":
        return ok("spf", f"{ip} may send for {domain} ({verdict.because})"), domain
    if verdict.result == "temperror":
        said = f"SPF of {domain} could not be asked for: {verdict.because}"
        return Finding("warning", "spf", said, "give the answers with --dns FILE"), None
    said = f"SPF of {domain} says {verdict.result} to {ip}: {verdict.because}"
    if verdict.result == "permerror":
        return Finding(
            "problem", "spf", said, f"mend the record of {domain}: {verdict.record or 'keep one of them'}"
        ), None
    return Finding("problem", "spf", said, with_sender(domain, verdict.record, ip)), None


def _dmarc(
    mail: Received, answers: Answers, found: Sequence[Signature], spf_domain: str | None
) -> Iterator[Finding]:
    author = mail.author or ""
    try:
        record = dmarc.policy_of(answers, author)
        if record is None:
            twice = "more than one DMARC record" if dmarc.several_at(answers, author) else "no DMARC record"
            yield Finding("problem", "dmarc", f"{author} has {twice}", f"add {dmarc_record(author)}")
            record = dmarc.Record(author, "", {})
        signed = [each.domain for each in found if each.wrong is None]
        by_dkim = [one for one in signed if dmarc.aligned(answers, author, one, record.strict("adkim"))]
        by_spf = spf_domain is not None and dmarc.aligned(answers, author, spf_domain, record.strict("aspf"))
    except DnsAway as error:
        yield Finding(
            "warning",
            "dmarc",
            f"DMARC of {author} could not be asked for: {error}",
            "give the answers with --dns FILE",
        )
        return
    yield from _alignment(author, record, signed, spf_domain, by_dkim, by_spf)


def _alignment(
    author: str,
    record: dmarc.Record,
    signed: Sequence[str],
    spf_domain: str | None,
    by_dkim: Sequence[str],
    by_spf: bool,
) -> Iterator[Finding]:
    proven = [f"DKIM of {by_dkim[0]}"] if by_dkim else []
    proven += [f"SPF of {spf_domain}"] if by_spf else []
    if proven:
        policy = f", policy {record.policy} of {record.domain}" if record.text else ""
        yield ok("dmarc", f"From: {author} is proven by {' and '.join(proven)}{policy}")
        if not by_dkim:
            said = "only SPF speaks for it, which breaks where a mail is forwarded"
            yield Finding(
                "warning", "dmarc", said, f"let the relay sign with d={author}, and add {dkim_record(author)}"
            )
        return
    others = sorted({*signed, *([spf_domain] if spf_domain else [])})
    strictly = (
        " (its record wants the very same domain)" if record.strict("adkim") or record.strict("aspf") else ""
    )
    said = f"nothing speaks for From: {author}: proven is {', '.join(others) or 'nobody'}{strictly}"
    yield Finding(
        "problem", "dmarc", said, f"let the relay sign with d={author}, and add {dkim_record(author)}"
    )


def _clock(mail: Received) -> Iterator[Finding]:
    """Compares our Date with the receiver's clock: a mail cannot arrive before it was written."""
    ours, theirs = mail.written_at, mail.received_at
    if ours is None or theirs is None:
        return
    if ours - theirs > EARLY:
        said = f"it arrived {(ours - theirs) // MINUTE} minutes before its Date: this machine's clock is fast"
        yield Finding("warning", "clock", said, "keep time by NTP: timedatectl set-ntp true")
    elif theirs - ours > LATE:
        said = f"it arrived {(theirs - ours) // MINUTE} minutes after its Date: the relay is slow, or this machine's clock is"
        yield Finding(
            "warning",
            "clock",
            said,
            "look at the relay's queue, and keep time by NTP: timedatectl set-ntp true",
        )
