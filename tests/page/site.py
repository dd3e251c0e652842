"""The public function behind a local port, called as API Gateway would call it: for pages that need odd data."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from uuid import uuid4

from aws_lambda_powertools.utilities.typing import LambdaContext

from tests.gateway import public_event
from tests.world import FakeContext, Json, World

# A deployment without a domain of its own has its stage before each path, which the function is not told.
_STAGE = "/prod"


@contextmanager
def served(world: World) -> Iterator[str]:
    """The base URL at which the world's public function answers while the context lasts."""
    one_at_a_time = threading.Lock()  # as in Lambda

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            with one_at_a_time:
                context = cast("LambdaContext", FakeContext(str(uuid4())))
                answer = world.shared_report(_event(self), context)
            content = (answer["body"] or "").encode()
            self.send_response(answer["statusCode"])
            for name, values in answer["multiValueHeaders"].items():
                for value in values:
                    self.send_header(name, value)
            if answer["statusCode"] not in (204, 304):
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        do_HEAD = do_POST = do_GET  # noqa: N815 # the base class's names

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def _event(request: BaseHTTPRequestHandler) -> Json:
    headers = {name: request.headers.get_all(name, []) for name in request.headers}
    path = request.path.partition("?")[0]
    base = _STAGE if path.startswith(f"{_STAGE}/") else ""
    body = request.rfile.read(int(request.headers.get("Content-Length", "0"))).decode()
    return public_event(path.removeprefix(base), request.command, headers) | {"body": body or None}
