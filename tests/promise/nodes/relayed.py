"""A whole served Regulars whose mails go to the relay of a test."""

from __future__ import annotations

import re
import subprocess
from contextlib import suppress
from pathlib import Path

from tests.promise.manners.relay import Relay
from tests.story.served import Served
from tests.waiting import until

RULES = """
- {rule: thank-you, purpose: transactional, when: {ordered: any}, send: thank-you, once: per order}
- {rule: offer, when: {ordered: any}, send: plain, once: per order, title: An offer, note: Something that goes with it.}
"""


class Relayed(Served):
    """`serve` with a relay; each customer orders once, so that mails can be told apart by who gets them."""

    def __init__(self, folder: Path, relay: Relay, database: str | None = None) -> None:
        self.relay = relay
        super().__init__(folder, database)
        (self.rules / "orders.yaml").write_text(RULES, "utf-8")

    def _config(self, database: str | None) -> str:
        text = re.sub(r"^relay:.*\n(?:[ ].*\n)*", "", super()._config(database), flags=re.MULTILINE)
        return f"{text}\nrelay: {{host: 127.0.0.1, port: {self.relay.port}}}\n"

    def start(self, *options: str) -> None:
        """Starts all roles and waits until orders can come."""
        with self.log.open("a") as log:
            command = self.command("serve", "--port", str(self.port), *options)
            self.process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        until(lambda: self.answers("/health"), 60)

    def push(self, number: int) -> None:
        """Pushes an order as a shop does, which tries again where it is not accepted."""
        until(lambda: self.tried(number) == 201, 60, every=0.2)

    def tried(self, number: int) -> int:
        """Pushes an order once, and returns the status, or 0 where nobody answers."""
        with suppress(OSError):
            return self.order(f"n{number}", f"Anna{number}", consent=True)
        return 0

    def thanked(self) -> set[int]:
        """Returns the orders whose buyers got their thank-you."""
        return {self._number(mail.to) for mail in self.relay.taken if self.is_order_mail(mail.raw)}

    @staticmethod
    def is_order_mail(raw: bytes) -> bool:
        """Tells a mail about an order by what it lacks: a way to unsubscribe."""
        return b"\r\nList-Unsubscribe:" not in raw

    @staticmethod
    def _number(to: str) -> int:
        return int(to.partition("@")[0].removeprefix("anna"))

    def offered_twice(self) -> int:
        """Counts the customers who got their offer more than once."""
        got = [mail.to for mail in self.relay.taken if not self.is_order_mail(mail.raw)]
        return len(got) - len(set(got))
