"""The one home of consent: the ledger, withdrawals and suppression, for every station above."""

from engine.consent.granted import consent_expression, granted
from engine.consent.ledger import Entry, append
from engine.consent.stops import stop_rule
from engine.consent.suppression import suppress
from engine.consent.withdrawal import withdraw

__all__ = ["Entry", "append", "consent_expression", "granted", "stop_rule", "suppress", "withdraw"]
