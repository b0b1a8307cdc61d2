"""Headers survive the wire: what two independent decoders read is what was written."""

from __future__ import annotations

import email
import email.header
import email.policy
import email.utils
import random

import pytest

from engine.delivery import headers

ALPHABETS = (
    "abcdefghijklmnoprstuwyz ABC 0123 ,.!?()",
    "ąćęłńóśźż ĄĆĘŁŃÓŚŹŻ abc def",
    "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя АБВ ё ы э ",
    "👓🎉💄❤️ łódka для Ani",
    '"\\<>@;:=?_ =?utf-8?b? ',
)


def _texts(count: int) -> list[str]:
    draw = random.Random(20261122)
    alphabet = [draw.choice(ALPHABETS) + draw.choice(ALPHABETS) for _ in range(40)]
    made = ("".join(draw.choices(draw.choice(alphabet), k=draw.randint(1, 160))) for _ in range(count))
    return [" ".join(text.split()) for text in made]


def _legacy(value: str) -> str:
    return str(email.header.make_header(email.header.decode_header(value)))


def test_three_thousand_polish_ukrainian_and_emoji_subjects_come_back_as_they_were_written() -> None:
    for subject in _texts(3000):
        raw = headers.line("Subject", headers.text(subject)) + b"\r\n"
        assert raw.isascii()
        assert all(len(line) <= 76 for line in raw.split(b"\r\n")), raw
        assert email.message_from_bytes(raw, policy=email.policy.default)["Subject"] == subject
        assert _legacy(email.message_from_bytes(raw)["Subject"].replace("\r\n", "")) == subject


def test_two_thousand_names_come_back_beside_their_address() -> None:
    for name in _texts(2000):
        if not name:
            continue
        raw = headers.line("To", headers.mailbox(name, "anna@example.com")) + b"\r\n"
        read = email.message_from_bytes(raw, policy=email.policy.default)["To"].addresses
        assert [address.addr_spec for address in read] == ["anna@example.com"], raw
        # Python 3.11's newer parser puts a space between two words of one name; the older reads them rightly.
        phrase, address = email.utils.parseaddr(email.message_from_bytes(raw)["To"].replace("\r\n", ""))
        assert (_legacy(phrase), address) == (name, "anna@example.com"), raw


def test_no_encoded_word_is_cut_inside_a_letter() -> None:
    words = headers.encoded_words("Żółć " * 30).split("\r\n ")
    assert len(words) > 3
    assert all(email.header.decode_header(word)[0][0].decode("utf-8") for word in words)


@pytest.mark.parametrize("hostile", ["Anna\r\nBcc: all@example.com", "Anna\nX", "Anna\rX", "Anna\x00"])
def test_a_line_break_in_a_name_a_subject_or_an_address_is_an_error(hostile: str) -> None:
    for write in (headers.text, lambda text: headers.mailbox(text, "a@example.com"), headers.domain_as_ascii):
        with pytest.raises(ValueError):
            write(hostile)
    with pytest.raises(ValueError):
        headers.line("Subject", hostile)


def test_a_polish_domain_is_written_in_ascii_letters() -> None:
    assert headers.mailbox("Jan", "jan@żółw.pl") == "Jan <jan@xn--w-uga1v8h.pl>"


def test_a_polish_letter_before_the_at_sign_is_refused_because_not_every_relay_takes_it() -> None:
    with pytest.raises(ValueError, match="not an address"):
        headers.mailbox("Jan", "żółw@example.com")


def test_a_name_with_a_comma_is_quoted_so_that_it_stays_one_name() -> None:
    assert headers.mailbox("Nowak, Anna", "anna@example.com") == '"Nowak, Anna" <anna@example.com>'
