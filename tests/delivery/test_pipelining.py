"""Commands that do not wait for one another (RFC 2920): fewer round trips, and each answer still judged by itself."""

from __future__ import annotations

import socket
import threading
from collections import Counter
from typing import Any

import pytest

from engine.config import Relay as Settings
from engine.delivery import pool as pools
from engine.delivery.exchange import Answer, Letter
from engine.delivery.pool import Pool
from tests.delivery.sink import DROP, PIPELINING, Sink
from tests.promise.manners.relay import Manner, Relay, Says

CLOSE = Says(b"", then="close")


def _letter(n: int) -> Letter:
    raw = f"Message-ID: <{n}>\r\n\r\n.Hi\r\n.\r\n".encode()
    return Letter(n, "shop@example.com", f"anna{n}@example.com", raw)


def _carried(port: int, count: int = 3, **settings: Any) -> list[Answer]:
    """Carries so many mails over one connection at a time."""
    pool = Pool(Settings(host="127.0.0.1", port=port, **{"connections": 1, "timeout_seconds": 2, **settings}))
    try:
        answers = pool.carry([_letter(n) for n in range(count)])
    finally:
        pool.close()
    return [answers[n] for n in range(count)]


def _outcomes(answers: list[Answer]) -> list[str]:
    return [answer.outcome for answer in answers]


def _patient(server: socket.socket, heard: list[bytes]) -> None:
    """Answers only when DATA or the end of a mail has come: who waits for an answer before it, waits for ever."""
    client, _ = server.accept()
    with client:
        client.sendall(b"220 patient\r\n")
        said = b""
        while more := client.recv(65536):
            said += more
            if said.startswith(b"EHLO"):
                client.sendall(b"250-patient\r\n250 PIPELINING\r\n")
            elif said.endswith(b"\r\nDATA\r\n"):
                client.sendall(
                    (b"250 taken\r\n" if b"\r\n.\r\n" in said else b"") + b"250 ok\r\n250 ok\r\n354 go on\r\n"
                )
            elif said.endswith(b"\r\n.\r\n"):
                client.sendall(b"250 taken\r\n")
            elif said == b"QUIT\r\n":
                client.sendall(b"221 bye\r\n")
            else:
                continue
            heard.append(said)
            said = b""


def test_the_envelope_is_one_write_and_the_next_one_travels_with_the_end_of_a_mail() -> None:
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_patient, args=(server, heard))
        thread.start()
        assert _outcomes(_carried(server.getsockname()[1])) == ["sent"] * 3
        thread.join(10)
    verbs = [
        [line[:4] for line in said.split(b"\r\n") if line[:4] in (b"MAIL", b"RCPT", b"DATA", b".")]
        for said in heard
    ]
    envelope = [b"MAIL", b"RCPT", b"DATA"]
    assert verbs == [[], envelope, [b".", *envelope], [b".", *envelope], [b"."], []]
    assert heard[2].startswith(b"Message-ID: <0>\r\n\r\n..Hi\r\n..\r\n.\r\nMAIL FROM:<shop@example.com>\r\n")


@pytest.mark.parametrize("refused", ["by the relay", "by config.yaml"])
def test_where_it_is_not_offered_or_not_wanted_each_command_waits_for_its_answer(refused: str) -> None:
    offers = () if refused == "by the relay" else ("PIPELINING",)
    script = {"mail": Says(b"550 5.7.1 not you\r\n")}
    with Relay(Manner(script, offers)) as relay:
        answers = _carried(relay.port, pipelining=refused == "by the relay")
    assert _outcomes(answers) == ["deferred"] * 3
    assert not [line for line in relay.heard if line.startswith((b"RCPT", b"DATA"))]


def test_a_refused_recipient_is_one_customers_matter_and_the_others_go_on_the_same_connection() -> None:
    def rcpt(talk: Any) -> Says:
        return Says(b"550 5.1.1 no such user\r\n") if talk.argument.startswith("TO:<anna1@") else Says()

    with Relay(Manner({"rcpt": rcpt})) as relay:
        answers = _carried(relay.port, 4)
        assert relay.connections == 1
    assert _outcomes(answers) == ["sent", "refused", "sent", "sent"]
    assert answers[1].reply == "550 5.1.1 no such user"
    assert sorted(each.to for each in relay.taken) == [f"anna{n}@example.com" for n in (0, 2, 3)]
    assert relay.heard[relay.heard.index(b"RSET\r\n") + 1].startswith(b"MAIL")


