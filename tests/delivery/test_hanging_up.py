"""A receiver that hangs up because mail comes too fast is slowed, and is not called again at once."""

from __future__ import annotations

import pytest

from engine.clock import MINUTE
from engine.outbox.pace import read_buckets
from models import Message
from tests.delivery.test_pacing import _later as after
from tests.delivery.test_pacing import _offers as queue_offers
from tests.delivery.test_pacing import _sender as sending
from tests.outbox.shop import NOON, Optician, states
from tests.promise.manners.relay import GOOD_RELAY, Line, Manner, Relay, Says, Talk


def _third(code: str) -> Line:
    """Takes two mails on each connection, and closes it where the next one is for gmail.com."""

    def rcpt(talk: Talk) -> Says:
        again = talk.mails > 1 and talk.argument.endswith("@gmail.com>")
        return Says(f"{code} too fast\r\n".encode(), then="close") if again else Says()

    return rcpt


@pytest.mark.parametrize("offers", [("PIPELINING",), ()], ids=["pipelining", "one by one"])
def test_a_receiver_who_hangs_up_because_mail_comes_too_fast_is_slowed_and_not_called_again_at_once(
    optician: Optician, offers: tuple[str, ...]
) -> None:
    keys = queue_offers(optician, 12, "gmail.com", purpose="transactional")
    others = queue_offers(optician, 4, "wp.pl", purpose="transactional")
    with (
        Relay(Manner({"rcpt": _third("421 4.7.28")}, offers)) as relay,
        sending(optician, relay.port, pace={"google": 600}) as sender,
    ):
        counts = sender.send_due().counts
        assert (counts, relay.connections) == ({"sent": 5, "deferred": 1, "later": 10}, 2)
        paces = read_buckets(sender.config.pace, NOON)
        assert (paces["google"].a_minute, paces["google"].reply) == (300, "421")
        assert paces["wp"].a_minute == 300  # which is its own, whole
        assert states(*others) == ["sent"] * 4
        assert sorted(row.attempts for row in Message.select().where(Message.id << keys)) == [0] * 10 + [1, 1]
        assert sender.send_due().counts == {}
        relay.manner = GOOD_RELAY
        after(sender, MINUTE).send_due()
    assert set(states()) == {"sent"}
    assert len(relay.copies) == 16 == relay.copies.total()


def test_a_receiver_who_hangs_up_at_the_end_of_a_mail_that_came_too_fast_is_not_called_again_at_once(
    optician: Optician,
) -> None:
    queue_offers(optician, 12, "gmail.com")
    manner = Manner({"end": Says(b"421 4.7.28 too fast\r\n", then="close")})
    with Relay(manner) as relay, sending(optician, relay.port, pace={"google": 600}) as sender:
        assert sender.send_due().counts == {"deferred": 1, "later": 11}
        assert relay.connections == 1


def test_a_receiver_who_has_heard_enough_on_one_connection_is_called_again_and_slowed_by_nobody(
    optician: Optician,
) -> None:
    queue_offers(optician, 12, "gmail.com")
    with (
        Relay(Manner({"rcpt": _third("421 4.3.2")})) as relay,
        sending(optician, relay.port, pace={"google": 600}) as sender,
    ):
        assert sender.send_due().counts == {"sent": 12}
        assert read_buckets(sender.config.pace, NOON)["google"].a_minute == 600
    assert relay.connections > 1
