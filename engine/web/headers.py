"""The security headers of every page for people: no scripts at all, styles only from here, framed by nobody."""

from __future__ import annotations

from secure import (
    CacheControl,
    ContentSecurityPolicy,
    CrossOriginOpenerPolicy,
    ReferrerPolicy,
    Secure,
    StrictTransportSecurity,
    XContentTypeOptions,
    XFrameOptions,
)

YEAR_SECONDS = 365 * 24 * 3600


def console_headers(https: bool) -> Secure:
    """Returns the headers of the console's pages; forms and frames stay on this server."""
    csp = _strict().style_src("'self'").img_src("'self'").form_action("'self'").frame_src("'self'")
    # the referrer stays within the site because the CSRF check over https wants to see it
    return _secure(csp.frame_ancestors("'none'"), ReferrerPolicy().same_origin(), https)


def public_headers(https: bool) -> Secure:
    """Returns the headers of pages whose address is a secret: it is told to nobody else."""
    csp = _strict().style_src("'self'").form_action("'self'").frame_ancestors("'none'")
    return _secure(csp, ReferrerPolicy().no_referrer(), https)


def mail_headers() -> Secure:
    """Returns the headers of a shown mail: its own styles and pictures; no scripts, forms or cookies."""
    csp = (
        _strict().style_src("'unsafe-inline'").img_src("https:", "data:").frame_ancestors("'self'").sandbox()
    )
    return Secure(
        csp=csp, referrer=ReferrerPolicy().no_referrer(), xcto=XContentTypeOptions().nosniff(),
        cache=CacheControl().no_store(),
    )  # fmt: skip


def _strict() -> ContentSecurityPolicy:
    return ContentSecurityPolicy().default_src("'none'").base_uri("'none'")


def _secure(csp: ContentSecurityPolicy, referrer: ReferrerPolicy, https: bool) -> Secure:
    return Secure(
        csp=csp, referrer=referrer, xcto=XContentTypeOptions().nosniff(), xfo=XFrameOptions().deny(),
        coop=CrossOriginOpenerPolicy().same_origin(), cache=CacheControl().no_store(),
        hsts=StrictTransportSecurity().max_age(YEAR_SECONDS) if https else None,
    )  # fmt: skip
