"""What came back is told: in results, in explanations, in numbers for Prometheus; and a rule that is refused is paused."""

from __future__ import annotations

import pytest

from engine.config import Config
from engine.feedback.results import results
from engine.matching.view import View
from engine.reports.sentences import message_sentence
from engine.reports.voice import Voice
from engine.reports.words import catalogue
from engine.rulebook.ast import Rulebook
from engine.store import Store
from engine.web.app import create_app
from models import RuleState
from tests.feedback import samples
from tests.feedback.conftest import refill
from tests.feedback.post import Post
from tests.web.webhooks.mail_services import Standing


@pytest.fixture
def post(store: Store) -> Post:
    return Post(store)


def view(post: Post, config: Config | None = None) -> View:
    used = config or post.config
    return View(used, used.shops[0], post.optician.shop.id, Rulebook({}), post.now, {}, post.store.postgresql)


def test_results_count_what_came_back_of_a_rules_mails(post: Post) -> None:
    for name, status, said in (("Anna", "5.1.1", "unknown"), ("Borys", "5.2.2", "full"), ("Celina", "", "")):
        mail = post.mail_to(name)
        if status:
            post.comes_back(samples.postfix(post.path(mail), status, said))
    post.comes_back(samples.abuse(post.path(mail)), "arf")
    found = results(view(post), refill(), post.now - 10**12, post.now + 1)
    assert (found.sent, found.returned) == (3, {"hard": 1, "soft": 1, "spam_report": 1})


@pytest.mark.parametrize("language", ["en", "pl", "uk"])
def test_a_mail_that_came_back_says_so_in_every_language(post: Post, language: str) -> None:
    mail = post.mail_to("Anna")
    speaker = Voice(catalogue("console"), language, "Europe/Warsaw", post.now)
    before = message_sentence(post.again(mail), speaker)
    seen = {before}
    for told in (
        samples.postfix(post.path(mail), "5.2.2", "full"), samples.postfix(post.path(mail), "5.7.1", "no"),
        samples.postfix(post.path(mail)), samples.abuse(post.path(mail)), samples.postfix(post.path(mail)),
    ):  # fmt: skip
        post.comes_back(told)
        seen.add(message_sentence(post.again(mail), speaker))
    assert len(seen) == 5  # nothing, soft, policy, hard, spam report: the graver word stays
    assert all(sentence.startswith(before) for sentence in seen)


def test_a_rule_whose_mails_come_back_by_policy_is_paused_and_its_customers_are_not(post: Post) -> None:
    RuleState.create(shop=post.optician.shop, rule="refill", digest="1", since_at=0)
    for number in range(10):
        assert not RuleState.get().paused
        mail = post.mail_to(f"Anna{number}")
        assert post.comes_back(samples.postfix(post.path(mail), "5.7.1", "550 5.7.1 spam")) == "policy"
    assert RuleState.get().paused
    assert post.suppressed_for("Anna0") is None


def test_prometheus_is_told_how_each_way_fares(post: Post) -> None:
    post.comes_back(samples.postfix(post.path(post.mail_to("Anna"))))
    post.comes_back(samples.postfix("bounces@optyk.example"))
    app = create_app(post.config, post.store, Standing(post))
    lines = app.test_client().get("/metrics").text.splitlines()
    assert 'regulars_feedback_total{source="dsn",what="hard"} 1.0' in lines
    assert 'regulars_feedback_total{source="dsn",what="forged"} 1.0' in lines
    assert 'regulars_addresses_suppressed{reason="hard_bounce"} 1.0' in lines
