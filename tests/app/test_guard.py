"""Who may ask: a browser that was given the address, from this machine's own page."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.app.served import Client, served

PAGES = ("/", "/api/start", "/api/scenario")


def test_the_token_is_exchanged_for_a_cookie_and_taken_out_of_the_address(client: Client) -> None:
    split = urlsplit(client.serving.address)
    answer = client.ask("GET", f"/?{split.query}", cookie="")
    assert (answer.status, answer.header("location")) == (303, "/")
    cookie = answer.header("set-cookie")
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
    assert split.query.removeprefix("token=") not in cookie
    assert client.ask("GET", "/").status == 200


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("cookie", ["", "willing_1=x", "{name}=", "{name}=x", "{name}=\u00e9"])
def test_without_the_cookie_nothing_is_answered(client: Client, path: str, cookie: str) -> None:
    name = client.cookie.partition("=")[0]
    headers = {"Cookie": cookie.format(name=name).encode("latin-1").decode("latin-1")}
    assert client.ask("GET", path, cookie="", headers=headers).status == 403


def test_a_wrong_token_opens_nothing(client: Client) -> None:
    for token in ("", "x", "%C3%A9", client.serving.address.rpartition("=")[2][:-1]):
        assert client.ask("GET", f"/?token={token}", cookie="").status == 403


def test_a_token_for_once_opens_the_page_once(client: Client) -> None:
    split = urlsplit(client.serving.address_for_once())
    assert client.ask("GET", f"/?{split.query}", cookie="").status == 303
    assert client.ask("GET", f"/?{split.query}", cookie="").status == 403


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "[::1]:{port}"]
)
@pytest.mark.parametrize("path", ["/", "/api/start", "/app.js"])
def test_another_name_for_this_machine_is_refused(client: Client, host: str, path: str) -> None:
    name = host.format(port=client.serving.port)
    assert client.refusal("GET", path, headers={"Host": name})[0] == 403


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "null",
        "http://127.0.0.1:1",
        "https://{host}",
        "http://localhost:{port}",
    ],
)
def test_a_page_of_another_origin_is_refused(client: Client, origin: str) -> None:
    given = origin.format(host=client.host, port=client.serving.port)
    body = {"scenario": client.opened(), "changes": {}}
    status, message = client.refusal("POST", "/api/run", body, headers={"Origin": given})
    assert (status, message) == (403, "another page may not ask this server")


def test_the_own_origin_and_localhost_are_right(client: Client) -> None:
    port = client.serving.port
    for host in (client.host, f"localhost:{port}"):
        headers = {"Host": host, "Origin": f"http://{host}"}
        assert client.ask("GET", "/api/start", headers=headers).status == 200


def test_every_answer_says_what_a_page_may_load(client: Client) -> None:
    for path in ("/", "/app.js", "/theme.css", "/api/start", "/nowhere"):
        answer = client.ask("GET", path)
        policy = answer.header("content-security-policy")
        assert policy.startswith("default-src 'none'; script-src 'self'")
        assert "unsafe" not in policy
        assert policy.endswith("frame-ancestors 'none'")
        assert answer.header("x-content-type-options") == "nosniff"
        assert answer.header("cache-control") == "no-store"
        assert answer.header("server") == ""


def test_the_server_listens_on_this_machine_alone(client: Client) -> None:
    assert client.serving.host == "127.0.0.1"


def test_a_frame_gets_a_key_in_place_of_a_cookie(folder: Path) -> None:
    with served(folder, in_frames=True) as client:
        query = urlsplit(client.serving.address).query
        answer = client.ask("GET", f"/?{query}", cookie="")
        page = answer.content.decode()
        assert answer.header("set-cookie") == ""
        assert "http://localhost:*" in answer.header("content-security-policy")
        key = page.partition('name="willing-key" content="')[2].partition('"')[0]
        assert len(key) > 30
        headers = {"X-Willing-Key": key}
        assert client.ask("GET", "/api/start", cookie="", headers=headers).status == 200
        wrong = {"X-Willing-Key": key[:-1]}
        assert client.ask("GET", "/api/start", cookie="", headers=wrong).status == 403


def test_a_page_by_itself_holds_no_key(client: Client) -> None:
    assert b'name="willing-key" content=""' in client.ask("GET", "/").content
