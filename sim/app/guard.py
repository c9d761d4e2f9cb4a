"""Who may ask the server: a browser on this machine that was given its address, and nobody else."""

from __future__ import annotations

import secrets
from hmac import compare_digest
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders, QueryParams
from starlette.requests import cookie_parser
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

OPEN_TO_ALL = ("/app.js", "/app.css", "/theme.css", "/favicon.svg")
"""What holds no secret, and is asked for without one by a page in a frame."""

KEY_HEADER = "x-willing-key"
"""What a page in a frame sends in place of a cookie, which no browser lets it have."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors {}"
)
LOCAL_FRAMES = "http://127.0.0.1:* http://localhost:* https://localhost:* vscode-webview:"


class Guard:
    """Middleware that refuses whoever has no right to ask.

    The address that is given out holds a token, which is exchanged for a cookie and taken out of
    the address. A foreign Host (another name for this machine, as in DNS rebinding) or Origin
    (another page in the same browser) is refused whatever else it brings.

    Parameters
    ----------
    app : ASGI application
    port : int
    in_frames : bool
        Whether pages of notebooks may show the page in a frame. As cookies do not reach such
        a frame, a page that comes with the token is then given a key.

    Attributes
    ----------
    token : str
        Of the address that is given out.
    key : str
        What the cookie holds.
    """

    def __init__(self, app: ASGIApp, port: int, in_frames: bool = False) -> None:
        self._app, self._in_frames = app, in_frames
        self._hosts = (f"127.0.0.1:{port}", f"localhost:{port}")
        # Cookies do not tell ports apart.
        self._cookie = f"willing_{port}"
        self.token, self.key = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        self._used_once = set[str]()
        self._policy = POLICY.format(LOCAL_FRAMES if in_frames else "'none'")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it with a refusal."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["content-security-policy"] = self._policy
                headers["x-content-type-options"] = "nosniff"
                headers["referrer-policy"] = "no-referrer"
                headers["cross-origin-resource-policy"] = "same-origin"
                headers["cache-control"] = "no-store"
            await send(message)

        answer = self._answer(scope)
        await (self._app if answer is None else answer)(scope, receive, send_guarded)

    def _answer(self, scope: Scope) -> Response | None:
        """A refusal, or the exchange of the token; None for what is passed on."""
        headers, path = Headers(scope=scope), scope["path"]
        foreign = self._why_foreign(headers)
        if foreign:
            return refusal(403, foreign)
        if path in OPEN_TO_ALL:
            return None
        token = QueryParams(scope["query_string"]).get("token")
        if path == "/" and token is not None and self._is_ours(token):
            if self._in_frames:
                scope["key"] = self.key
                return None
            return self._exchange()
        given = cookie_parser(headers.get("cookie", "")).get(self._cookie, "")
        given = headers.get(KEY_HEADER, given)
        if not compare_digest(given.encode(), self.key.encode()):
            message = "Open the address that `willing app` printed: this page needs its token."
            is_page = path == "/"
            return PlainTextResponse(message, 403) if is_page else refusal(403, message)
        return None

    def token_for_once(self) -> str:
        """A token that opens the page once: other users may see what a browser is started with."""
        token = secrets.token_urlsafe(32)
        self._used_once.add(token)
        return token

    def _is_ours(self, token: str) -> bool:
        if token in self._used_once:
            self._used_once.remove(token)
            return True
        return compare_digest(token.encode(), self.token.encode())

    def _why_foreign(self, headers: Headers) -> str:
        """What is wrong with the name that is asked, or the page that asks; empty for nothing."""
        host, origin = headers.get("host", ""), headers.get("origin")
        if host not in self._hosts:
            return f"this server answers to {self._hosts[0]} alone"
        if origin is not None and origin != f"http://{host}":
            return "another page may not ask this server"
        return ""

    def _exchange(self) -> Response:
        answer = RedirectResponse("/", status_code=303)
        answer.set_cookie(self._cookie, self.key, httponly=True, samesite="strict", path="/")
        return answer


def refusal(status: int, message: str) -> Response:
    """An answer that says in one message what is wrong."""
    return JSONResponse({"message": message}, status_code=status)
