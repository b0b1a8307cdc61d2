"""The sections of config.yaml about sending: the relay, the pace for each provider, who may be mailed, who is told."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


class Strict(BaseModel):
    """Refuses settings that it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Relay(Strict):
    """The mail server that takes our mail; without a host the built-in catcher stands in."""

    host: str | None = None
    port: int = Field(default=587, ge=1, le=65535)
    tls: Literal["starttls", "implicit", "none"] = "starttls"
    username: str | None = None
    password: str | None = None
    ca_file: str | None = Field(default=None, description="authorities to trust beside the machine's own")
    connections: int = Field(default=4, ge=1, le=100)
    mails_per_connection: int = Field(default=500, ge=1, le=100_000)
    pipelining: bool = Field(default=True, description="where the relay offers it")
    timeout_seconds: int = Field(default=60, ge=1, le=600)
    data_timeout_seconds: int = Field(
        default=600, ge=1, le=600, description="for the answer to the end of the data"
    )


Group = Literal["google", "microsoft", "yahoo", "wp", "onet", "interia", "ukrnet", "others"]
Rate = Annotated[int, Field(ge=1, le=1_000_000)]
Domain = Annotated[str, Field(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$")]


class Pace(Strict):
    """How many mails a minute may go to the mailboxes of one provider; null: as many as the relay takes."""

    google: Rate | None = 1_200
    microsoft: Rate | None = 600
    yahoo: Rate | None = 300
    wp: Rate | None = Field(default=300, description="wp.pl and o2.pl")
    onet: Rate | None = 300
    interia: Rate | None = 120
    ukrnet: Rate | None = 120
    others: Rate | None = None
    domains: dict[Domain, Group] = Field(
        default_factory=dict, description="whose mailboxes a domain of a firm's own belongs to"
    )

    def a_minute(self, group: str) -> int | None:
        """Returns the configured pace of one group."""
        found: int | None = getattr(self, group)
        return found


class Refusals(Strict):
    """When a rule is paused because receivers refuse its mails by policy (5.7.x); mails about orders never are."""

    at_least: int = Field(default=10, ge=1, description="refusals by policy")
    of_latest: int = Field(
        default=100, ge=1, le=1_000, description="among so many of the rule's latest mails"
    )
    within_hours: int = Field(default=24, ge=1, le=24 * 30)

    def model_post_init(self, _: Any) -> None:
        """Refuses what could never be met."""
        if self.at_least > self.of_latest:
            raise ValueError("at_least is more than of_latest: no rule would ever be paused")


class Watchdog(Strict):
    """After how many minutes work is called overdue, and whom to tell by mail."""

    to: str | None = Field(default=None, pattern=r"^[^@\s]+@[^@\s]+$")
    every_minutes: int = Field(default=60, ge=1, description="one mail at most in so many minutes")
    again_hours: int = Field(default=24, ge=1, description="what lasts is told again after so many hours")
    tick_minutes: int = Field(default=5, ge=2, description="a tick is late")
    order_minutes: int = Field(default=15, ge=1, description="a mail about an order waits")
    mail_minutes: int = Field(
        default=60, ge=1, description="any other mail waits, though nothing holds it back"
    )
    relay: Relay | None = Field(default=None, description="another way for these mails when the relay fails")


def _named(value: str) -> str:
    """Reads an address or a domain, which may be written with an @ before it."""
    said = value.strip().lower().removeprefix("@")
    if not said or said.endswith("@") or said.count("@") > 1 or any(letter.isspace() for letter in said):
        raise ValueError(f"{value!r} is neither an address nor a domain")
    return said


OnlyTo = Annotated[str, AfterValidator(_named)]


def may_be_mailed(email: str, only_to: tuple[str, ...] | None) -> bool:
    """Says whether `only_to` lets mail go to an address: named itself, or by its domain; None lets everybody."""
    if only_to is None:
        return True
    return email.lower() in only_to or email.lower().rpartition("@")[2] in only_to
