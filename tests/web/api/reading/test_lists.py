"""Lists of the API: page by page without a gap or a repeat, by what a developer looks for, of one shop alone."""

from __future__ import annotations

from typing import Any

import pytest

from engine.clock import HOUR, MINUTE
from engine.reports.readback import messages
from engine.store import Store
from engine.web.api.credentials import new_key
from models import Message, Shop
from tests.intake.optica import CONFIG, NOW, order
from tests.outbox.shop import Optician
from tests.web.api.reading.reader import Reader


@pytest.fixture
def reader(store: Store) -> Reader:
    return Reader(store)


def numbers(items: list[dict[str, Any]]) -> list[str]:
    return [item["id"] for item in items]


def some_orders(reader: Reader, *names: str, minute: int = 0, **more: Any) -> None:
    """Orders that the shop changed in the same minute, as an import would have it."""
    said = {"updated_at": f"2026-03-01T10:{minute:02}:00Z", **more}
    assert reader.post("orders", [order(name, **said) for name in names]).status_code == 201


def test_pages_follow_each_other_though_all_were_changed_at_one_moment(reader: Reader) -> None:
    some_orders(reader, *"abcdefg")
    pages = list(reader.pages("orders?limit=3"))
    assert [numbers(page) for page in pages] == [["a", "b", "c"], ["d", "e", "f"], ["g"]]
    first = reader.get("orders?limit=3")
    assert first.headers["Link"] == f'<{first.json["next"]}>; rel="next"'  # type: ignore[index]
    assert "Link" not in reader.get("orders?limit=7").headers


def test_what_comes_meanwhile_moves_nobody(reader: Reader) -> None:
    some_orders(reader, *"bdfh", minute=10)
    walk = reader.pages("orders?limit=2")
    seen = numbers(next(walk))
    some_orders(reader, "early", minute=1)
    some_orders(reader, "late", minute=20)
    some_orders(reader, "b", minute=30, total="1.00")
    assert seen + [number for page in walk for number in numbers(page)] == ["b", "d", "f", "h", "late", "b"]


@pytest.mark.parametrize("broken", ["x", "", "AAAA", "%F0%9F%A6%84", "A" * 600, "AAAAAAAAAAAAAAAAWzEsMl0"])
def test_a_broken_cursor_is_a_400_that_names_it(reader: Reader, broken: str) -> None:
    answer = reader.get(f"orders?cursor={broken}")
    assert (answer.status_code, answer.content_type) == (400, "application/problem+json")
    assert answer.json["errors"][0]["pointer"] == "/cursor"  # type: ignore[index]


def test_a_cursor_is_good_for_its_own_list_shop_and_filters_only(store: Store) -> None:
    other = CONFIG.shops[0].model_copy(update={"shop": "drogeria"})
    reader = Reader(store, CONFIG.model_copy(update={"shops": (*CONFIG.shops, other)}))
    some_orders(reader, *"abc")
    cursor = reader.get("orders?limit=1").json["cursor"]  # type: ignore[index]
    assert reader.get(f"orders?limit=2&cursor={cursor}").status_code == 200, "the length of a page may change"
    assert reader.get(f"orders?customer=anna&cursor={cursor}").status_code == 400
    assert reader.get(f"refunds?cursor={cursor}").status_code == 400
    reader.key = new_key(Shop.get(Shop.key == "drogeria").id, "other", NOW, ["all"])
    assert reader.get(f"orders?cursor={cursor}").status_code == 400
    assert reader.get("orders").json == {"orders": [], "cursor": None, "next": None}
    assert reader.get("orders/a").status_code == 404


def test_filters_find_what_they_name(reader: Reader) -> None:
    some_orders(reader, "a", minute=1)
    some_orders(reader, "b", minute=2, customer={"email": "Borys@example.com"})
    assert numbers(reader.all("orders?updated_since=2026-03-01T10:02:00Z")) == ["b"]
    assert numbers(reader.all("orders?updated_since=2026-03-01T11:02:00%2B01:00&limit=1")) == ["b"]
    assert numbers(reader.all("orders?customer=anna")) == ["a"]
    assert numbers(reader.all("orders?customer=borys@example.com")) == ["b"]
    assert reader.all("orders?customer=nobody") == reader.all("orders?customer=@") == []
    assert [one["email"] for one in reader.all("customers?email=BORYS@example.com")] == ["Borys@example.com"]
    for number, who in (("1", "anna"), ("2", {"id": "not yet"}), ("3", {"email": "nobody@example.com"})):
        event = {"id": number, "kind": "viewed", "customer": who, "at": f"2026-03-0{number}T00:00:00Z"}
        assert reader.post("events", event).status_code == 201
    reader.post("events", {"id": "4", "kind": "asked", "customer": "anna", "at": "2026-03-01T12:00:00Z"})
    assert numbers(reader.all("events?limit=1")) == ["1", "4", "2", "3"]
    assert numbers(reader.all("events?kind=viewed&since=2026-03-02T00:00:00Z&limit=1")) == ["2", "3"]
    assert numbers(reader.all("events?customer=anna&limit=1")) == ["1", "4"]
    assert numbers(reader.all("events?customer=not%20yet")) == ["2"]
    assert numbers(reader.all("events?customer=nobody@example.com")) == ["3"]
    reader.post("refunds", [{"id": "r", "order": "a"}, {"id": "s", "order": "b"}])
    assert numbers(reader.all("refunds?order=b")) == ["s"]


