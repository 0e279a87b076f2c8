"""Servers that speak S3, and buckets to try things in.

`STRONGROOM_TEST_S3` names them, as for the tests of Rust: `name=http://host:port`, several with
commas between. Credentials come from the environment. `tests/servers/run.sh` starts some.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import http.server
import os
import re
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone
from urllib.parse import quote, urlsplit

import pytest

REGION = "us-east-1"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Bucket:
    """A bucket that nobody else uses."""

    server: Server
    name: str

    def url(self, prefix: str = "", *, endpoint: str | None = None) -> str:
        """The address of a part of it, perhaps through something that stands before the server."""
        return f"s3://{self.name}/{prefix}?endpoint={endpoint or self.server.endpoint}"

    def ask(self, method: str, key: str = "", query: str = "", body: bytes = b"") -> Answer:
        """What the server says, which must not be an error."""
        answer = self.server.ask(method, f"/{self.name}/{quote(key)}", query, body)
        assert answer.status < 300, (method, key, answer)
        return answer

    def keys(self) -> list[str]:
        """The keys that a plain listing gives."""
        body = self.ask("GET", query="list-type=2").body.decode()
        return re.findall("<Key>(.*?)</Key>", body)


@dataclass(frozen=True)
class Server:
    name: str
    endpoint: str

    def bucket(self, *, lock: bool = False, versions: bool = False, days: int = 0) -> Bucket:
        """Makes one: plain, with versions, with Object Lock, or one that locks for some days."""
        bucket = Bucket(self, f"strongroom-py-{uuid.uuid4().hex[:16]}")
        headers = {"x-amz-bucket-object-lock-enabled": "true"} if lock or days else {}
        made = self.ask("PUT", f"/{bucket.name}", headers=headers)
        assert made.status == 200, made
        xml = "http://s3.amazonaws.com/doc/2006-03-01/"
        if versions:
            status = f'<VersioningConfiguration xmlns="{xml}"><Status>Enabled</Status>'
            bucket.ask("PUT", query="versioning=", body=f"{status}</VersioningConfiguration>".encode())
        if days:
            rule = f"<Mode>GOVERNANCE</Mode><Days>{days}</Days>"
            rule = f"<Rule><DefaultRetention>{rule}</DefaultRetention></Rule>"
            body = f"<ObjectLockEnabled>Enabled</ObjectLockEnabled>{rule}"
            body = f'<ObjectLockConfiguration xmlns="{xml}">{body}</ObjectLockConfiguration>'
            bucket.ask("PUT", query="object-lock=", body=body.encode())
        return bucket

    def ask(
        self,
        method: str,
        path: str,
        query: str = "",
        body: bytes = b"",
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Asks with a signature (AWS Signature Version 4, "Authenticating Requests")."""
        host = urlsplit(self.endpoint).netloc
        now = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        day, hashed = now[:8], hashlib.sha256(body).hexdigest()
        signed = {"host": host, "x-amz-content-sha256": hashed, "x-amz-date": now, **(headers or {})}
        if query and body:
            digest = hashlib.md5(body, usedforsecurity=False).digest()
            signed["content-md5"] = base64.b64encode(digest).decode()
        names = ";".join(sorted(signed))
        lines = "".join(f"{name}:{signed[name]}\n" for name in sorted(signed))
        request = f"{method}\n{path}\n{query}\n{lines}\n{names}\n{hashed}"
        scope = f"{day}/{REGION}/s3/aws4_request"
        digest_ = hashlib.sha256(request.encode()).hexdigest()
        text = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{digest_}"
        key = ("AWS4" + os.environ["AWS_SECRET_ACCESS_KEY"]).encode()
        for part in (day, REGION, "s3", "aws4_request", text):
            key = hmac.digest(key, part.encode(), "sha256")
        who = f"{os.environ['AWS_ACCESS_KEY_ID']}/{scope}"
        signed["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={who}, SignedHeaders={names}, Signature={key.hex()}"
        )
        return _send(host, method, f"{path}?{query}" if query else path, signed, body)


def _send(host: str, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer:
    connection = http.client.HTTPConnection(host, timeout=60)
    try:
        connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        if body and "content-length" not in {name.lower() for name in headers}:
            connection.putheader("content-length", str(len(body)))
        connection.endheaders(body or None)
        answer = connection.getresponse()
        read = answer.read()
        return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, read)
    finally:
        connection.close()


def named() -> list[Server]:
    """The servers that were named."""
    servers = []
    for text in filter(None, os.environ.get("STRONGROOM_TEST_S3", "").split(",")):
        name, mark, endpoint = text.partition("=")
        if not mark or ":" in name:
            name, endpoint = urlsplit(text).netloc, text
        servers.append(Server(name, endpoint.rstrip("/")))
    return servers


#: One parameter for each server; one that stands for none, if there is none.
SERVERS = [pytest.param(server, id=server.name) for server in named()] or [
    pytest.param(None, id="S3")
]


def there(server: Server | None) -> Server:
    """The server; the test is skipped, and says why, if there is none."""
    if server is None:
        pytest.skip("S3, because STRONGROOM_TEST_S3 names no server (tests/servers/run.sh does)")
    return server


@dataclass
class Middle:
    """Something between a client and a server that loses answers.

    Attributes:
        lose: Says of a method and a path whether the server's answer to it is lost.
        dark: Whether nothing gets through at all.
        asked: What got through.
    """

    endpoint: str
    lose: Callable[[str, str], bool] = lambda method, path: False
    dark: bool = False
    asked: list[tuple[str, str]] = field(default_factory=list)

    def written(self, part: str) -> int:
        """How many objects with `part` in their key were written, or tried to."""
        return sum(method == "PUT" and part in path for method, path in self.asked)


def between(server: Server) -> Iterator[Middle]:
    """Starts a `Middle`; a generator for fixtures."""
    behind = urlsplit(server.endpoint).netloc

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            self.close_connection = True
            if middle.dark:
                return
            # With the host that was signed, which is ours.
            answer = _send(behind, self.command, self.path, dict(self.headers.items()), body)
            middle.asked.append((self.command, self.path))
            if middle.lose(self.command, self.path):
                return
            self.send_response_only(answer.status)
            for name, value in answer.headers.items():
                if name not in ("connection", "transfer-encoding", "keep-alive", "content-length"):
                    self.send_header(name, value)
            empty = self.command == "HEAD"
            length = answer.headers.get("content-length", "0") if empty else str(len(answer.body))
            self.send_header("content-length", length)
            self.send_header("connection", "close")
            self.end_headers()
            if not empty:
                self.wfile.write(answer.body)

        do_GET = do_PUT = do_HEAD = do_POST = do_DELETE = pass_on

        def log_message(self, *_: object) -> None:
            pass

    listening = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    middle = Middle(f"http://127.0.0.1:{listening.server_port}")
    thread = threading.Thread(target=listening.serve_forever)
    thread.start()
    try:
        yield middle
    finally:
        listening.shutdown()
        thread.join()
        listening.server_close()
