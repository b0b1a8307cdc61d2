"""Where somebody's traces stand, in every table: the one list that `export` shows and `erase` takes away.

Most rows name their customer. What came before anybody knew whose it was, and what was kept as it came, names an address or
the shop's id alone; so all mailboxes that somebody ever had are asked for, not only the present one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from peewee import ForeignKeyField

from engine.config_testing import is_apart, plain
from engine.consent.refused_bodies import names_somebody
from models import (
    TABLES,
    Address,
    Cart,
    Caught,
    ConsentChange,
    Customer,
    CustomerVersion,
    Event,
    Feedback,
    Link,
    Message,
    Order,
    Refund,
    RefusedMessage,
    Source,
    Suppression,
    Visit,
    Visitor,
)  # fmt: skip

PREFIX = "erased:"  # what an erased mailbox begins with; no mailbox is called so: it has no @
OWNERS = (Customer, Order, Refund, Visit)  # a row that names one of these tells of its customer
Where = dict[Any, Any]  # by table: which of its rows


@dataclass(frozen=True, slots=True)
class Sought:
    """Whose traces are sought in one shop: rows of customers, or nobody's, and what they are called."""

    shop_id: int
    customers: tuple[int, ...]  # our numbers
    external_id: str | None
    mailboxes: Mapping[int, str]  # every mailbox there ever was, by its row; none that is a digest already
    shared: frozenset[int]  # those of them by which somebody else is reached: they stay in clear
    shared_here: frozenset[int]  # those that somebody else of this shop has
    emails: tuple[str, ...]  # as facts of this shop name them

    @property
    def names(self) -> list[str]:
        """Lists how facts call somebody who is not known yet."""
        found = [] if self.external_id is None else [f"id:{self.external_id}"]
        return found + [f"email:{email}" for email in self.emails]

    @property
    def own(self) -> dict[int, str]:
        """Returns the mailboxes that are nobody else's."""
        return {key: email for key, email in self.mailboxes.items() if key not in self.shared}


def sought_of(customer: Customer) -> Sought:
    """Returns whose traces a customer's are: by the shop's id, and by every mailbox that was theirs."""
    boxes = {customer.address_id, *_former(customer.id)} - {None}
    mailboxes = _emails_of(boxes)
    elsewhere = _reached(mailboxes, [customer.id])
    here = frozenset(key for key, shops in elsewhere.items() if customer.shop_id in shops)
    # Two of one mailbox: what names it now names both.
    emails = {
        plain(email) for key, email in mailboxes.items() if key not in here or key == customer.address_id
    }
    emails |= {customer.email.lower()} if customer.email else set()
    return Sought(
        customer.shop_id, (customer.id,), customer.external_id, mailboxes, frozenset(elsewhere), here, _sorted(emails)
    )  # fmt: skip


def sought_called(shop_id: int, external_id: str | None = None, mailboxes: Iterable[str] = ()) -> Sought:
    """Returns whose traces are those of somebody who is no customer: known by an id or by mailboxes alone.

    `mailboxes` as `engine.intake.addresses` writes them into the table. What they tell of a customer is not among these
    traces: that customer's own has them.
    """
    emails = sorted(set(mailboxes))
    found = dict(Address.select(Address.id, Address.email).where(Address.email.in_(emails)).tuples())
    elsewhere = _reached(found, ())
    here = frozenset(key for key, shops in elsewhere.items() if shop_id in shops)
    theirs = {found[key] for key in here}
    said = _sorted(plain(email) for email in emails if email not in theirs)
    return Sought(shop_id, (), external_id, found, frozenset(elsewhere), here, said)


def traces(sought: Sought) -> Where:
    """Returns, by table, a condition on its rows that tell of the person; it holds whatever is changed meanwhile.

    Tables come in the order of `models.TABLES`; one in which nothing can stand of anybody is not there.
    """
    browsers = _browsers(sought)
    visits = Visit.customer.in_(sought.customers) | (
        Visit.visitor.in_(list(browsers)) & Visit.customer.is_null()
    )
    found: Where = {
        Customer: Customer.id.in_(sought.customers),
        Address: Address.id.in_(list(sought.mailboxes)),
        Suppression: Suppression.address.in_(_told_of(sought)),
        Visit: visits,
        Visitor: Visitor.id.in_(list(browsers)),
        Event: _named(Event, sought) | _of_browsers(sought, browsers.values()),
        ConsentChange: _named(ConsentChange, sought),
        Cart: (Cart.shop == sought.shop_id) & Cart.email.in_(sought.emails),
        Caught: Caught.id.in_(_caught(sought)),
        Link: Link.customer.in_(sought.customers) | _telling_links(sought),
        RefusedMessage: RefusedMessage.id.in_(_refused(sought)),
    }
    for table in TABLES:
        if table not in found and (key := _key_of(table)) is not None:
            found[table] = key.in_(
                sought.customers if key.rel_model is Customer else _owners(key, sought, visits)
            )
    return {table: found[table] for table in TABLES if table in found}


