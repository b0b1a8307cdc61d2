"""Versions, pauses and brakes in the console: what changed, who did what, and buttons that are marked by name."""

from __future__ import annotations

from engine.clock import DAY, MINUTE
from models import Act, Customer, Hold, Message, Publication, RuleState
from tests.web.console.conftest import Login, token
from tests.web.shopful import NOW, Shopful


def braked(shop: Shopful) -> None:
    """The lens refill has wanted too much; Anna's candidate waits for somebody's word."""
    RuleState.update(braked_at=NOW - MINUTE).where(RuleState.rule == "lens-refill").execute()
    Hold.create(
        shop=shop.shop, rule="lens-refill", customer=Customer.get(), anchor="bought:77", anchor_at=0, due_at=NOW,
        expires_at=NOW + DAY, held_at=NOW, wake_at=NOW + DAY, reason="braked", because_of="200",
    )  # fmt: skip


def test_the_versions_say_who_published_what_and_why_the_newest_first(shop: Shopful, login: Login) -> None:
    text = login().get("/rules/versions").text
    assert text.index("jolanta") < text.index("taken from the folder")
    assert "Lenses last longer" in text
    assert "lens-refill <span" in text
    assert text.count("in force") == 1


def test_one_version_shows_what_differs_and_how_to_go_back(shop: Shopful, login: Login) -> None:
    client = login()
    old, new = (row.id for row in Publication.select().order_by(Publication.id))
    text = client.get(f"/rules/versions/{new}").text
    assert "<del>- " in text
    assert "after: 70 days" in text.split("<del>")[1].split("</del>")[0]
    assert "after: 80 days" in text.split("<ins>")[1].split("</ins>")[0]
    assert "publish --version" not in text
    assert (
        f"publish --version {Publication.get_by_id(old).digest[:12]}"
        in client.get(f"/rules/versions/{old}").text
    )
    assert client.get("/rules/versions/999").status_code == 404


def test_a_braked_rule_stands_on_the_overview_until_somebody_releases_it(shop: Shopful, login: Login) -> None:
    braked(shop)
    client = login("marketer")
    assert "The rule lens-refill wanted more mails than usual" in client.get("/").text
    page = client.get("/rules/lens-refill").text
    assert "waits for your word" in page
    form = {"csrf_token": token(client, "/rules/lens-refill")}
    page = client.post("/rules/lens-refill/release", data=form, follow_redirects=True).text
    assert "may send without a limit for 24 hours" in page
    assert RuleState.get(RuleState.rule == "lens-refill").braked_at is None
    assert "wanted more mails than usual and was stopped" not in client.get("/").text
    act = Act.get()
    assert (act.act, act.what, act.author) == ("release", "lens-refill", "ola@example.com")
    assert act.author in client.get("/rules/lens-refill").text


def test_a_pause_in_the_console_is_written_down_and_says_what_cannot_be_called_back(
    shop: Shopful, login: Login
) -> None:
    Message.update(state="sending", rule="thank-you").where(Message.id == Message.get().id).execute()
    client = login("marketer")
    form = {"csrf_token": token(client, "/rules"), "paused": "yes"}
    page = client.post("/rules/thank-you/pause", data=form, follow_redirects=True).text
    assert "1 mail of it is just being handed over and cannot be called back" in page
    assert "customers get no such mail" in page
    assert Act.get().author == "ola@example.com"


def test_a_rule_that_is_resumed_in_the_console_acts_from_then_on(shop: Shopful, login: Login) -> None:
    client = login("marketer")
    form = {"csrf_token": token(client, "/rules")}
    client.post("/rules/thank-you/pause", data={**form, "paused": "yes"})
    client.post("/rules/thank-you/pause", data={**form, "paused": "no"})
    assert RuleState.get(RuleState.rule == "thank-you").since_at == NOW


def test_viewers_and_strangers_release_nothing(shop: Shopful, login: Login) -> None:
    braked(shop)
    viewer = login("viewer")
    form = {"csrf_token": token(viewer, "/rules")}
    assert viewer.post("/rules/lens-refill/release", data=form).status_code == 403
    assert (
        login("marketer", "ewa@example.com").post("/rules/lens-refill/release").status_code == 400
    )  # without the page's token
    assert RuleState.get(RuleState.rule == "lens-refill").braked_at is not None


def test_the_metrics_count_the_rules_that_wait_for_a_person(shop: Shopful, login: Login) -> None:
    braked(shop)
    assert 'regulars_rules_stopped{why="braked"} 1.0' in login().get("/metrics").text


def test_a_braked_rule_that_somebody_has_turned_off_needs_nobody_any_more(
    shop: Shopful, login: Login
) -> None:
    braked(shop)
    RuleState.update(active=False).where(RuleState.rule == "lens-refill").execute()
    client = login()
    assert "wanted more mails than usual" not in client.get("/").text
    assert 'regulars_rules_stopped{why="braked"} 0.0' in client.get("/metrics").text
