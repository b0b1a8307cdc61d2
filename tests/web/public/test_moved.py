"""Anna's address changed since the mail: what she says by its links is hers all the same, and reaches her new mailbox."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from engine.clock import DAY
from engine.consent import granted
from engine.consent.erasure import erase
from engine.consent.returned import CameBack, note
from engine.consent.standing import Standing, standings
from engine.consent.stops import stopped_at
from engine.consent.tokens import sign
from engine.consent.wishes import Said, pause_until
from engine.consent.withdrawn_again import withdraw_again
from engine.store import Store, open_store
from engine.web.app import create_app
from models import Address, ConsentChange, Customer, Message
from tests.intake.optica import CONFIG, NOW, Optica, the_customer
from tests.web.shopful import Still

YES = {"marketing": {"granted": True, "at": "2026-03-01T10:00:00Z", "source": "checkout"}}
OLD, NEW = "anna.new@example.com", "anna.third@example.com"


class Later(Still):
    """A minute after the shop told us of everybody."""

    def now(self) -> int:
        return NOW + 60_000_000


LATER = Later().now()


@pytest.fixture
def optica(store: Store, tmp_path: Path) -> Optica:
    store.home, store.secret = tmp_path, b"the key of this home"
    optica = Optica(store)
    optica.customers({"id": "anna", "email": OLD, "consent": YES})
    return optica


@pytest.fixture
def client(store: Store) -> Any:
    return create_app(CONFIG, store, Later()).test_client()


def mail(who: str = "anna", state: str = "sent", purpose: str = "marketing") -> Message:
    """A mail to the customer, at the address that they have now."""
    whose = the_customer(who)
    number = Message.select().count()
    return Message.create(
        shop=whose.shop_id, customer=whose, address=whose.address_id, rule="offer", purpose=purpose, template="t",
        state=state, message_id=f"m{number}", token=f"token-of-{number}", decided_at=NOW, counted_at=NOW, due_at=NOW,
        expires_at=NOW + 10**12, not_before_at=NOW,
    )  # fmt: skip


def moves(optica: Optica, email: str = NEW, who: str = "anna") -> None:
    optica.now += 1
    optica.customers({"id": who, "email": email})


def said(who: str = "anna") -> Standing:
    customer = the_customer(who).id
    return standings([customer], LATER).get(customer, Standing())


def state_of(message: Message) -> tuple[str, str | None]:
    row = Message.get_by_id(message.id)
    return row.state, row.reason


def one_click(client: Any, offer: Message, optica: Optica) -> None:
    body = {"data": "List-Unsubscribe=One-Click", "content_type": "application/x-www-form-urlencoded"}
    assert client.post(f"/u/{offer.token}", **body).status_code == 200


def takes_back(client: Any, offer: Message, optica: Optica) -> None:
    assert client.post(f"/p/{offer.token}", data={"withdraw": "marketing"}).status_code == 200


def stops_all(client: Any, offer: Message, optica: Optica) -> None:
    assert client.post(f"/w/{offer.token}", data={"stop": "purpose"}).status_code == 200


def calls_it_spam(client: Any, offer: Message, optica: Optica) -> None:
    assert note(optica.store, CONFIG, offer.id, CameBack("spam_report", "arf"), LATER)


def leaves_at_the_mail_service(client: Any, offer: Message, optica: Optica) -> None:
    assert note(optica.store, CONFIG, offer.id, CameBack("unsubscribed", "ses"), LATER)


Way = Callable[[Any, Message, Optica], None]
WAYS = (one_click, takes_back, stops_all, calls_it_spam, leaves_at_the_mail_service)


@pytest.mark.parametrize("way", WAYS)
def test_whoever_moved_since_the_mail_takes_their_consent_back_all_the_same(
    optica: Optica, client: Any, way: Way
) -> None:
    offer, behind = mail(), mail(state="queued")
    moves(optica)
    waiting = [mail(state=state) for state in ("queued", "claimed", "deferred")]
    others = [mail(state="queued", purpose="newsletter"), mail(state="queued", purpose="transactional")]
    way(client, offer, optica)
    assert not granted(the_customer().id, "marketing", LATER)
    assert {state_of(each) for each in (behind, *waiting)} == {("cancelled", "withdrawn")}
    assert state_of(others[1]) == ("queued", None)
    line = ConsentChange.select().order_by(ConsentChange.id.desc()).first()
    assert (line.customer_id, line.granted) == (the_customer().id, False)


@pytest.mark.parametrize("seed", range(6))
def test_however_often_she_moves_and_whichever_mail_she_answers_no_mail_is_left_to_go(
    optica: Optica, client: Any, seed: int
) -> None:
    chance = Random(seed)
    sent, waiting = [mail()], []
    for _ in range(chance.randrange(1, 7)):
        moves(optica, f"anna.{chance.randrange(4)}@example.com")
        sent.append(mail())
        waiting.append(mail(state=chance.choice(("queued", "claimed", "deferred"))))
    chance.choice(WAYS)(client, chance.choice(sent), optica)
    assert not granted(the_customer().id, "marketing", LATER)
    assert {state_of(each) for each in waiting} == {("cancelled", "withdrawn")}


def test_whoever_has_the_mailbox_now_is_meant_as_well_and_nobody_at_the_new_one(
    optica: Optica, client: Any
) -> None:
    offer = mail()
    moves(optica)
    optica.customers(
        {"id": "borys", "email": OLD, "consent": YES}, {"id": "celina", "email": NEW, "consent": YES}
    )
    hers = mail("celina", state="queued")
    one_click(client, offer, optica)
    yes = {who: granted(the_customer(who).id, "marketing", LATER) for who in ("anna", "borys", "celina")}
    assert yes == {"anna": False, "borys": False, "celina": True}
    assert state_of(hers) == ("queued", None)


def test_a_guest_who_turned_out_to_be_a_customer_and_moved_on_is_still_the_one(
    optica: Optica, client: Any
) -> None:
    optica.customers({"email": "guest@example.com", "consent": YES})
    offer = mail(who=None)  # type: ignore[arg-type]
    moves(optica, "guest@example.com")
    assert Customer.select().count() == 1
    moves(optica)
    waiting = mail(state="queued")
    one_click(client, offer, optica)
    assert not granted(the_customer().id, "marketing", LATER)
    assert state_of(waiting)[0] == "cancelled"


def test_an_erased_customers_old_mail_still_answers_and_says_nothing_of_them(
    optica: Optica, client: Any
) -> None:
    offer = mail()
    moves(optica)
    erase(optica.store, the_customer(), optica.now)
    before = ConsentChange.select().count()
    one_click(client, offer, optica)
    assert not note(optica.store, CONFIG, offer.id, CameBack("spam_report", "arf"), LATER)
    assert ConsentChange.select().count() == before


def test_a_signed_link_ends_advertising_also_for_whoever_has_told_no_address(
    optica: Optica, client: Any
) -> None:
    optica.customers({"id": "borys", "consent": YES})
    borys = the_customer("borys").id
    assert client.post(f"/u/{sign(optica.store.secret, borys)}").status_code == 200
    assert not granted(borys, "marketing", LATER)


def test_a_backup_from_before_is_told_of_it(optica: Optica, client: Any, tmp_path: Path) -> None:
    offer = mail()
    moves(optica)
    one_click(client, offer, optica)
    ConsentChange.delete().where(~ConsentChange.granted).execute()
    moves(optica, "anna.fourth@example.com")
    assert granted(the_customer().id, "marketing", LATER)
    assert withdraw_again(tmp_path, optica.store, LATER) == (1, 0)
    assert not granted(the_customer().id, "marketing", LATER)


# --- wishes, and a rule alone ---------------------------------------------------------------------------


def test_one_rule_is_stopped_for_whoever_moved_and_comes_again_at_their_word(
    optica: Optica, client: Any
) -> None:
    offer = mail()
    moves(optica)
    waiting = mail(state="queued")
    client.post(f"/w/{offer.token}", data={"stop": "rule"})
    assert stopped_at(the_customer().id, "offer", LATER) == LATER
    assert state_of(waiting) == ("cancelled", "withdrawn")
    client.post(f"/w/{offer.token}", data={"stop": "again"})
    assert stopped_at(the_customer().id, "offer", LATER) is None


@pytest.mark.parametrize(
    ("form", "held", "shown"),
    [
        ({"often": "1 per 7 days"}, lambda said: said.wish is not None, 'value="1 per 7 days" checked'),
        ({"pause": "14"}, lambda said: said.paused_until_at is not None, 'value="over"'),
        ({"profiling": "object"}, lambda said: said.objects, 'value="allow"'),
    ],
)
def test_a_wish_holds_for_whoever_moved_and_the_page_shows_it(
    optica: Optica, client: Any, form: dict[str, str], held: Callable[[Standing], bool], shown: str
) -> None:
    offer = mail()
    moves(optica)
    page = client.post(f"/p/{offer.token}", data=form).text
    assert held(said())
    assert shown in page
    assert (OLD in page, NEW in page) == (True, False)  # the old mail tells nobody where the customer is now


def test_the_old_mailbox_takes_consent_back_and_can_give_none(optica: Optica, client: Any) -> None:
    """What is agreed to counts as confirmed from the mailbox, and this one is no longer hers."""
    offer = mail()
    moves(optica)
    page = client.get(f"/p/{offer.token}").text
    assert ('value="marketing"' in page, 'name="agree"' in page) == (True, False)
    assert client.post(f"/p/{offer.token}", data={"agree": "newsletter"}).status_code == 400
    optica.customers({"id": "borys", "email": OLD})
    assert client.post(f"/p/{offer.token}", data={"agree": "newsletter"}).status_code == 200
    yes = {who: granted(the_customer(who).id, "newsletter", LATER) for who in ("anna", "borys")}
    assert yes == {"anna": False, "borys": True}


# --- at the same time -----------------------------------------------------------------------------------


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite has one writer
def test_whoever_moves_while_their_old_mailbox_is_waited_for_is_held_at_the_new_one(optica: Optica) -> None:
    store, shop, anna = optica.store, optica.row.id, the_customer()
    new = Address.create(email=NEW, created_at=1).id
    done, begun = threading.Event(), threading.Event()

    def pauses() -> None:
        other = open_store(store.url)
        with other.use():
            begun.set()
            pause_until(other, Said(shop, "preferences", anna.address_id, anna.id), LATER + DAY, LATER)
            done.set()
        other.close()

    def locked(address: int) -> Any:
        return Address.update(created_at=1).where(Address.id == address).execute()

    thread, sender = threading.Thread(target=pauses), open_store(store.url)
    with store.transaction():
        locked(anna.address_id)
        thread.start()
        begun.wait(10)
        assert not done.wait(0.3)
        Customer.update(address=new).where(Customer.id == anna.id).execute()
        hold = sender.database.connection()
        hold.execute("begin")
        hold.execute("select 1 from address where id = %s for no key update", (new,))
    assert not done.wait(0.3), "a mail to the new mailbox could begin while the pause was being written"
    hold.execute("commit")
    thread.join(20)
    sender.close()
    assert done.is_set()
    assert said().paused_until_at == LATER + DAY
