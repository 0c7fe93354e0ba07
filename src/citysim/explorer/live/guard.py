"""Who may ask a live page for what: this machine's own page, at a bearable rate and size."""

import hmac
import secrets
import time
from collections import deque
from http.cookies import SimpleCookie
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Bytes of a request's body.
LARGEST_BODY = 64 * 1024
#: Requests that change something, within a minute.
MOST_CHANGES = 60
#: Header that a page of another origin cannot send without asking first, which is never granted.
CHANGE_HEADER = "x-citysim"
COOKIE = "citysim"
_SAFE = ("GET", "HEAD")
_HEADERS = {
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


class Guard:
    """Refuses what does not come from the page itself; adds the headers that keep other pages out.

    ``hosts``: names under which the page is served, with port. ``token``: what a visitor must show where the
    page is open to other machines: in the address of the first visit, then in a cookie, or as a bearer token.
    ``change``: secret of the page, without which nothing is changed.
    """

    def __init__(self, app: ASGIApp, *, hosts: frozenset[str] | None, token: str | None, change: str) -> None:
        self.app = app
        self.hosts = hosts
        self.token = token
        self.change = change
        self._changes: deque[float] = deque()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it with the reason."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refused = self._refused(scope, headers)
        if refused is not None:
            await refused(scope, receive, self._with_headers(send, None))
            return
        cookie = None
        if self.token and _query(scope, "token"):
            cookie = f"{COOKIE}={self.token}; HttpOnly; SameSite=Strict; Path=/"
            if scope["path"] == "/":  # a link to the view that somebody copies does not hold the token
                await RedirectResponse("/", 303)(scope, receive, self._with_headers(send, cookie))
                return
        body = await _body(receive) if scope["method"] not in _SAFE else b""
        if body is None:
            told = _no(413, f"body: larger than {LARGEST_BODY} bytes")
            await told(scope, receive, self._with_headers(send, None))
            return
        sent = False

        async def again() -> Message:
            nonlocal sent
            if sent:
                return await receive()
            sent = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self.app(scope, again, self._with_headers(send, cookie))

    def _refused(self, scope: Scope, headers: Headers) -> JSONResponse | None:
        """Why a request is not passed on, None where it is."""
        host = headers.get("host", "")
        if self.hosts is not None and host not in self.hosts:
            return _no(421, f"host: found '{host[:80]}', allowed: {', '.join(sorted(self.hosts))}")
        if self.token is not None and not self._shows_token(scope, headers):
            return _no(401, "token: missing or wrong; open the address that the command printed")
        return None if scope["method"] in _SAFE else self._no_change(headers, host)

    def _no_change(self, headers: Headers, host: str) -> JSONResponse | None:
        """Why a request may change nothing, None where it may."""
        origin = headers.get("origin")
        if origin is not None and origin != f"http://{host}":
            return _no(403, f"origin: found '{origin[:80]}', allowed: http://{host}")
        if not hmac.compare_digest(headers.get(CHANGE_HEADER, "").encode(), self.change.encode()):
            return _no(403, f"{CHANGE_HEADER}: missing or wrong; only the page itself changes something")
        if headers.get("content-type", "").partition(";")[0] != "application/json":
            return _no(415, "content-type: expected application/json")
        return self._too_often()

    def _shows_token(self, scope: Scope, headers: Headers) -> bool:
        assert self.token is not None  # noqa: S101  the caller has seen to it
        cookie: SimpleCookie = SimpleCookie(headers.get("cookie", ""))
        kept = cookie[COOKIE].value if COOKIE in cookie else ""
        bearer = headers.get("authorization", "").removeprefix("Bearer ")
        shown = (_query(scope, "token"), kept, bearer)
        return any(hmac.compare_digest(text.encode(), self.token.encode()) for text in shown)

    def _too_often(self) -> JSONResponse | None:
        now = time.monotonic()
        while self._changes and now - self._changes[0] > 60:
            self._changes.popleft()
        if len(self._changes) >= MOST_CHANGES:
            return _no(429, f"more than {MOST_CHANGES} changes within a minute", {"retry-after": "60"})
        self._changes.append(now)
        return None

    def _with_headers(self, send: Send, cookie: str | None) -> Send:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                more = [*_HEADERS.items(), *([("set-cookie", cookie)] if cookie else [])]
                raw = [(name.encode(), value.encode()) for name, value in more]
                message = {**message, "headers": [*message.get("headers", []), *raw]}
            await send(message)

        return sending


def new_secret() -> str:
    """A secret that nobody guesses."""
    return secrets.token_urlsafe(24)


def _query(scope: Scope, name: str) -> str:
    found: str = parse_qs(scope["query_string"].decode("latin-1")).get(name, [""])[0]
    return found


async def _body(receive: Receive) -> bytes | None:
    """The body, None where it is too large."""
    body = b""
    while True:
        message = await receive()
        part: bytes = message.get("body", b"")
        body += part
        if len(body) > LARGEST_BODY:
            return None
        if not message.get("more_body", False):
            return body


def _no(status: int, why: str, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"error": why}, status, headers)
