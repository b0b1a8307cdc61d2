"""What a domain asks receivers to do with mail that only claims to be its own. Source: RFC 9989 (before: RFC 7489)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.doctor.answers import Answers

MOST_STEPS = 8  # questions of one walk; a longer name is cut to seven labels


@dataclass(frozen=True, slots=True)
class Record:
    """A domain's DMARC record, tag by tag."""

    domain: str
    text: str
    tags: dict[str, str]

    @property
    def policy(self) -> str:
        """Returns none, quarantine or reject; a record without one asks for nothing."""
        return self.tags.get("p", "none").lower()

    def strict(self, tag: str) -> bool:
        """Says whether `adkim` or `aspf` wants the very same domain."""
        return self.tags.get(tag, "r").lower() == "s"


def record_at(answers: Answers, domain: str) -> Record | None:
    """Returns the one DMARC record of a domain itself; several are none."""
    texts = [text for text in answers.ask(f"_dmarc.{domain}", "TXT") if _is_one(text)]
    if len(texts) != 1:
        return None
    pairs = (part.partition("=") for part in texts[0].split(";"))
    return Record(
        domain, texts[0], {key.strip().lower(): value.strip() for key, _, value in pairs if key.strip()}
    )


def several_at(answers: Answers, domain: str) -> bool:
    """Says whether a domain has more than one DMARC record, which receivers take for none."""
    return sum(map(_is_one, answers.ask(f"_dmarc.{domain}", "TXT"))) > 1


def _is_one(text: str) -> bool:
    version = text.partition(";")[0].replace(" ", "")
    return version == "v=DMARC1"


def policy_of(answers: Answers, domain: str) -> Record | None:
    """Returns the record that counts for mail from a domain: its own, else that of its organisation."""
    own = record_at(answers, domain)
    return own or record_at(answers, organisation(answers, domain))


def organisation(answers: Answers, domain: str) -> str:
    """Returns the domain of the organisation that a name belongs to, by the walk up the tree of RFC 9989 4.10.

    `psd=n` ends the walk there, `psd=y` one name below; else it is the highest name that has a record, or the name itself.
    """
    highest, before = domain, domain
    for name in _upwards(domain):
        found = record_at(answers, name)
        if found is not None:
            mark = found.tags.get("psd", "u").lower()
            if mark == "n":
                return name
            if mark == "y" and name != domain:
                return before
            highest = name
        before = name
    return highest


def _upwards(domain: str) -> Iterator[str]:
    labels = domain.split(".")
    yield domain
    labels = labels[1:] if len(labels) < MOST_STEPS else labels[-(MOST_STEPS - 1) :]
    while labels:
        yield ".".join(labels)
        labels = labels[1:]


def aligned(answers: Answers, author: str, other: str, strict: bool) -> bool:
    """Says whether a domain that was proven speaks for the author's: the same, or (relaxed) of the same organisation."""
    author, other = author.lower(), other.lower()
    if author == other or strict:
        return author == other
    return organisation(answers, author) == organisation(answers, other)