def test_a_relay_that_wants_the_body_of_a_mail_without_a_recipient_gets_an_empty_one_and_the_next_goes() -> (
    None
):
    with Sink(ehlo=PIPELINING, rcpt="550 5.1.1 no", data="354 go on") as sink:
        answers = _carried(sink.port, 2)
        assert sink.connections == 1
    assert _outcomes(answers) == ["refused", "refused"]
    assert (sink.begun, sink.accepted) == (2, [])


def test_a_connection_that_breaks_at_the_end_of_a_mail_leaves_only_that_mail_in_doubt() -> None:
    def end(talk: Any) -> Says:
        return CLOSE if talk.number == 1 and talk.mails == 2 else Says()

    with Relay(Manner({"end": end}, takes=True)) as relay:
        answers = _carried(relay.port, 4)
        assert relay.connections == 2
    assert _outcomes(answers) == ["sent", "unknown", "sent", "sent"]
    assert Counter(each.to for each in relay.taken) == Counter(f"anna{n}@example.com" for n in range(4))


def test_a_connection_that_breaks_before_the_body_loses_nothing() -> None:
    def data(talk: Any) -> Says:
        return Says(b"354 go on\r\n", then="close") if talk.number == 1 and talk.mails == 1 else Says()

    with Relay(Manner({"data": data})) as relay:
        answers = _carried(relay.port, 3)
    assert set(_outcomes(answers)) <= {"sent", "unknown"}
    assert {n for n in range(3) if answers[n].outcome == "sent"} == {
        int(each.to.removeprefix("anna").partition("@")[0]) for each in relay.taken
    }


@pytest.mark.parametrize("confused", [b"250 what\r\n", b"220 hello\r\n", b"nonsense\r\n"])
def test_a_relay_that_loses_count_is_talked_to_one_command_at_a_time(confused: bytes) -> None:
    def data(talk: Any) -> Says:
        return Says(confused) if talk.number == 1 else Says()

    with Relay(Manner({"data": data})) as relay:
        answers = _carried(relay.port)
        assert relay.connections == 2
    assert _outcomes(answers) == ["sent"] * 3
    assert len(relay.taken) == 3


def test_a_relay_that_swallows_what_comes_too_early_is_talked_to_one_command_at_a_time() -> None:
    def swallowed(talk: Any) -> Says:
        return Says(b"", then="silence") if talk.number == 1 else Says()

    with Relay(Manner({"rcpt": swallowed})) as relay:
        assert _outcomes(_carried(relay.port, 2, timeout_seconds=1)) == ["sent"] * 2
    assert len(relay.taken) == 2


def test_an_answer_that_came_before_the_question_settles_nothing() -> None:
    early = {"data": Says(b"354 go on\r\n250 2.0.0 queued\r\n"), "end": CLOSE}
    with Relay(Manner(early, takes=False)) as relay:
        assert _outcomes(_carried(relay.port, 1)) == ["unknown"]


def test_a_connection_carries_so_many_mails_and_takes_its_leave() -> None:
    with Relay() as relay:
        assert _outcomes(_carried(relay.port, 5, mails_per_connection=2)) == ["sent"] * 5
        assert relay.connections == 3
    assert relay.heard.count(b"QUIT\r\n") == 3


def test_mails_that_a_slow_relay_leaves_no_time_to_begin_are_put_off_unbegun(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pools, "BEGIN_WITHIN", 0.2)
    with Relay(Manner({"end": Says(pause=0.3)})) as relay:
        answers = _carried(relay.port, 4)
    assert _outcomes(answers)[-2:] == ["deferred"] * 2
    assert "the relay is slow" in answers[-1].reply
    assert relay.begun == _outcomes(answers).count("sent")


def test_a_relay_that_goes_away_in_the_midst_is_not_dialled_once_for_each_mail() -> None:
    with Sink(ehlo=PIPELINING, after=DROP) as sink:
        pool = Pool(Settings(host="127.0.0.1", port=sink.port, connections=1, timeout_seconds=2))
        assert pool.ready() is None
        sink.script["greeting"] = DROP
        answers = pool.carry([_letter(n) for n in range(20)])
        assert sink.connections == 2
        pool.close()
    assert Counter(answer.outcome for answer in answers.values()) == {"sent": 1, "deferred": 19}
    assert "no connection" in answers[19].reply


def test_an_address_that_could_break_out_of_its_command_makes_no_letter() -> None:
    for bad in ("a@example.com>\r\nRSET", "a b@example.com", "żółw@example.com", "a<@example.com"):
        with pytest.raises(ValueError, match="not an address"):
            Letter(1, "shop@example.com", bad, b"")
        with pytest.raises(ValueError, match="not an address"):
            Letter(1, bad, "anna@example.com", b"")
