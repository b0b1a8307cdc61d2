"""A shop's own website on an address of its own: plain pages with a strict policy, on which the script stands as documented."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from tests.browser.conftest import Quiet

STUB = (
    "window.regulars = window.regulars || function () { (regulars.q = regulars.q || []).push(arguments); };"
)
# What a shop writes in a file of its own: the banner, the log-in, the thank-you page, a page without a reload.
OWN = f"""{STUB}
const on = (id, act) => {{ const it = document.getElementById(id); if (it) it.onclick = act; }};
on('agree', () => regulars('consent', true));
on('refuse', () => regulars('consent', false));
on('next', () => {{ history.pushState(null, '', '/lenses/2'); regulars('view', {{product: 'DAY-90'}}); }});
on('logout', () => regulars('identify', null));
const said = document.body.dataset;
if (said.token) regulars('identify', said.token);
if (said.order) regulars('order', said.order);
"""
FRAME = """<!doctype html><html lang="pl"><head><meta charset="utf-8"><title>Optyk</title>
<script src="{server}/js/regulars.js" data-shop="optyk" async></script>
<script src="/own.js" defer></script>{head}</head>
<body {attributes}><button id="agree">Yes</button><button id="refuse">No</button>
<button id="next">More</button><button id="logout">Bye</button>
<button id="buy" data-regulars-cart="ACU-30" data-regulars-quantity="2">Into the cart</button>
<a id="away" href="/help">Help</a>{body}</body></html>"""
JSON_LD = """<script type="application/ld+json">{"@context": "https://schema.org", "@graph": [{"@type": "WebPage"},
{"@type": "Product", "sku": "ACU-30", "name": "Acuvue"}]}</script>"""


@dataclass
class Website:
    """The shop's pages by their path; a test may change one."""

    server: str = ""
    url: str = ""
    pages: dict[str, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.pages |= {
            "/": {},
            "/help": {},
            "/lenses/acuvue": {"head": JSON_LD},
            "/lenses/1": {"attributes": 'data-regulars-product="LENS-1" data-regulars-category="optics"'},
            "/search": {"body": '<main data-regulars-search="soczewki">3 found</main>'},
        }

    def answer(self, request: Request) -> Response:
        """Answers a page with a policy that lets nothing run but what is written down."""
        if request.path == "/own.js":
            return Response(OWN, mimetype="text/javascript")
        parts = {"head": "", "attributes": "", "body": "", **self.pages.get(request.path, {})}
        policy = f"default-src 'none'; script-src 'self' {self.server}; connect-src {self.server}"
        answer = Response(FRAME.format(server=self.server, **parts), mimetype="text/html")
        answer.headers["Content-Security-Policy"] = policy
        return answer


@contextmanager
def website() -> Iterator[Website]:
    """Serves a shop's pages."""
    site = Website()
    with serving(lambda environ, start: site.answer(Request(environ))(environ, start)) as port:
        site.url = f"http://127.0.0.1:{port}"
        yield site


@contextmanager
def serving(application: Callable[..., object]) -> Iterator[int]:
    """Serves an application on a free port, in threads of its own."""
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=Quiet)  # type: ignore[arg-type]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.port
    server.shutdown()
    thread.join()
    server.server_close()
