"""Methods, kinds, headers, fields and names as strangers write them: rightly, nearly, and never."""

from __future__ import annotations

from tests.fuzz.payloads import JSON, NDJSON
from tests.fuzz.world import MINE, REVOKED, THEIRS

METHODS = (
    "GET",
    "GET",
    "GET",
    "POST",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "HEAD",
    "OPTIONS",
    "TRACE",
    "BREW",
    "get",
)
KINDS = (
    JSON, NDJSON, "application/ndjson", "application/jsonl", "text/plain", "text/html",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x", "multipart/form-data", "application/json; charset=utf-16",
    "application/json;;;", "a" * 3000, "", None, "ż",
    "application/JSON", "application/problem+json", "application/xml", "application/octet-stream",
)  # fmt: skip
FORM = "application/x-www-form-urlencoded"
FIELDS = {
    "/u/": ("List-Unsubscribe=One-Click", "x=1", ""),
    "/p/": ("withdraw=*", "withdraw=marketing", "agree=marketing", "agree=newsletter", "often=usual", "often=weekly",
        "pause=14", "pause=over",
            "pause=day&until=2026-07-01", "pause=day&until=9999-12-31", "profiling=object", "profiling=allow",
            "withdraw=*&agree=marketing"),
    "/w/": ("stop=rule", "stop=purpose", "stop=again"),
    "/y/": ("", "yes=1"),
}  # fmt: skip
LENGTHS = (
    "-1",
    "0",
    "5",
    "999999999999",
    "abc",
    "",
    " 7",
    "+7",
    "1e3",
    "0x10",
    "٣",
    "10000000000000000000000",
    "1, 1",
)
HEADERS: dict[str, tuple[str, ...]] = {
    "Authorization": (f"Bearer {MINE}", f"Bearer {THEIRS}", f"Bearer {REVOKED}", "Bearer", "Bearer ż", "Basic",
        "Basic !!!", "Basic " + "QQ" * 2000,
                      "Digest x", "", "bearer  x", "Basic OnBhc3M=", "Basic /w=="),
    "Content-Encoding": ("gzip", "identity", "", "br, gzip"), "Accept": ("*/*", "text/html", "application/json",
        "x" * 500, ";q=ż", "*/*;q=9e999"),
    "Accept-Language": ("pl", "xx-YY;q=nan", "uk,ru;q=0.1", "," * 500, "*"), "Cookie": ("regulars=x",
        "regulars=" + "a" * 3000, "=", ";;;", "ż=ż"),
    "Origin": ("null", "https://evil.example", "ż", "https://optyk.example"), "Host": ("evil.example",
        "localhost:99999", "", "ż", "a" * 300, "[::1]", "a b"),
    "X-Forwarded-For": ("1.2.3.4", "unknown", "ż", "," * 99), "X-Forwarded-Host": ("evil.example",),
    "X-Forwarded-Proto": ("https", "gopher"),
    "Range": ("bytes=0-", "bytes=9-1", "lines=1"), "If-None-Match": ("*", '"x"', 'W/"', "ż"),
    "If-Modified-Since": ("yesterday", "ż", "Mon, 99 Foo 0000"),
    "Idempotency-Key": ("", "k", "k\t", "ż", "x" * 256, "\x7f", "k1"), "User-Agent": ("", "x" * 5000, "ż"),
    "Expect": ("100-continue", "ż"),
    "X-HTTP-Method-Override": ("DELETE",), "Access-Control-Request-Method": ("POST", "ż"),
    "Transfer-Encoding": ("chunked", "gzip, chunked", "ż"),
    "Referer": ("https://evil.example/", "ż"), "Last-Event-Id": ("1",), "Prefer": ("return=minimal",),
    "X-Wc-Webhook-Topic": ("order.created", "ż"), "X-Shopify-Topic": ("orders/create", "x\x01"),
    "X-Shopify-Hmac-Sha256": ("x",), "X-Wc-Webhook-Signature": ("x",),
    "X-Twilio-Email-Event-Webhook-Signature": ("x", "MEUC", "ż"), "X-Twilio-Email-Event-Webhook-Timestamp": ("1",
        "9" * 30, "ż", "NaN", "٣"),
}  # fmt: skip
NAMES = ("rule", "at", "to", "q", "page", "after", "limit", "paused", "back", "language", "shop", "old", "new",
    "again", "address", "days", "from",
         "state", "version", "cursor", "since", "updated_since", "email", "author", "act", "key", "name", "scopes",
         "url", "note")  # fmt: skip
PAGES = (
    "/", "/customers", "/customers/1", "/rules", "/outbox", "/outbox/1/html", "/account", "/audit", "/sources",
    "/mailbox",
    "/mailbox.json", "/login", "/logout", "/language", "/shop", "/static/console.css", "/static/../engine/store.py",
)  # fmt: skip
PARTS = (
    "1", "2", "3", "0", "-1", "optyk", "drogeria", "lens-refill", "thank-you", "anna", "1001", "ACU-30",
    "woocommerce", "LATO-10",
    "rules", "9" * 18, "9223372036854775807", "9223372036854775808", "1.5", "%00", "%FF", "%C3", "..", "%2F",
    "a" * 2000, "orders",
    "x%0d%0aSet-Cookie:%20a=b",
)  # fmt: skip
ASKED = (
    "limit=2", "limit=500", "limit=0", "limit=%D9%A3", "cursor=x", "cursor=", "cursor=MTox",
    "updated_since=2026-01-01", "since=2026-01-01T00:00:00Z",
    "since=9999-12-31", "status=paid", "status=", "email=anna%40example.com", "email=%00", "customer=anna",
    "order=1001", "product=ACU-30",
    "kind=viewed", "purpose=marketing", "limit=2&limit=3", "after=1", "after=9223372036854775808",
)  # fmt: skip
