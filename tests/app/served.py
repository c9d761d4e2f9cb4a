"""A page that is served for a test, and a client that can send what no browser would."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from sim.app.limits import Limits
from sim.app.opened import OpenedScenarios
from sim.app.server import PageServer
from sim.app.serving import Serving

SIZES = (40, 100)


class Answer(NamedTuple):
    """An answer, read to its end."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    def header(self, name: str) -> str:
        """A header by its small name; empty without it."""
        return self.headers.get(name, "")


class Client:
    """A client with the cookie of a page.

    Parameters
    ----------
    serving : Serving
    pages : PageServer
    """

    def __init__(self, serving: Serving, pages: PageServer) -> None:
        self.serving, self.pages = serving, pages
        self.host = f"127.0.0.1:{serving.port}"
        split = urlsplit(serving.address)
        answer = self.ask("GET", f"{split.path}?{split.query}", cookie="")
        self.cookie = answer.header("set-cookie").partition(";")[0]

    def ask(self, method: str, path: str, body: object = None, **asks: Any) -> Answer:
        """The answer to one request."""
        with self.begun(method, path, body, **asks) as answer:
            content = answer.read()
            return Answer(
                answer.status, {name.lower(): value for name, value in answer.getheaders()}, content
            )

    @contextmanager
    def begun(
        self,
        method: str,
        path: str,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        cookie: str | None = None,
    ) -> Iterator[HTTPResponse]:
        """The answer to one request, to be read; whoever asked is gone after the context."""
        sent = {"Cookie": self.cookie if cookie is None else cookie}
        if body is not None:
            sent["Content-Type"] = "application/json"
        content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        with closing(HTTPConnection("127.0.0.1", self.serving.port, timeout=60)) as connection:
            connection.request(method, path, content, {**sent, **(headers or {})})
            with connection.getresponse() as answer:
                yield answer

    def get(self, path: str) -> Any:
        """The JSON of an answer that is right."""
        answer = self.ask("GET", path)
        assert answer.status == 200, answer.content
        return json.loads(answer.content)

    def post(self, path: str, body: object) -> list[Any]:
        """The lines of an answer that is right."""
        answer = self.ask("POST", path, body)
        assert answer.status == 200, answer.content
        return [json.loads(line) for line in answer.content.splitlines()]

    def opened(self, name: str | None = None) -> str:
        """Digest of a scenario, which a page opens first."""
        query = "" if name is None else f"?name={name}"
        return str(self.get(f"/api/scenario{query}")["digest"])

    def refusal(self, method: str, path: str, body: object = None, **asks: Any) -> tuple[int, str]:
        """Status and message of an answer that refuses."""
        answer = self.ask(method, path, body, **asks)
        return answer.status, str(json.loads(answer.content)["message"])


@contextmanager
def served(
    folder: Path, name: str = "small.yaml", limits: Limits | None = None, **options: Any
) -> Iterator[Client]:
    """A client of a scenario in a folder, which is served until the end of the context."""
    grants = Limits() if limits is None else limits
    options = {"sizes": SIZES, "out": folder / "results", **options}
    in_frames, first = options.pop("in_frames", False), options.pop("first", None)
    pages = PageServer(OpenedScenarios(folder, first=first), name, limits=grants, **options)
    serving = Serving(pages, in_frames=in_frames)
    serving.start()
    try:
        yield Client(serving, pages)
    finally:
        serving.close()