@pytest.mark.parametrize(
    "asked",
    ["orders?limit=0", "orders?limit=501", "orders?limit=ten", "orders?limit=%D9%A3", "orders?since=2026-01-01",
     "orders?updated_since=yesterday", "orders?updated_since=0001-01-01", "orders?updated_since=9999-12-31T23:59:59Z",
     "events?kind=sneezed", "orders?customer=", "orders?customer=a%00b", "orders?customer=a&customer=b", "orders?x=1",
     "messages?state=lost", "messages?rule=%0A"],
)  # fmt: skip
def test_a_query_that_is_not_understood_is_a_422_that_names_the_word(reader: Reader, asked: str) -> None:
    answer = reader.get(asked)
    assert (answer.status_code, answer.content_type) == (422, "application/problem+json")
    word = asked.partition("?")[2].partition("=")[0]
    assert answer.json["errors"][0]["pointer"] == f"/{word}"  # type: ignore[index]


@pytest.mark.parametrize("number", ["%00", "a%0Ab", "x" * 129, "%FF", "..", "nothing", "%2E%2E%2Fhealth"])
def test_an_id_that_nothing_has_is_a_404(reader: Reader, number: str) -> None:
    for resource in ("orders", "customers", "products", "events", "refunds", "messages", "coupons"):
        answer = reader.get(f"{resource}/{number}")
        assert (answer.status_code, answer.content_type) == (404, "application/problem+json"), resource


@pytest.mark.parametrize(
    "number", ["a/b", "/a", "a/", "a//b", "żółw 🦄", "a?b#c", "100%", "%2F", ".", "a+b", "a;b,c", "\\"]
)
def test_an_id_may_be_anything(reader: Reader, number: str) -> None:
    some_orders(reader, number)
    assert reader.one("orders", number)["id"] == number


def test_what_was_read_before_is_a_304_until_something_changes(reader: Reader) -> None:
    some_orders(reader, "a")
    for path in ("orders", "orders/a"):
        first = reader.get(path)
        tag = first.headers["ETag"]
        assert first.headers["Cache-Control"] == "private, no-cache"
        assert first.headers["Vary"] == "Authorization"
        again = reader.get(path, If_None_Match=f'"other", {tag}')
        assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
        assert reader.get(path, If_None_Match='"other"').status_code == 200
        reader.post("orders", order("a", updated_at=f"2026-03-02T0{len(path)}:00:00Z", total=len(path)))
        changed = reader.get(path, If_None_Match=tag)
        assert (changed.status_code, changed.headers["ETag"] != tag) == (200, True)


@pytest.mark.parametrize(
    "path", ["orders", "orders/a", "customers", "events/1", "messages", "messages/1", "consents"]
)
def test_only_a_key_with_the_scope_reads(reader: Reader, path: str) -> None:
    resource = path.partition("/")[0]
    reader.key = new_key(reader.shop.id, "till", NOW, ["write", "coupons:read"])
    refused = reader.get(path)
    assert (refused.status_code, f"{resource}:read" in refused.json["detail"]) == (403, True)  # type: ignore[index]
    reader.key = "rk_wrong"
    assert reader.get(path).status_code == 401


def sent(reader: Reader, *names: str, state: str = "queued", settled_at: int | None = None) -> list[int]:
    optician = object.__new__(Optician)
    optician.store, optician.shop = reader.store, reader.shop
    keys = [int(key) for key in optician.queue_for(*names)]
    Message.update(state=state, settled_at=settled_at).where(Message.id << keys).execute()
    return keys


def test_messages_are_told_with_whom_they_went_to_and_what_became_of_them(reader: Reader) -> None:
    (anna,) = sent(reader, "Anna", state="sent", settled_at=NOW)
    (borys,) = sent(reader, "Borys", state="refused", settled_at=NOW + MINUTE)
    (celina,) = sent(reader, "Celina")
    assert numbers(reader.all("messages?limit=1")) == [celina, anna, borys]
    assert numbers(reader.all("messages?state=refused")) == [borys]
    assert numbers(reader.all("messages?state=queued&limit=1")) == [celina]
    assert numbers(reader.all("messages?customer=anna")) == [anna]
    assert numbers(reader.all("messages?since=2026-06-01T12:01:00Z")) == [celina, borys]
    rule = reader.one("messages", str(anna))["rule"]
    assert numbers(reader.all(f"messages?rule={rule}&limit=2")) == [celina, anna, borys]
    assert reader.all("messages?rule=other") == []
    told = reader.one("messages", str(anna))
    assert (told["customer"]["id"], told["to"], told["state"]) == ("anna", "anna@example.com", "sent")
    assert "token" not in told, "it opens the customer's pages"


def test_a_mail_that_ends_between_two_pages_is_not_missed(reader: Reader) -> None:
    first, second, third = sent(reader, "Anna", "Borys", "Celina")
    walk = reader.pages("messages?limit=1")
    assert numbers(next(walk)) == [first]
    Message.update(state="sent", settled_at=NOW + HOUR).where(Message.id == second).execute()
    assert [number for page in walk for number in numbers(page)] == [third, second]


def test_a_rare_state_is_found_in_short_pages(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "LOOKED_AT", 3)
    for minute, name in enumerate(("A", "B", "C", "D", "E", "F", "G")):
        sent(reader, name, state="refused" if name in "DG" else "sent", settled_at=NOW + minute)
    pages = list(reader.pages("messages?state=refused&limit=5"))
    assert (len(pages), len(reader.all("messages?state=sent&limit=1"))) == (3, 5)
    assert [item["customer"]["id"] for page in pages for item in page] == ["d", "g"]
