"""config.yaml, read strictly: every setting has a default, a type, and an error that names it."""

from __future__ import annotations

import os
import re
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, ValidationError, field_validator, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from engine import calendar
from engine.config_consent import Consent, demand_purposes
from engine.config_endpoints import Endpoints
from engine.config_feedback import PARTS, Feedback, ReturnPath
from engine.config_keys import PARTS as KEY_PARTS
from engine.config_keys import Keys
from engine.config_pages import Pages, demand_known
from engine.config_sending import OnlyTo, Pace, Refusals, Strict, Watchdog
from engine.config_sending import Relay as Relay  # it is named by those who use it
from engine.config_server import Proxies, Retention
from engine.config_shops import PARTS as SHOP_PARTS
from engine.config_shops import Pull, Webhooks
from engine.config_testing import is_test, key_of_test, shop_of
from engine.errors import ConfigError, Place

LANGUAGES = ("pl", "uk", "ru", "en")
# What a test shop has of its shop; all else stays at its default, so that no connection is ever copied.
ALIKE = ("timezone", "currency", "country", "language", "sender", "postal", "website", "consent")
Key = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]

# The zone of countries that have one (and of Ukraine); config's `zones` adds to and overrides it.
COUNTRY_ZONES = {
    "AT": "Europe/Vienna", "BE": "Europe/Brussels", "BG": "Europe/Sofia", "BY": "Europe/Minsk", "CH": "Europe/Zurich",
    "CZ": "Europe/Prague", "DE": "Europe/Berlin", "DK": "Europe/Copenhagen", "EE": "Europe/Tallinn",
    "FI": "Europe/Helsinki", "FR": "Europe/Paris", "GB": "Europe/London", "GR": "Europe/Athens", "HR": "Europe/Zagreb",
    "HU": "Europe/Budapest", "IE": "Europe/Dublin", "IT": "Europe/Rome", "LT": "Europe/Vilnius",
    "LU": "Europe/Luxembourg", "LV": "Europe/Riga", "MD": "Europe/Chisinau", "NL": "Europe/Amsterdam",
    "NO": "Europe/Oslo", "PL": "Europe/Warsaw", "RO": "Europe/Bucharest", "RS": "Europe/Belgrade",
    "SE": "Europe/Stockholm", "SI": "Europe/Ljubljana", "SK": "Europe/Bratislava", "UA": "Europe/Kyiv",
}  # fmt: skip


class Sender(Strict):
    """From whom a shop's mail comes."""

    name: str = Field(min_length=1, max_length=100)
    address: str = Field(pattern=r"^[^@\s]+@[^@\s]+$")
    reply_to: str | None = None
    bounces: ReturnPath | None = None  # each mail gets an address of its own below it, to which it returns


class ShopConfig(Strict):
    """One shop: its name, place, money and how it signs its mail."""

    shop: Key
    name: str = Field(min_length=1, max_length=100)
    timezone: str = "Europe/Warsaw"
    currency: Currency = "PLN"
    country: Country = "PL"
    language: Literal["pl", "uk", "ru", "en"] = "pl"
    sender: Sender
    postal: str = Field(
        min_length=5, max_length=300, description="name and postal address, in every mail's footer"
    )
    website: str = Field(default="https://example.com", pattern=r"^https?://\S+$")
    webhooks: Webhooks = Webhooks()
    pull: Pull = Pull()
    endpoints: Endpoints = ()
    pages: Pages | None = None
    consent: Consent = Consent()

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        calendar.zone(value)
        return value

    def as_test(self) -> ShopConfig:
        """Returns the shop's test shop: alike to whoever gets its mail, and connected to nothing."""
        said: dict[str, Any] = {name: getattr(self, name) for name in ALIKE}
        said |= {"shop": key_of_test(self.shop), "name": f"{self.name} (test)"}
        return ShopConfig.model_construct(None, **said)


class Limits(Strict):
    """Bounds that keep one request, customer or mail from harming the rest."""

    body_bytes: int = Field(default=10_000_000, ge=10_000)
    orders_per_request: int = Field(default=10_000, ge=1)
    lines_per_order: int = Field(default=1_000, ge=1)
    future_minutes: int = Field(default=60, ge=0, description="how far ahead of our clock a shop's may be")
    ancient_year: int = Field(default=1990, ge=1970)
    customers_per_transaction: int = Field(default=500, ge=1)
    decisions_days: int = Field(default=400, ge=30, description="how long decisions are kept")


