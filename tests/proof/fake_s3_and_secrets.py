"""S3 and Secrets Manager as far as the handlers use them, over HTTP, beside DynamoDB Local.

Objects are put, read and deleted whole, as in S3; nothing here is what the proofs are about.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit


class FakeServices(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, secret: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.objects: dict[str, bytes] = {}
        self.secret = secret

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FakeServices

    def do_GET(self) -> None:
        body = self.server.objects.get(self._key)
        if body is None:
            self._answer(404, b"<Error><Code>NoSuchKey</Code><Message>no such key</Message></Error>")
        else:
            self._answer(200, body, ETag=f'"{md5(body, usedforsecurity=False).hexdigest()}"')

    def do_PUT(self) -> None:
        body = self._body()
        self.server.objects[self._key] = body
        self._answer(200, b"", ETag=f'"{md5(body, usedforsecurity=False).hexdigest()}"')

    def do_DELETE(self) -> None:
        self.server.objects.pop(self._key, None)
        self._answer(204, b"")

    def do_POST(self) -> None:
        wanted = json.loads(self._body())["SecretId"]
        self._answer(200, json.dumps({"Name": wanted, "SecretString": self.server.secret}).encode())

    @property
    def _key(self) -> str:
        """The path without the bucket."""
        return unquote(urlsplit(self.path).path).split("/", 2)[2]

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", "0")))

    def _answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Silent."""


@contextmanager
def running(secret: str) -> Iterator[FakeServices]:
    """The services until the end of the block."""
    server = FakeServices(secret)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
