"""HTTP to a registry: TLS is always verified, secrets come from the environment or from files and go nowhere but into the request.

Plain HTTP only to this machine itself. Redirects are not followed: a token goes to the address that was given and to no other.
"""

from __future__ import annotations

import ipaddress
import json
import os
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import httpx

from extractor.errors import FeedError
from extractor.version import VERSION

TOKEN, KEY_PASSWORD = "EXTRACTOR_FEED_TOKEN", "EXTRACTOR_FEED_KEY_PASSWORD"
"""Environment variables that hold secrets."""
LONGEST_ANSWER = 2**22
"""Bytes; an answer that is longer is none of a registry."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """Who we are to the registry. Nothing of it is ever shown."""

    token: str | None = field(default=None, repr=False)
    certificate: Path | None = None
    key: Path | None = None
    key_password: str | None = field(default=None, repr=False)
    authority: Path | None = None
    """Certificates to trust in place of the system's."""


def secrets(
    token_file: Path | None = None,
    certificate: Path | None = None,
    key: Path | None = None,
    authority: Path | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Secrets:
    """Secrets from the environment and from files. Raises FeedError naming the variable or file, never what it holds."""
    token, source = environment.get(TOKEN), TOKEN
    if token_file is not None:
        try:
            token, source = token_file.read_text(encoding="ascii"), str(token_file)
        except (OSError, UnicodeDecodeError) as error:
            raise FeedError(f"{token_file}: cannot be read as a token ({type(error).__name__})") from None
    token = (token or "").strip()
    if not all("!" <= c <= "~" for c in token):
        raise FeedError(f"{source}: a token has letters, digits and signs of ASCII, no blanks or line ends within; write it anew")
    if token_file is not None and not token:
        raise FeedError(f"{token_file}: is empty; write the token into it")
    if key is not None and certificate is None:
        raise FeedError("--client-key: needs --client-cert, the certificate that it belongs to")
    return Secrets(token or None, certificate, key, environment.get(KEY_PASSWORD), authority)


def address(url: str) -> str:
    """The address of a registry, checked. Raises FeedError; what may be a secret in it is not shown."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        raise FeedError("--to: is no address; write https://registry.example/api") from None
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise FeedError(f"--to: write the address alone, without user, password, ? or #; secrets belong into {TOKEN} or --token-file")
    if parts.scheme not in ("https", "http") or not host:
        raise FeedError("--to: is no address; write https://registry.example/api")
    if parts.scheme == "http" and not _is_here(host):
        raise FeedError("--to: http is not encrypted and goes to this machine alone; write https")
    return url.rstrip("/")


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON, None where it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


class Unanswered(Exception):
    """No answer came, or not a whole one. ``fatal`` where trying again cannot help."""

    def __init__(self, reason: str, fatal: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.fatal = reason, fatal


class Client:
    """A connection to one registry. ``timeout`` is seconds for a whole answer."""

    def __init__(self, url: str, own: Secrets, timeout: float = 30, bearer: bool = True) -> None:
        """``bearer``: the token goes into the header Authorization. Raises FeedError for an address or certificate that cannot be used."""
        self.url, self.own, self.timeout = address(url), own, timeout
        headers = {"User-Agent": f"extractor/{VERSION}", "Accept-Encoding": "identity"}
        if own.token and bearer:
            headers["Authorization"] = f"Bearer {own.token}"
        here = _is_here(urlsplit(self.url).hostname or "")
        self._http = httpx.Client(verify=_context(own), headers=headers, timeout=timeout, follow_redirects=False, trust_env=not here)

    def request(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Ask once. Raises Unanswered."""
        end = time.monotonic() + self.timeout
        try:
            with self._http.stream(method, self.url + path, headers=dict(headers), content=body) as response:
                found = bytearray()
                for piece in response.iter_raw():
                    found += piece
                    if len(found) > LONGEST_ANSWER:
                        raise Unanswered("an endless answer")
                    if time.monotonic() > end:
                        raise Unanswered("no whole answer in time")
                return Answer(response.status_code, response.headers, bytes(found))
        except httpx.TimeoutException:
            raise Unanswered("no answer in time") from None
        except httpx.HTTPError as error:
            raise _why(error) from None
        except httpx.InvalidURL:
            raise Unanswered("cannot be asked: --to is no address", fatal=True) from None

    def close(self) -> None:
        """Hang up."""
        self._http.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def _context(own: Secrets) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=str(own.authority) if own.authority else None)
    except (OSError, ssl.SSLError):
        raise FeedError(f"{own.authority}: cannot be read as certificates (PEM)") from None
    if own.certificate is not None:
        password = own.key_password or ""  # without one OpenSSL would ask on the terminal
        try:
            context.load_cert_chain(own.certificate, own.key, password=password)
        except (OSError, ssl.SSLError):
            fix = f"is a PEM certificate with its key, perhaps in --client-key; a password belongs into {KEY_PASSWORD}"
            raise FeedError(f"{own.certificate}: cannot be used; what is needed {fix}") from None
    return context


def _why(error: Exception) -> Unanswered:
    """Errors by kind; their text may hold addresses and more, and is not passed on."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError) or "CERTIFICATE_VERIFY_FAILED" in str(cause):
            return Unanswered("shows a certificate that we do not trust; for an authority of your own give --ca FILE", fatal=True)
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpx.ConnectError):
        return Unanswered("no connection")
    return Unanswered(f"the connection broke off ({type(error).__name__})")