def _told_of(sought: Sought) -> list[int]:
    """Lists the mailboxes whose story is theirs: of a former one that somebody else of the shop has now it is not."""
    return [key for key, email in sought.mailboxes.items() if plain(email) in sought.emails]


def _key_of(table: Any) -> ForeignKeyField | None:
    """Returns the column by which a table's rows belong to a customer; its own, where it has one, is enough."""
    keys = [key for key in table._meta.refs if key.rel_model in OWNERS]
    own = [key for key in keys if key.rel_model is Customer]
    return next(iter(own or keys), None)


def _former(customer: int) -> set[int]:
    """Lists the mailboxes that a customer had, and those that their mails went to."""
    tables = (CustomerVersion, Message, Feedback)
    told = (table.select(table.address).where(table.customer == customer) for table in tables)
    return {key for rows in told for (key,) in rows.distinct().tuples() if key is not None}


def _emails_of(boxes: Collection[int]) -> dict[int, str]:
    rows = Address.select(Address.id, Address.email).where(
        Address.id.in_(list(boxes)) & ~Address.email.startswith(PREFIX)
    )
    return dict(rows.order_by(Address.id).tuples())


def _reached(mailboxes: Collection[int], customers: Collection[int]) -> dict[int, set[int]]:
    """Returns in which shops anybody else is reached by each of the mailboxes; those of nobody else are not there."""
    others = (
        Customer.address.in_(list(mailboxes))
        & Customer.erased_at.is_null()
        & Customer.id.not_in(list(customers))
    )
    found: dict[int, set[int]] = {}
    for key, shop in Customer.select(Customer.address, Customer.shop).where(others).distinct().tuples():
        found.setdefault(key, set()).add(shop)
    return found


def _sorted(emails: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(emails)))


def _owners(key: ForeignKeyField, sought: Sought, visits: Any) -> Any:
    owner = key.rel_model
    return owner.select(owner.id).where(visits if owner is Visit else owner.customer.in_(sought.customers))


def _named(table: Any, sought: Sought) -> Any:
    waiting = (
        (table.shop == sought.shop_id) & table.customer.is_null() & table.external_customer.in_(sought.names)
    )
    return table.customer.in_(sought.customers) | waiting


def _browsers(sought: Sought) -> dict[int, str]:
    """Returns the browsers that are theirs or are said to be, and under which keys these tell."""
    return dict(Visitor.select(Visitor.id, Visitor.key).where(_named(Visitor, sought)).tuples())


def _of_browsers(sought: Sought, keys: Iterable[str]) -> Any:
    return (Event.shop == sought.shop_id) & Event.customer.is_null() & Event.external_customer.in_(list(keys))


def _caught(sought: Sought) -> list[int]:
    """Lists what the catcher holds for the mailboxes; of one that somebody else reads too, only what was to this customer."""
    found: list[int] = []
    for key, email in sought.mailboxes.items():
        mails = Caught.select(Caught.id).where(Caught.to == plain(email), Caught.test == is_apart(email))
        found += _to_them(mails, sought) if key in sought.shared else [number for (number,) in mails.tuples()]
    return found


def _to_them(mails: Any, sought: Sought) -> list[int]:
    """A mail tells by its Message-ID whose it was."""
    theirs = Message.select(Message.message_id).where(Message.customer.in_(sought.customers))
    numbers = [number for (number,) in theirs.tuples()]
    rows = mails.select(Caught.id, Caught.raw).tuples() if numbers else ()
    return [key for key, raw in rows if any(number in raw for number in numbers)]


def _telling_links(sought: Sought) -> Any:
    """Finds links that hold an address, as a shop writes them to know who comes; such a link tells who that is."""
    told = Link.id.is_null()
    for email in sought.own.values():
        told |= Link.url.contains(plain(email)) | Link.url.contains(quote(plain(email), safe=""))
    return told


def _refused(sought: Sought) -> list[int]:
    """Lists what sources of the shop sent in vain and what names the person, by an address or by the shop's id."""
    number, mine = sought.external_id, Source.select(Source.id).where(Source.shop == sought.shop_id)
    words = [*sought.emails, *([] if number is None else [number])]
    if not words:
        return []
    told = RefusedMessage.body.contains(words[0])
    for word in words[1:]:
        told |= RefusedMessage.body.contains(word)
    rows = RefusedMessage.select(RefusedMessage.id, RefusedMessage.topic, RefusedMessage.body).where(
        RefusedMessage.source.in_(mine) & told
    )
    return [key for key, topic, body in rows.tuples() if names_somebody(topic, body, number, sought.emails)]