class Brake(Strict):
    """When a rule that wants more than usual waits for a person's word; transactional rules never do."""

    times: Decimal = Field(
        default=Decimal(5), gt=1, description="so many times its busiest day of late is too much"
    )
    at_least: int = Field(default=1_000, ge=1, description="mails a day that are never too many")
    first: int | None = Field(
        default=50_000,
        ge=1,
        description="mails a day of a rule that has mailed on fewer than three days; null: no limit",
    )


class Rules(Strict):
    """How an edit of the marketer's folder comes into force, and what stops a rule that runs away."""

    publish: Literal["automatic", "by_hand"] = "automatic"
    brake: Brake | None = Brake()
    refusals: Refusals | None = Refusals()


class Config(Strict):
    """The operator's file, whole."""

    shops: tuple[ShopConfig, ...] = Field(min_length=1)
    database: str | None = Field(
        default=None, description="sqlite:///FILE or postgresql://…; default: in the home"
    )
    public_url: str = Field(default="http://127.0.0.1:8000", pattern=r"^https?://\S+$")
    relay: Relay = Relay()
    pace: Pace = Pace()
    only_to: tuple[OnlyTo, ...] | None = Field(
        default=None, description="for staging: the addresses and domains that get mail; null: everybody"
    )
    watchdog: Watchdog = Watchdog()
    feedback: Feedback = Feedback()
    purposes: tuple[Key, ...] = ()
    zones: dict[Country, str] = Field(default_factory=dict)
    rates: dict[Currency, Annotated[Decimal, Field(gt=0)]] = Field(
        default_factory=dict, description="what one unit of a currency is worth in the first shop's currency"
    )
    templates: str = "templates"
    limits: Limits = Limits()
    keys: Keys = Keys()
    rules: Rules = Rules()
    retention: Retention = Retention()
    trusted_proxies: Proxies = ("127.0.0.1", "::1")

    @field_validator("zones")
    @classmethod
    def _known_zones(cls, value: dict[str, str]) -> dict[str, str]:
        for name in value.values():
            calendar.zone(name)
        return value

    @model_validator(mode="after")
    def _one_shop_a_key(self) -> Config:
        keys = [shop.shop for shop in self.shops]
        twice = {key for key in keys if keys.count(key) > 1}
        if twice:
            raise ValueError(f"two shops are called {', '.join(sorted(twice))}")
        demand_purposes((shop.consent for shop in self.shops), self.all_purposes())
        demand_known((shop.pages for shop in self.shops), self.all_purposes())
        return self

    def shop(self, key: str) -> ShopConfig:
        """Returns a shop by its key, or the test shop of one; raises ConfigError with the known ones."""
        for shop in self.shops:
            if shop.shop == key:
                return shop
        if is_test(key) and shop_of(key) in {shop.shop for shop in self.shops}:
            return self.shop(shop_of(key)).as_test()
        raise ConfigError(
            f"no shop is called {key!r}", remedy=f"known: {', '.join(s.shop for s in self.shops)}"
        )

    def shop_keys(self) -> list[str]:
        """Lists the keys that rows of shops may have: the shops' own, and those of their test shops."""
        return [key for shop in self.shops for key in (shop.shop, key_of_test(shop.shop))]

    def all_purposes(self) -> tuple[str, ...]:
        """Lists what a customer can consent to, and `transactional`, which needs no consent."""
        return tuple(dict.fromkeys(("marketing", "newsletter", *self.purposes, "transactional")))

    def currencies(self) -> frozenset[str]:
        """Lists the currencies that can be converted: the shops' own and those with a rate."""
        return frozenset({shop.currency for shop in self.shops} | set(self.rates))

    def zone_for(self, shop: ShopConfig, country: str | None, said: str | None) -> str:
        """Returns a customer's zone: the said one, else the country's, else the shop's."""
        if said:
            return said
        if country:
            return self.zones.get(country) or COUNTRY_ZONES.get(country) or shop.timezone
        return shop.timezone

    def convert(self, amount: Decimal, currency: str, shop: ShopConfig) -> Decimal:
        """Converts an amount into the shop's currency by the configured rates; raises ConfigError without one."""
        if currency == shop.currency:
            return amount
        first = self.shops[0].currency
        rates = {first: Decimal(1), **self.rates}
        if currency not in rates or shop.currency not in rates:
            raise ConfigError(
                f"no rate for {currency}", remedy=f"add rates: {{{currency}: …}} to config.yaml"
            )
        return amount * rates[currency] / rates[shop.currency]


