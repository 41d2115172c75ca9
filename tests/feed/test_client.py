"""Secrets go into requests and nowhere else; TLS is verified; addresses that would leak are refused."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from extractor.errors import FeedError
from extractor.feed.client import Client, Secrets, Unanswered, address, secrets
from extractor.feed.run import Feed, feed
from tests.feed.makers import many, write
from tests.feed.sender import quick
from tests.feed.served import TOKEN, Served

TLS = Path(__file__).parent / "tls"
HIDDEN = "very-secret-token"


def test_a_token_comes_from_the_environment_or_a_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{HIDDEN}\n")
    assert secrets(environment={}).token is None
    assert secrets(environment={"EXTRACTOR_FEED_TOKEN": "env"}).token == "env"
    assert secrets(file, environment={"EXTRACTOR_FEED_TOKEN": "env"}).token == HIDDEN
    assert HIDDEN not in repr(secrets(file, environment={"EXTRACTOR_FEED_KEY_PASSWORD": HIDDEN}))


@pytest.mark.parametrize("content", [f"{HIDDEN} more", f"{HIDDEN}\r\nX-Other: 1", f"{HIDDEN}\x00", f"{HIDDEN}é", ""])
def test_a_token_that_is_none_is_told_without_showing_it(tmp_path: Path, content: str) -> None:
    file = tmp_path / "token"
    file.write_bytes(content.encode())
    with pytest.raises(FeedError) as told:
        secrets(file, environment={})
    assert str(file) in str(told.value)
    assert HIDDEN not in "".join(traceback.format_exception(told.value))
    if content.isascii() and content:
        with pytest.raises(FeedError, match="EXTRACTOR_FEED_TOKEN"):
            secrets(environment={"EXTRACTOR_FEED_TOKEN": content})


def test_files_that_are_missing_or_belong_to_nothing_are_told(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="cannot be read as a token"):
        secrets(tmp_path / "none", environment={})
    with pytest.raises(FeedError, match="--client-key: needs --client-cert"):
        secrets(key=TLS / "client.key", environment={})
    with pytest.raises(FeedError, match="cannot be read as certificates"):
        Client("https://127.0.0.1:1", Secrets(authority=TLS / "README.md"))


@pytest.mark.parametrize(
    "url",
    [
        f"https://me:{HIDDEN}@registry.example/api",
        f"https://{HIDDEN}@registry.example/api",
        f"https://registry.example/api?token={HIDDEN}",
        f"https://registry.example/api#{HIDDEN}",
        "http://registry.example/api",
        "http://127.0.0.1.registry.example/",
        "ftp://registry.example",
        "registry.example",
        "https://",
        "https://[::1",
        "https://registry.example:port/",
    ],
)
def test_addresses_that_leak_or_are_none_are_refused_without_showing_them(url: str) -> None:
    with pytest.raises(FeedError, match="--to") as told:
        address(url)
    assert HIDDEN not in str(told.value)


@pytest.mark.parametrize("url", ["https://registry.example/api", "http://127.0.0.1:8765", "http://localhost/x", "http://[::1]:80"])
def test_addresses(url: str) -> None:
    assert address(f"{url}/") == url


# ---- TLS --------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A registry that serves TLS and asks for a certificate, and for no token."""
    found = Served(tmp_path_factory.mktemp("tls"), (TLS / "server.pem", TLS / "server.key", TLS / "ca.pem"), token=None)
    found.start()
    yield found
    found.kill()


def test_a_client_certificate_opens_the_door(tmp_path: Path, guarded: Served) -> None:
    own = Secrets(None, TLS / "client.pem", TLS / "client.key", "password-of-the-tests", TLS / "ca.pem")
    _, sent = feed(write(tmp_path / "out", many(2)), Feed(guarded.url, own), quick())
    assert (sent.delivered, sent.stopped) == (2, "")


def test_a_certificate_that_nobody_vouches_for_ends_the_run(tmp_path: Path, guarded: Served) -> None:
    _, sent = feed(write(tmp_path / "out", many(2)), Feed(guarded.url, Secrets(HIDDEN)), quick())
    assert sent.stopped == "the registry shows a certificate that we do not trust; for an authority of your own give --ca FILE"
    assert sent.tries == 1


def test_a_name_that_the_certificate_does_not_hold_ends_the_run(tmp_path: Path, guarded: Served) -> None:
    url = guarded.url.replace("127.0.0.1", "localhost")
    _, sent = feed(write(tmp_path / "out", many(1)), Feed(url, Secrets(authority=TLS / "ca.pem")), quick())
    assert "certificate" in sent.stopped


def test_without_a_client_certificate_nothing_is_taken(tmp_path: Path, guarded: Served) -> None:
    how = Feed(guarded.url, Secrets(authority=TLS / "ca.pem"))
    _, sent = feed(write(tmp_path / "out", many(1)), how, quick())
    assert (sent.delivered, sent.stopped[:19]) == (0, "the registry failed")


@pytest.mark.parametrize("password", ["wrong", None])
def test_a_key_with_another_password_is_told(password: str | None) -> None:
    with pytest.raises(FeedError, match="EXTRACTOR_FEED_KEY_PASSWORD") as told:
        Client("https://127.0.0.1:1", Secrets(None, TLS / "client.pem", TLS / "client.key", password))
    assert "wrong" not in str(told.value)


# ---- what is left behind ----------------------------------------------------------------------------------------------------


def test_no_secret_is_kept_or_told(tmp_path: Path, served: Served, how: Feed, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    served.faults("500", "garbage", "cut after")
    out = write(tmp_path / "out", many(3))
    feed(out, how, quick())
    feed(out, replace(how, secrets=Secrets(HIDDEN)), quick())
    kept = b"".join(p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())
    for secret in (TOKEN, HIDDEN):
        assert secret.encode() not in kept
        assert secret not in caplog.text
    assert "PUT" in caplog.text


def test_an_error_of_the_connection_tells_its_kind_alone() -> None:
    with Client("http://127.0.0.1:1", Secrets(HIDDEN)) as client, pytest.raises(Unanswered) as told:
        client.request("PUT", "/charts/x", {}, b"Mrs Smith")
    assert str(told.value) == "no connection"
    assert told.value.__cause__ is None
    assert told.value.__suppress_context__
