"""A rush of orders does not delay the thank-yous; bench/latency.py does the same for longer."""

from __future__ import annotations

import threading
import time
from datetime import datetime

from tests.story.served import Served
from tests.story.test_order_to_mail import thank_yous
from tests.waiting import until

ORDERS, SECONDS = 100, 2.0


def test_a_hundred_orders_in_two_seconds_have_their_thank_yous_within_five_seconds_each(
    small_regulars: Served,
) -> None:
    regulars = small_regulars
    pushed: dict[str, datetime] = {}

    def shop(first: int) -> None:
        for number in range(first, ORDERS, 4):
            time.sleep(max(0.0, began + number / ORDERS * SECONDS - time.monotonic()))  # the shop's own pace
            pushed[f"customer{number}@example.com"] = datetime.now().astimezone()
            assert regulars.order(f"r{number}", f"Customer{number}") == 201

    began = time.monotonic()
    shops = [threading.Thread(target=shop, args=(first,)) for first in range(4)]
    for each in shops:
        each.start()
    for each in shops:
        each.join()
    assert len(pushed) == ORDERS
    mails = until(lambda: found if len(found := thank_yous(regulars.mailbox())) >= ORDERS else [], 60)
    waits = sorted(
        (datetime.fromisoformat(mail["at"]) - pushed[mail["to"]]).total_seconds() for mail in mails
    )
    assert len(mails) == ORDERS
    assert waits[-1] < 5, (
        f"the slowest of {ORDERS} took {waits[-1]:.1f} s, the median {waits[ORDERS // 2]:.1f} s"
    )
