"""Peewee tables and migrations: typed, without decisions, knowing nothing of the engine."""

from models.access import ApiKey, Caught, Idempotency, Role, Setting, User, UserRole
from models.base import database
from models.clicks import Click, Link
from models.loyalty import Coupon, PoolCode, Together
from models.notices import Endpoint, GoalLook, Notice
from models.pace import Overdue, Pace
from models.people import Address, ConsentChange, Customer, CustomerVersion, LedgerHead, Shop, ZoneInUse
from models.publishing import Act, Publication, RuleDay
from models.returns import Feedback, FeedbackCount, MailboxRead, SeenToken, Suppression
from models.sending import (
    COUNTED_STATES,
    OPEN_STATES,
    Change,
    Cursor,
    Decision,
    Hold,
    Member,
    Message,
    RulebookVersion,
    RuleState,
    Settlement,
)
from models.sources import Cart, Pull, RefusedMessage, Source
from models.tally import Tally
from models.trade import (
    SUPPLIES_TO_DATE,
    Event,
    Line,
    Order,
    OrderVersion,
    PriceDay,
    Product,
    ProductVersion,
    Refund,
    RefundLine,
)
from models.visits import Visit, Visitor, VisitPage

TABLES = (
    Shop, ZoneInUse, Address, Customer, CustomerVersion, ConsentChange, LedgerHead,
    Product, ProductVersion, PriceDay, Order, OrderVersion, Line, Refund, RefundLine, Event,
    RulebookVersion, Publication, Act, RuleDay, RuleState, Member, Message, Decision, Settlement, Hold, Change, Cursor,
    Pace, Overdue,
    Link, Click, Coupon, PoolCode, Together, Source, RefusedMessage, ApiKey, Idempotency, Role, User, UserRole, Setting, Caught,
    Tally,
    Pull, Cart, Endpoint, Notice, GoalLook,
    Feedback, Suppression, FeedbackCount, SeenToken, MailboxRead,
    Visitor, Visit, VisitPage,
)  # fmt: skip

__all__ = [
    "COUNTED_STATES", "OPEN_STATES", "SUPPLIES_TO_DATE", "TABLES", "Act", "Address", "ApiKey", "Cart", "Caught", "Change",
    "Click", "ConsentChange", "Coupon", "Cursor", "Customer", "CustomerVersion", "Decision", "Endpoint", "Event", "Feedback",
    "FeedbackCount", "GoalLook", "Hold", "Idempotency", "LedgerHead", "Line", "Link", "MailboxRead", "Member", "Message",
    "Notice", "Order", "OrderVersion", "Overdue", "Pace", "PoolCode", "PriceDay", "Product", "ProductVersion", "Publication",
    "Pull", "Refund",
    "RefundLine", "RefusedMessage",
    "Role", "RuleDay", "RuleState", "RulebookVersion", "SeenToken", "Setting", "Settlement", "Shop",
    "Source", "Suppression", "Tally", "Together", "User", "UserRole", "Visit", "VisitPage",
    "Visitor", "ZoneInUse", "database",
]  # fmt: skip
