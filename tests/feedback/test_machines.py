"""People click with browsers, a while after the mail; programs say what they are, or are too quick."""

from __future__ import annotations

import pytest

from engine.clock import SECOND
from engine.feedback.machines import machine_by_request, machine_by_time

CHROME = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36"
PEOPLE = [
    CHROME,
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:131.0) Gecko/20100101 Firefox/131.0",
    "Mozilla/5.0 (Linux; Android 9; CUBOT X19) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Linux; Android 13) AppleWebKit/537.36 Version/4.0 Chrome/120.0 Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/1]",
    "Opera/9.80 (Windows NT 6.1) Presto/2.12.388 Version/12.18",
]
PROGRAMS = [
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/120.0.0.0 Safari/537.36",
    "python-requests/2.32.3", "curl/8.5.0", "Go-http-client/2.0", "Java/17.0.1", "okhttp/4.9.3", "WhatsApp/2.24.1 A",
    "TelegramBot (like TwitterBot)", "facebookexternalhit/1.1", "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "BarracudaCentral/1.0", "Mozilla/5.0 Proofpoint URL Defense", "Microsoft Office Outlook 16.0", "SkypeUriPreview Preview/0.5",
    "GoogleImageProxy",
]  # fmt: skip


@pytest.mark.parametrize("agent", PEOPLE)
def test_a_browser_may_be_a_persons(agent: str) -> None:
    assert machine_by_request({"User-Agent": agent}) is None
    assert (
        machine_by_request({"User-Agent": agent, "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"})
        is None
    )


@pytest.mark.parametrize("agent", PROGRAMS)
def test_a_program_that_says_what_it_is_is_believed(agent: str) -> None:
    assert machine_by_request({"User-Agent": agent}) == "scanner"


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ({}, "no_browser"),
        ({"User-Agent": "  "}, "no_browser"),
        ({"User-Agent": "Mozilla/5.0"}, "no_browser"),
        ({"User-Agent": CHROME, "Sec-Fetch-Mode": "no-cors"}, "no_browser"),
        ({"User-Agent": CHROME, "Sec-Purpose": "prefetch;prerender"}, "prefetch"),
        ({"User-Agent": CHROME, "Purpose": "prefetch"}, "prefetch"),
        ({"User-Agent": CHROME, "X-Purpose": "preview"}, "prefetch"),
        ({"User-Agent": "x" * 100_000 + "bot"}, None),
    ],
)
def test_what_the_request_gives_away(headers: dict[str, str], why: str | None) -> None:
    assert machine_by_request(headers) == why


@pytest.mark.parametrize(
    ("after", "why"),
    [(0, "too_quick"), (1_999_999, "too_quick"), (-SECOND, "too_quick"), (2 * SECOND, None), (86_400 * SECOND, None)],
)  # fmt: skip
def test_nobody_reads_a_mail_in_two_seconds(after: int, why: str | None) -> None:
    assert machine_by_time(10**15 + after, 10**15) == why


def test_a_mail_that_never_left_was_not_read() -> None:
    assert machine_by_time(10**15, None) == "too_quick"
