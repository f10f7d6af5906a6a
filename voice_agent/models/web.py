"""Downloads over HTTP that survive cut connections: they go on where they stopped."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from voice_agent.errors import EngineError, UserError
from voice_agent.model_file import ModelFile
from voice_agent.models.part_file import PartFile
from voice_agent.models.sources import Came
from voice_agent.models.states import published_sums, size_of
from voice_agent.version import version

CONNECT_S, STALLED_S = 15.0, 30.0
"""Longest wait for a connection, and for the next bytes of one."""
TRIES = 5
"""In a row without a single byte; a try that brings bytes starts the count anew."""
LONGEST_WAIT_S = 60.0
_CURE = "try again later, or name another server with --mirror, or copy the files with --from"
_PASSING = {408, 425, 429, 500, 502, 503, 504}

Waits = Callable[[str, float], None]
"""Told why there is a wait, and how many seconds."""


class WebSource:
    """See `Source`. Proxies come from the environment: HTTPS_PROXY, ALL_PROXY, NO_PROXY. Close it."""

    def __init__(
        self,
        *,
        mirror: str | None = None,
        waits: Waits = lambda why, seconds: None,
        sleep: Callable[[float], None] = time.sleep,
        open_part: Callable[[Path], AbstractContextManager[PartFile]] = PartFile,
    ) -> None:
        """mirror: a server that takes the place of each file's own, before the same path.

        Raises UserError when it or a proxy is no usable address.
        """
        self._mirror = _checked_mirror(mirror) if mirror else None
        self._waits, self._sleep, self._open_part = waits, sleep, open_part
        self._etags: dict[str, str] = {}
        """Of parts that grew in this run: a changed file is then not glued to them."""
        self._client = _client()

    def close(self) -> None:
        self._client.close()

    def fetch(self, file: ModelFile, part: Path, came: Came) -> None:
        failed, most = 0, 0
        if not published_sums(file) and file.url not in self._etags:
            # Nothing could tell an older file's part from this one's.
            part.unlink(missing_ok=True)
        while (have := size_of(part)) != file.bytes:
            if have > file.bytes:
                part.unlink()
                continue
            # The furthest so far: a server that ever again begins anew must not be asked for ever.
            most = max(most, have)
            try:
                self._once(file, part, have, came)
                raise_if_short(self._host(file), part, file)
            except _PassingError as error:
                failed = 1 if size_of(part) > most else failed + 1
                if failed >= TRIES or (error.is_unreachable and failed >= 3):
                    raise EngineError("setup", error.cause, cure=error.cure) from error
                # Jitter: many machines that were cut off together must not come back together.
                wait_s = error.wait_s or min(LONGEST_WAIT_S, 2.0 ** (failed - 1)) * (0.75 + random.random() / 2)
                self._waits(error.cause, wait_s)
                self._sleep(wait_s)

    def _once(self, file: ModelFile, part: Path, have: int, came: Came) -> None:
        """One request. Raises _PassingError when another may do better, else EngineError."""
        import httpx2  # 0.15 s

        headers = {"Range": f"bytes={have}-"} if have else {}
        if have and (etag := self._etags.get(file.url)):
            headers["If-Range"] = etag
        host = self._host(file)
        try:
            with self._client.stream("GET", self._address(file), headers=headers) as response:
                steps = [*response.history, response]
                if leaves_encryption([step.request.url.scheme for step in steps]):
                    raise EngineError("setup", f"{host} leads to an address that is not encrypted", cure=_CURE)
                start = self._start(response, file, host, part, have)
                if (etag := response.headers.get("etag", "")).startswith('"'):
                    self._etags[file.url] = etag
                with self._open_part(part) as growing:
                    growing.cut(start)
                    # No size: a chunker would keep back what came before a cut.
                    for chunk in response.iter_bytes():
                        growing.write(chunk)
                        if growing.size > file.bytes:
                            growing.cut(0)
                            raise _other_file(host, file.path, f"more than {file.bytes}", file.bytes)
                        came(growing.size)
        except httpx2.TransportError as error:
            raise _told(error, host) from error
        except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError) as error:
            raise EngineError(
                "setup", f"{host} sent what is no answer ({type(error).__name__})", cure=_CURE
            ) from error

    def _start(self, response: Any, file: ModelFile, host: str, part: Path, have: int) -> int:
        """The place in the file at which the answer's bytes begin. Raises when the answer is no file."""
        status, name = response.status_code, file.path
        if status in _PASSING:
            raise _PassingError(f"{host} is too busy ({status})", _CURE, wait_s=_retry_after(response))
        if status == 416:
            part.unlink(missing_ok=True)
            raise _PassingError(f"{host} can't go on with {name}", _CURE)
        if status in (404, 410):
            cure = "update the program, or name another server with --mirror"
            raise EngineError("setup", f"{host} has no {name} ({status})", cure=cure)
        if status not in (200, 206):
            raise EngineError("setup", f"{host} refused {name} ({status})", cure=_CURE)
        start, total = 0, _number(response.headers.get("content-length", ""))
        if status == 206:
            told = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("content-range", ""))
            start, total = (int(told[1]), _number(told[2])) if told else (-1, None)
            if start != have:
                part.unlink(missing_ok=True)
                raise _PassingError(f"{host} went on at the wrong place", _CURE)
        if total not in (None, file.bytes) and "content-encoding" not in response.headers:
            raise _other_file(host, name, str(total), file.bytes)
        return start

    def _address(self, file: ModelFile) -> str:
        if self._mirror is None:
            return file.url
        url = urlsplit(file.url)
        return self._mirror + urlunsplit(("", "", url.path, url.query, ""))

    def _host(self, file: ModelFile) -> str:
        """For messages: without a password that may stand in a mirror's address."""
        return urlsplit(self._address(file)).hostname or ""


