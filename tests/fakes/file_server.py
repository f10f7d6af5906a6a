"""A file server on loopback that knows ranges, and fails as a script says."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Answer:
    """How one request is answered; the default is an honest file."""

    status: int = 0
    """0: the file, whole or in part as asked."""
    cut_after: int | None = None
    """Bytes of the body after which the connection is closed."""
    tells_length: bool = True
    ignores_range: bool = False
    wrong_range: bool = False
    swaps: bytes | None = None
    """Sent instead of the file's bytes."""
    location: str = ""
    retry_after: str = ""
    slow_s: float = 0.0
    """Between two pieces."""


@dataclass
class FileServer:
    files: dict[str, bytes]
    url: str = ""
    script: list[Answer] = field(default_factory=list)
    """One for each request; honest ones after that."""
    ranges: list[str | None] = field(default_factory=list)
    """What each request asked for."""
    paths: list[str] = field(default_factory=list)
    etag: str = '"one"'
    if_ranges: list[str | None] = field(default_factory=list)
    sent_bytes: int = 0


@contextmanager
def file_server(files: dict[str, bytes]) -> Iterator[FileServer]:
    """files: by path, `/base/model.bin`."""
    fake = FileServer(files)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            _answer(self, fake)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    fake.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _answer(request: BaseHTTPRequestHandler, fake: FileServer) -> None:
    answer = fake.script.pop(0) if fake.script else Answer()
    # A proxy is asked for whole addresses.
    path = "/" + request.path.split("/", 3)[3] if request.path.startswith("http://") else request.path
    asked = request.headers.get("Range")
    fake.ranges.append(asked)
    fake.if_ranges.append(request.headers.get("If-Range"))
    fake.paths.append(request.path)
    request.close_connection = True
    if answer.status or path not in fake.files:
        _head(request, answer.status or 404, {"Content-Length": "0"}, answer)
        return
    body, start = fake.files[path] if answer.swaps is None else answer.swaps, 0
    total = len(body)
    same = request.headers.get("If-Range", fake.etag) == fake.etag
    headers = {"ETag": fake.etag}
    if asked and same and not answer.ignores_range:
        start = int(asked.removeprefix("bytes=").rstrip("-"))
        if start >= total:
            _head(request, 416, {"Content-Range": f"bytes */{total}", "Content-Length": "0"}, answer)
            return
        start -= 1 if answer.wrong_range else 0
        headers["Content-Range"] = f"bytes {start}-{total - 1}/{total}"
    body = body[start:]
    if answer.tells_length:
        headers["Content-Length"] = str(len(body))
    _head(request, 206 if "Content-Range" in headers else 200, headers, answer)
    body = body if answer.cut_after is None else body[: answer.cut_after]
    try:
        for at in range(0, len(body), 4096):
            request.wfile.write(body[at : at + 4096])
            request.wfile.flush()
            fake.sent_bytes += len(body[at : at + 4096])
            time.sleep(answer.slow_s)
    except (BrokenPipeError, ConnectionResetError):
        pass


def _head(request: BaseHTTPRequestHandler, status: int, headers: dict[str, str], answer: Answer) -> None:
    request.send_response(status)
    if answer.location:
        headers["Location"] = answer.location
    if answer.retry_after:
        headers["Retry-After"] = answer.retry_after
    for name, value in headers.items():
        request.send_header(name, value)
    request.send_header("Connection", "close")
    request.end_headers()
