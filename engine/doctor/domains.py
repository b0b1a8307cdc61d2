"""The domains that our mail comes from: what the DNS says of them before a single mail was sent."""

from __future__ import annotations

from collections.abc import Iterator

from engine.config import Config
from engine.delivery.headers import domain_as_ascii
from engine.doctor import dmarc, spf
from engine.doctor.advised import dmarc_record, spf_record
from engine.doctor.answers import Answers, DnsAway
from engine.doctor.finding import Finding, ok
from engine.doctor.sent import return_path

MADE_UP = ("example", "test", "invalid", "localhost")  # RFC 2606: never anybody's
PROBE = "server.py doctor --send-probe ADDRESS, then --probe FILE, judges the signature too"


def domains(config: Config, answers: Answers, given: bool, probed: bool = False) -> Iterator[Finding]:
    """Looks at SPF of return paths, DMARC of senders, and who takes what comes back; `given` answers may name made-up ones."""
    authors = {_domain(shop.sender.address) for shop in config.shops}
    paths = {_domain(return_path(shop)) for shop in config.shops}
    for domain in sorted(authors | paths):
        if not given and domain.rpartition(".")[2] in MADE_UP:
            said = f"{domain} is a made-up domain: nobody can answer, and no mailbox takes its mail"
            yield Finding("problem", "config", said, "write your own address in shops: sender: address:")
            continue
        try:
            if domain in paths:  # SPF is asked about the return path alone
                yield _spf(answers, domain)
            if domain in authors:
                yield _dmarc(answers, domain)
            yield _errors(answers, domain)
        except DnsAway as error:
            said = f"the DNS of {domain} could not be asked: {error}"
            yield Finding("warning", "dns", said, "give the answers with --dns FILE (docs/operate/dns.md)")
            return
    if not probed:
        yield Finding("note", "dkim", "whether mails are signed shows in one that has arrived", PROBE)


def _domain(address: str) -> str:
    return domain_as_ascii(address).rpartition("@")[2].lower()


def _spf(answers: Answers, domain: str) -> Finding:
    """Judges the record by an address that is nobody's: what matters is whether it can be read to its end."""
    found = spf.records(answers, domain)
    if not found:
        return Finding("problem", "spf", f"{domain} has no SPF record", f"add {spf_record(domain)}")
    verdict = spf.judge(answers, "192.0.2.255", domain)
    if verdict.result == "permerror":
        return Finding(
            "problem", "spf", f"SPF of {domain}: {verdict.because}", f'mend {domain}. IN TXT "{found[0]}"'
        )
    if verdict.result == "pass":
        said = f"SPF of {domain} lets every machine send ({verdict.because})"
        return Finding("problem", "spf", said, "end the record with ~all or -all")
    if verdict.result == "neutral":
        said = f"SPF of {domain} says nothing of strangers ({verdict.because})"
        return Finding("warning", "spf", said, "end the record with ~all or -all")
    return ok("spf", f"{domain} has one that can be read: {found[0][:120]}")


def _dmarc(answers: Answers, domain: str) -> Finding:
    record = dmarc.policy_of(answers, domain)
    if record is None:
        said = "more than one DMARC record" if dmarc.several_at(answers, domain) else "no DMARC record"
        return Finding(
            "problem",
            "dmarc",
            f"{domain} has {said}",
            f"leave only {dmarc_record(domain)}" if "more" in said else f"add {dmarc_record(domain)}",
        )
    if record.policy not in ("none", "quarantine", "reject"):
        return Finding(
            "problem",
            "dmarc",
            f"the policy of {record.domain} is {record.policy!r}",
            "write p=none, quarantine or reject",
        )
    if "rua" not in record.tags:
        said = f"{record.domain} has policy {record.policy}, and nobody gets its reports"
        return Finding("note", "dmarc", said, f"add rua=mailto:postmaster@{record.domain}")
    return ok("dmarc", f"{domain}: policy {record.policy} of {record.domain}")


def _errors(answers: Answers, domain: str) -> Finding:
    """Returned mail and answers of customers need a machine that takes them."""
    hosts = answers.ask(domain, "MX")
    if hosts == [""]:
        said = f"{domain} takes no mail (null MX): many receivers refuse such a sender"
        return Finding("problem", "dns", said, "give it an MX record, or write from a domain that has one")
    if hosts or answers.ask(domain, "A") or answers.ask(domain, "AAAA"):
        return ok("dns", f"{domain} takes mail at {', '.join(sorted(hosts)[:3]) or 'its own address'}")
    said = (
        f"{domain} has no MX and no address: returned mail is lost, and many receivers refuse such a sender"
    )
    return Finding("problem", "dns", said, f"add {domain}. IN MX 10 mail.{domain}.")