SECRET = re.compile(r"\$\{([A-Z][A-Z0-9_]*)\}")


def _with_environment(value: Any, path: str) -> Any:
    """Replaces ${NAME} by the environment's value, so that no secret need stand in the file."""
    if isinstance(value, dict):
        return {key: _with_environment(item, f"{path}.{key}") for key, item in value.items()}
    if isinstance(value, list):
        return [_with_environment(item, f"{path}.{i}") for i, item in enumerate(value)]
    if not isinstance(value, str):
        return value
    missing = [name for name in SECRET.findall(value) if name not in os.environ]
    if missing:
        raise ConfigError(f"{path[1:]}: the environment has no {missing[0]}", remedy=f"export {missing[0]}=…")
    return SECRET.sub(lambda found: os.environ[found[1]], value)


def _place_of(loaded: Any, path: tuple[Any, ...], file: str) -> Place:
    """Finds the line of a setting, or of the nearest one around it."""
    line, column = 0, 0
    for step in path:
        try:
            if isinstance(loaded, dict):
                line, column = loaded.lc.key(step)  # type: ignore[attr-defined]
            else:
                line, column = loaded.lc.item(step)
            loaded = loaded[step]
        except (KeyError, AttributeError, IndexError, TypeError):
            break
    return Place(file, line + 1, column + 1)


def load_config(file: Path) -> Config:
    """Reads config.yaml; raises ConfigError with file:line:column, the setting and what is wrong."""
    try:
        loaded = YAML(typ="rt").load(file.read_text("utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{file} is not there", remedy="name another with --config FILE") from None
    except MarkedYAMLError as error:
        mark = error.problem_mark
        place = Place(str(file), mark.line + 1, mark.column + 1) if mark else Place(str(file))
        wrong = str(error.problem).partition(" with value")[0]
        raise ConfigError(f"this is not YAML: {wrong}", place=place) from error
    except (OSError, UnicodeDecodeError, YAMLError) as error:
        raise ConfigError(f"{file} cannot be read: {error}") from error
    if not isinstance(loaded, dict):
        raise ConfigError(
            "a mapping of settings is expected", place=Place(str(file)), remedy="begin with shops:"
        )
    return read_config(loaded, str(file))


def read_config(loaded: dict[str, Any], file: str = "config") -> Config:
    """Checks settings that were read from YAML or written in a test."""
    try:
        return Config.model_validate(_with_environment(loaded, ""))
    except ValidationError as error:
        first = error.errors()[0]
        place = _place_of(loaded, first["loc"], file)
        name = ".".join(map(str, first["loc"]))
        said = first["msg"].removeprefix("Value error, ")
        if first["type"] == "extra_forbidden":
            near = get_close_matches(str(first["loc"][-1]), _settings_at(first["loc"][:-1]), 1, 0.6)
            said = "unknown setting" + (f"; did you mean {near[0]!r}?" if near else "")
        raise ConfigError(f"{name}: {said}" if name else said, place=place) from error


def _settings_at(path: tuple[Any, ...]) -> list[str]:
    """Lists the settings that may stand at this place of the file."""
    parts: dict[str, type[BaseModel]] = {
        "shops": ShopConfig, "sender": Sender, "pages": Pages, "consent": Consent, "relay": Relay, "limits": Limits,
        "rules": Rules, "brake": Brake, "refusals": Refusals, "pace": Pace, "retention": Retention,
        "watchdog": Watchdog, **PARTS, **SHOP_PARTS, **KEY_PARTS,
    }  # fmt: skip
    names = [step for step in path if step in parts]
    return list((parts[names[-1]] if names else Config).model_fields)