class _PassingError(EngineError):
    """A failure that may be over at the next try."""

    def __init__(self, cause: str, cure: str, *, wait_s: float | None = None, is_unreachable: bool = False) -> None:
        super().__init__("setup", cause, cure=cure)
        self.wait_s = wait_s
        self.is_unreachable = is_unreachable


def raise_if_short(host: str, part: Path, file: ModelFile) -> None:
    """A server that tells no length ends a cut answer like a whole one."""
    if size_of(part) < file.bytes:
        raise _PassingError(f"{host} broke off", _CURE)


def _client() -> Any:
    import httpx2  # 0.15 s

    # Encoded answers have another length, and ranges of them mean something else.
    headers = {"User-Agent": f"voice-agent/{version()}", "Accept-Encoding": "identity"}
    timeout = httpx2.Timeout(STALLED_S, connect=CONNECT_S)
    try:
        return httpx2.Client(follow_redirects=True, timeout=timeout, headers=headers)
    except ImportError as error:
        raise UserError(
            "SOCKS proxies need another package", place="proxy", cure="pip install socksio, or use an HTTP proxy"
        ) from error
    except (ValueError, httpx2.InvalidURL) as error:
        # The address itself is not told: it may hold a password.
        raise UserError(
            "the proxy of the environment is no usable address",
            place="proxy",
            cure="check HTTPS_PROXY, HTTP_PROXY and ALL_PROXY",
        ) from error


def _checked_mirror(mirror: str) -> str:
    try:
        url = urlsplit(mirror)
        is_usable = url.scheme in ("http", "https") and bool(url.hostname) and not (url.query or url.fragment)
    except ValueError:
        is_usable = False
    if not is_usable:
        raise UserError("is no web address", place="--mirror", cure="give one such as https://mirror.example")
    return mirror.rstrip("/")


def leaves_encryption(schemes: Sequence[str]) -> bool:
    """Whether a chain of redirects goes from https to something that can be changed on the way."""
    return any(before == "https" != after for before, after in pairwise(schemes))


def _other_file(host: str, name: str, found: str, size: int) -> EngineError:
    return EngineError(
        "setup",
        f"{host} has another {name}: {found} bytes instead of {size}",
        cure="update the program, name another server with --mirror, or check that no proxy asks for a login",
    )


def _told(error: Exception, host: str) -> EngineError:
    import httpx2

    if "CERTIFICATE_VERIFY" in str(error):
        cure = "check the clock; behind a firm's proxy, name its certificates in SSL_CERT_FILE"
        return EngineError("setup", f"the certificate of {host} is not trusted", cure=cure)
    if isinstance(error, httpx2.UnsupportedProtocol):
        return EngineError("setup", f"{host} leads to an address that is no web address", cure=_CURE)
    if isinstance(error, httpx2.ProxyError):
        return EngineError("setup", "the proxy refuses", cure="check HTTPS_PROXY and ALL_PROXY")
    if isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout):
        cure = "check the connection and the proxy, name another server with --mirror, or copy the files with --from"
        return _PassingError(f"{host} can't be reached", cure, is_unreachable=True)
    if isinstance(error, httpx2.TimeoutException):
        return _PassingError(f"{host} stopped sending", _CURE)
    return _PassingError(f"{host} broke off", _CURE)


def _retry_after(response: Any) -> float | None:
    """Seconds that the server asks for, bounded; dates are not understood."""
    seconds = _number(response.headers.get("retry-after", ""))
    return min(LONGEST_WAIT_S, float(seconds)) if seconds else None


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None
