"""A token endpoint (RFC 6749, client credentials) and a page that takes its tokens, on a test's http server."""

import json
from base64 import b64decode
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote

from tests.servers.http import Exchange, HttpServer, SeenRequest, reply

CLIENT_ID, CLIENT_SECRET = "monitor", "s3cret:/%41ä"


@dataclass
class TokenServer:
    """Gives token-1, token-2, ... and lets in whoever has the newest."""

    expires_in: Any = 3600
    is_in_body: bool = False
    is_open: bool = True
    # What it says instead of a token.
    answer: tuple[int, dict[str, Any]] | None = None
    asked: list[dict[str, str]] = field(default_factory=list)
    given: int = 0

    def install(self, server: HttpServer, page: str = "/api") -> None:
        server.on("/token", self._give)
        server.on(page, self._let_in)

    @property
    def valid(self) -> str:
        return f"token-{self.given}"

    async def _give(self, exchange: Exchange) -> None:
        form = {name: values[0] for name, values in parse_qs(exchange.request.body.decode()).items()}
        self.asked.append(form)
        if self.answer is not None:
            await _json(exchange, *self.answer)
        elif _credentials(exchange.request, form, is_in_body=self.is_in_body) != (CLIENT_ID, CLIENT_SECRET):
            await _json(exchange, 401, {"error": "invalid_client"})
        else:
            self.given += 1
            told = {} if self.expires_in is None else {"expires_in": self.expires_in}
            await _json(exchange, 200, {"access_token": self.valid, "token_type": "Bearer"} | told)

    async def _let_in(self, exchange: Exchange) -> None:
        is_known = exchange.request.headers.get("authorization") == f"Bearer {self.valid}"
        await reply(200 if is_known and self.is_open else 401)(exchange)


def _credentials(request: SeenRequest, form: dict[str, str], *, is_in_body: bool) -> tuple[str, str]:
    if is_in_body:
        return form.get("client_id", ""), form.get("client_secret", "")
    scheme, _, packed = request.headers.get("authorization", "").partition(" ")
    name, _, secret = b64decode(packed).decode().partition(":")
    return (unquote(name), unquote(secret)) if scheme == "Basic" else ("", "")


async def _json(exchange: Exchange, status: int, value: dict[str, Any]) -> None:
    await reply(status, json.dumps(value).encode(), {"Content-Type": "application/json"})(exchange)
