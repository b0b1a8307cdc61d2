"""Return paths: each mail has an address of its own to come back to, and nobody can make one up."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.config_feedback import Providers
from engine.delivery.pool import Pool
from engine.delivery.templates import Templates
from engine.delivery.verp import CARRIED, messages_in, return_path, signed_word, words_for
from engine.errors import ConfigError
from tests.delivery.mails import SHIPPED
from tests.delivery.sink import Sink
from tests.delivery.test_sender import Sender, Standing
from tests.outbox.shop import Optician, config
from tests.web.webhooks.mail_services import SERVICES

KEY = b"the home's own"
LETTERS = st.text("0123456789abcdefghijklmnopqrstuvwxyz-+@.=ABCXYZ", max_size=60)


@given(
    st.integers(1, 2**59),
    st.sampled_from(["bounces@optyk.example", "b.*.x@optyk.example", "*@b.optyk.example"]),
)
def test_a_return_path_stands_for_its_message_and_is_an_address(number: int, mailbox: str) -> None:
    path = return_path(mailbox, KEY, number)
    assert messages_in(KEY, [f"Anna <{path}>"]) == messages_in(KEY, [path.upper()]) == {number}
    assert len(path.rpartition("@")[0]) <= 64
    assert re.fullmatch(r"[a-z0-9.+-]+@[a-z.]+", path)


@given(st.integers(1, 2**40), st.data())
def test_a_word_that_was_cut_or_changed_stands_for_nothing(number: int, data: st.DataObject) -> None:
    word = signed_word(KEY, number)
    place = data.draw(st.integers(0, len(word) - 1))
    other = data.draw(st.sampled_from("0123456789abcdefghijklmnopqrstuvwxyz"))
    changed = word[:place] + other + word[place + 1 :]
    if changed != word:
        assert messages_in(KEY, [f"bounces+{changed}@optyk.example"]) == set()
    assert messages_in(KEY, [f"bounces+{word[:place]}@optyk.example"]) == set()


@given(st.integers(1, 2**40), st.integers(1, 2**40))
def test_two_words_spliced_stand_for_nothing(one: int, two: int) -> None:
    if one != two:
        spliced = f"{one:x}-{signed_word(KEY, two).partition('-')[2]}"
        assert messages_in(KEY, [f"bounces+{spliced}@optyk.example"]) == set()
    assert messages_in(b"another home's", [return_path("b@x.example", KEY, one)]) == set()


@given(st.lists(LETTERS, max_size=5))
def test_no_text_from_strangers_stands_for_a_message(texts: list[str]) -> None:
    assert messages_in(KEY, texts) == set()


def test_a_flood_of_words_is_not_read_to_its_end() -> None:
    flood = [f"{number:x}-{'a' * 16}@x" for number in range(1, 100_000)]
    assert messages_in(KEY, [*flood, return_path("b@x.example", KEY, 7)]) == set()


@pytest.mark.parametrize(
    "mailbox",
    ["*.*@optyk.example", f"{'b' * 40}@optyk.example", "żółw@optyk.example", "b(x)@optyk.example", "nobody"],
)
def test_a_return_path_into_which_nothing_fits_is_refused_by_the_config(mailbox: str) -> None:
    sender = {"name": "Optyk", "address": "sklep@optyk.example", "bounces": mailbox}
    with pytest.raises(ConfigError, match=r"sender\.bounces"):
        config(shops=[{"shop": "optyk", "name": "Optyk", "postal": "ul. Szeroka 14", "sender": sender}])


def test_services_carry_the_word_in_headers_that_they_give_back() -> None:
    word = signed_word(KEY, 12)
    for name, line in CARRIED.items():
        services = Providers.model_validate({name: SERVICES[name]})
        header = words_for(services, KEY, 12).decode("ascii")
        assert header.count("\r\n") == 1
        assert header.endswith("\r\n")
        assert word in header
        if "{{" in line:
            json.loads(header.partition(":")[2])
    assert words_for(Providers(), KEY, 12) == b""


def test_a_mail_leaves_from_its_own_return_path_and_from_nobody_elses(optician: Optician) -> None:
    optician.queue_for("Anna", "Borys")
    with Sink() as sink:
        shop = config().shops[0].model_dump()
        shop["sender"]["bounces"] = "bounces@optyk.example"
        settings = config(
            relay={"host": "127.0.0.1", "port": sink.port, "timeout_seconds": 5}, shops=[shop],
            feedback={"webhooks": {"postmark": SERVICES["postmark"]}},
        )  # fmt: skip
        pool = Pool(settings.relay)
        try:
            sender = Sender(optician.store, settings, Templates(SHIPPED), pool, Standing(), "w1", key=KEY)
            assert sender.send_due().counts == {"sent": 2}
        finally:
            pool.close()
    named = [messages_in(KEY, [path]) for path in sink.senders]
    assert sorted(map(list, named)) == [[1], [2]]
    for raw in sink.accepted:
        assert raw.startswith(b"X-PM-Metadata-regulars: ")
