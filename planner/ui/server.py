"""What the server adds to every answer, and what a page shows when the program is at fault."""

from __future__ import annotations

import gc
import logging
import re
import secrets
from base64 import b64encode
from hashlib import sha256
from importlib import import_module
from pathlib import Path

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from planner.errors import PlannerError
from planner.store import open_store
from planner.ui.text import plain

log = logging.getLogger(__name__)

_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def _inline_scripts() -> str:
    """Hashes of the scripts that stand in Streamlit's own page, as the policy names them."""
    page = Path(st.__file__).parent / "static" / "index.html"
    digests = [sha256(own.encode()).digest() for own in _INLINE.findall(page.read_text("utf-8"))]
    return " ".join(f"'sha256-{b64encode(digest).decode()}'" for digest in digests)


#: Nothing is loaded from, or sent to, anywhere but this server. Vega compiles its expressions and
#: ECharts its styles in the page, hence the two `unsafe`s; texts of the user are data to both.
POLICY = (
    f"default-src 'self'; script-src 'self' 'unsafe-eval' 'wasm-unsafe-eval' {_inline_scripts()}; "
    "style-src 'self' 'unsafe-inline'; worker-src 'self' blob:; img-src 'self' data: blob:; "
    "font-src 'self' data:; connect-src 'self' ws: wss:; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class SafeHeaders:
    """Adds the headers to every HTTP answer; web sockets pass untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        await self._app(scope, receive, send_safely if scope["type"] == "http" else send)


def _ready(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("ready\n")


def prepare() -> None:
    """Load what the pages need while the server starts, so that its first visitor does not wait for
    libraries, and bring the store up to date. What is loaded by then stays, so that no later search
    for circular garbage looks through it."""
    for room in ("commitments", "comparing", "library", "opening", "reading", "risking", "sheets",
                 "solving", "studying", "turning"):  # fmt: skip
        import_module(f"planner.ui.{room}")
    open_store().close()
    gc.collect()
    gc.freeze()


ROUTES = [Route("/readyz", _ready)]
MIDDLEWARE = [Middleware(SafeHeaders)]


def report_error(error: Exception) -> bool:
    """Say what went wrong: a planner's error in its own words, any other as an id of the log."""
    if isinstance(error, PlannerError):
        st.error(plain(str(error)))
        return True
    name = secrets.token_hex(4)
    log.error("error %s on a page", name, exc_info=error)
    st.error(
        f"The program made a mistake on this page: error {name}. Your work is kept; reload the "
        "page. The server's log says more under that number."
    )
    return True
