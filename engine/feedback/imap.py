"""The mailbox that returned mail lies in, read over IMAP (RFC 9051) from where it was left off."""

from __future__ import annotations

import imaplib
import ssl
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import structlog

from engine import bulk
from engine.clock import MINUTE
from engine.config import Config
from engine.config_feedback import Imap
from engine.delivery.smtp import is_loopback
from engine.errors import ConfigError, RegularsError
from engine.feedback.mails import LARGEST, read_mail
from engine.feedback.take import take
from engine.store import Store
from models import MailboxRead

log = structlog.get_logger()
SOURCE = "imap"
LEASE = 10 * MINUTE  # for one reader; another may begin when it has run out
MOST = 1_000  # mails in one go
LEFT_ALONE = ("forged", "ignored", "unreadable")  # what a person should see stays as it is
FLAGS = {"seen": r"(\Seen)", "delete": r"(\Seen \Deleted)"}


class MailboxAway(RegularsError):
    """Says why the mailbox of returned mail cannot be read."""


def read_mailbox(store: Store, config: Config, now: Callable[[], int]) -> dict[str, int] | None:
    """Takes what is new in the mailbox and returns how much of what; None where another process is at it.

    Each mail is done with when what it says is committed. Raises MailboxAway with the reason, which is kept too.
    """
    settings = config.feedback.imap
    assert settings is not None
    name = f"{settings.username}@{settings.host}:{settings.port}/{settings.folder}"[:255]
    if not _claim(store, name, now()):
        return None
    try:
        with _opened(settings) as client:
            done = _read(store, config, client, name, now)
    except (imaplib.IMAP4.error, OSError, ConfigError) as error:
        said = " ".join(str(error).split())[:300] or type(error).__name__
        _write(store, name, {"lease_until_at": 0, "error": said, "error_at": now()})
        raise MailboxAway(f"{settings.host}: {said}", remedy="see feedback.imap in config.yaml") from error
    _write(store, name, {"lease_until_at": 0, "read_at": now(), "error": None, "error_at": None})
    if done:
        log.info("mailbox_read", **done)
    return dict(done)


def _claim(store: Store, name: str, now: int) -> bool:
    """Takes the right to read for some minutes, so that two clocks do not read the same mailbox at once."""

    def work() -> bool:
        MailboxRead.insert(name=name).on_conflict_ignore().execute()
        free = (MailboxRead.name == name) & (MailboxRead.lease_until_at < now)
        return int(MailboxRead.update(lease_until_at=now + LEASE).where(free).execute()) == 1

    return bulk.in_transaction(store, work)


def _write(store: Store, name: str, news: dict[str, Any]) -> None:
    bulk.in_transaction(store, lambda: MailboxRead.update(news).where(MailboxRead.name == name).execute())


@contextmanager
def _opened(settings: Imap) -> Iterator[imaplib.IMAP4]:
    """Logs in over an encrypted connection; only this very machine may be asked without."""
    if settings.tls == "none" and not is_loopback(settings.host):
        raise ConfigError(
            "feedback.imap.tls: the password would go unencrypted", remedy="write implicit or starttls"
        )
    client = _connect(settings)
    try:
        if settings.tls == "starttls":
            client.starttls(ssl.create_default_context())
        _log_in(client, settings)
        yield client
        with suppress(imaplib.IMAP4.error, OSError):
            client.logout()
    finally:
        with suppress(OSError):
            client.shutdown()


def _connect(settings: Imap) -> imaplib.IMAP4:
    where, wait = (settings.host, settings.port), settings.timeout_seconds
    if settings.tls == "implicit":
        return imaplib.IMAP4_SSL(*where, ssl_context=ssl.create_default_context(), timeout=wait)
    return imaplib.IMAP4(*where, timeout=wait)


def _log_in(client: imaplib.IMAP4, settings: Imap) -> None:
    if "AUTH=PLAIN" in client.capabilities:  # the only way for a password beyond ASCII
        said = f"\0{settings.username}\0{settings.password}".encode()
        client.authenticate("PLAIN", lambda _: said)
    else:
        try:
            client.login(settings.username, settings.password)
        except UnicodeEncodeError:
            raise ConfigError("feedback.imap: this server takes no password with such letters") from None


def _read(
    store: Store, config: Config, client: imaplib.IMAP4, name: str, now: Callable[[], int]
) -> Counter[str]:
    settings = config.feedback.imap
    assert settings is not None
    _demand(client.select(f'"{settings.folder}"'), "the folder cannot be opened")
    left_off = _place(store, client, name)
    done: Counter[str] = Counter()
    taken: list[int] = []
    for uid in _new(client, left_off):
        raw = _fetch(client, uid)
        if raw is not None:
            word = take(store, config, read_mail(raw), SOURCE, now())
            done[word] += 1
            if word not in LEFT_ALONE:
                taken.append(uid)
                client.uid("STORE", str(uid), "+FLAGS.SILENT", FLAGS[settings.done])
        _write(store, name, {"uid": uid, "lease_until_at": now() + LEASE})
    if settings.done == "delete":
        _expunge(client, taken)
    return done


def _expunge(client: imaplib.IMAP4, taken: list[int]) -> None:
    """Deletes for good what was taken, and nothing that somebody else has marked, where the server can tell these apart."""
    if taken and "UIDPLUS" in client.capabilities:
        client.uid("EXPUNGE", ",".join(map(str, taken)))


def _place(store: Store, client: imaplib.IMAP4, name: str) -> int:
    """Returns the last mail that is done with; 0 where the mailbox was made anew since (RFC 9051, 2.3.1.1)."""
    _, said = client.response("UIDVALIDITY")
    validity = int(said[0]) if said and said[0] and said[0].isdigit() else 0
    row = MailboxRead.get(MailboxRead.name == name)
    if row.uid_validity == validity:
        return int(row.uid)
    _write(store, name, {"uid_validity": validity, "uid": 0})
    return 0


def _new(client: imaplib.IMAP4, left_off: int) -> list[int]:
    found = _demand(client.uid("SEARCH", f"UID {left_off + 1}:*"), "the folder cannot be searched")
    numbers = {
        int(word) for line in found if isinstance(line, bytes) for word in line.split() if word.isdigit()
    }
    return sorted(number for number in numbers if number > left_off)[:MOST]  # n:* always names the last one


def _fetch(client: imaplib.IMAP4, uid: int) -> bytes | None:
    """Returns the front of a mail without marking it as seen; None where it has gone meanwhile."""
    found = _demand(client.uid("FETCH", str(uid), f"(BODY.PEEK[]<0.{LARGEST}>)"), "a mail cannot be read")
    return next((part[1] for part in found if isinstance(part, tuple) and isinstance(part[1], bytes)), None)


def _demand(answer: tuple[str, Any], otherwise: str) -> list[Any]:
    status, found = answer
    if status != "OK":
        said = found[0] if found else b""
        raise imaplib.IMAP4.error(
            f"{otherwise}: {said.decode('utf-8', 'replace') if isinstance(said, bytes) else said}"
        )
    return list(found)
