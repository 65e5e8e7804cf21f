"""Who is behind each open websocket of the screens, and the end of those whose session has ended."""

import asyncio
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from reflex.app import App, EventNamespace
from reflex.state import StateUpdate
from reflex_base import constants
from reflex_base.config import get_config
from reflex_base.registry import RegistrationContext

from monitor_app.domain.account import Preferences
from monitor_app.domain.events import AccessChanged
from monitor_app.log import get_logger, new_correlation_id
from monitor_app.security.permissions import Identity
from monitor_app.state.bound_tokens import (
    SESSION_KEY,
    VISITOR_KEY,
    BoundTokens,
    forget_orphans,
    forget_state,
    forget_states,
)
from monitor_app.state.display import look_again
from monitor_app.state.guard import CORRELATION, REFUSED, Access, access
from monitor_app.state.notice import TOO_FAST, Leave, send_away, tell
from monitor_app.state.rows.rooms import ReflexRooms
from monitor_app.state.socket_server import ScreenServer

PATH_LIMIT: Final = 4096
TOLD_SECONDS: Final = 5.0
# So long after a browser has gone, what nobody will come back to is looked for.
SWEEP_SECONDS: Final = 2.0
# A cookie is looked up when a socket opens and not kept.
_SECRET_HEADERS: Final = frozenset({"cookie", "authorization", "proxy-authorization"})
_PATH: Final = re.compile(r"/(?!/)[^\x00-\x20\x7f]*")

logger = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Socket:
    """An open websocket. `session_key` is "" for who is not logged in, `visitor_key` for who has nothing kept."""

    sid: str
    session_key: str
    identity: Identity
    visitor_key: str = ""
    # What its person had chosen when they were told last.
    preferences: Preferences = field(default_factory=Preferences)


class SocketBook:
    """The open websockets."""

    def __init__(self, access: Callable[[], Access]) -> None:
        self._access = access
        self._sockets: dict[str, Socket] = {}

    def __len__(self) -> int:
        return len(self._sockets)

    def address_of(self, sid: str) -> str:
        """Where a socket came from; "" for one that is not open."""
        socket = self._sockets.get(sid)
        return "" if socket is None else socket.identity.address

    def enter(self, sid: str, cookie_header: str, address: str) -> Socket:
        """A websocket has opened. The key of a session that is of no use is not kept."""
        session_key = self._access().session_key(cookie_header)
        identity = self._access().of_key(session_key, address)
        is_known = identity.via != "nothing"
        visitor_key = "" if is_known else self._access().visitor_key(cookie_header)
        chosen = self._access().preferences(identity.account_pk)
        socket = Socket(sid, session_key if is_known else "", identity, visitor_key, chosen)
        self._sockets[sid] = socket
        return socket

    def leave(self, sid: str) -> Socket | None:
        """A websocket has closed."""
        return self._sockets.pop(sid, None)

    def key_of(self, sid: str) -> str:
        """The session's key of a socket; "" for who is not logged in, and for one that is not open."""
        socket = self._sockets.get(sid)
        return "" if socket is None else socket.session_key

    def visitor_of(self, sid: str) -> str:
        """The visitor's key of a socket; "" for who is logged in or never chose anything."""
        socket = self._sockets.get(sid)
        return "" if socket is None else socket.visitor_key

    def outdated(self) -> list[tuple[Socket, Leave]]:
        """The sockets whose caller is not what it was when they opened, and what their pages have to do.

        Who only may more than before stays: the next event finds that out by itself.
        """
        found: list[tuple[Socket, Leave]] = []
        for socket in self._sockets.values():
            before = socket.identity
            now = self._access().of_key(socket.session_key, before.address, is_use=False)
            is_same = (now.account_pk, now.name, now.via, now.credential) == (
                before.account_pk,
                before.name,
                before.via,
                before.credential,
            )
            if not is_same or not before.permissions <= now.permissions:
                found.append((socket, "login" if now.via == "nothing" else "reload"))
            elif now.permissions != before.permissions:
                self._sockets[socket.sid] = replace(socket, identity=now)
        return found

    def rechosen(self) -> list[Socket]:
        """The sockets whose person has chosen something about the screens since they were told last."""
        found = []
        for socket in self._sockets.values():
            chosen = self._access().preferences(socket.identity.account_pk)
            if chosen != socket.preferences:
                found.append(replace(socket, preferences=chosen))
        self._sockets |= {socket.sid: socket for socket in found}
        return found

    def is_dead(self, session_key: str) -> bool:
        """Whether a session has ended."""
        return self._access().of_key(session_key, "", is_use=False).via == "nothing"


class GuardedNamespace(EventNamespace):
    """Reflex's own end of the websockets, with the book kept, and nothing let in that is not an event."""

    def __init__(self, app: App, book: SocketBook, monotonic: Callable[[], float] = time.monotonic) -> None:
        super().__init__(get_config().get_event_namespace(), app)
        self._book = book
        self._monotonic = monotonic
        self._token_manager = BoundTokens(book.key_of)
        self._rooms = ReflexRooms(self)
        self._slowed_at: dict[str, float] = {}
        self._no_event_told_at, self._no_events = float("-inf"), 0
        self._sweep: asyncio.TimerHandle | None = None

    async def on_connect(self, sid: str, environ: dict[str, Any], auth: Any = None) -> None:
        """A browser comes: note who it is, before anything is done for it."""
        self._book.enter(sid, _cookie(environ), _address(environ))
        try:
            await super().on_connect(sid, environ, auth if isinstance(auth, dict) else None)
        except BaseException:
            self._book.leave(sid)
            raise

    def on_disconnect(self, sid: str) -> asyncio.Task[None] | None:
        """A browser has gone. Nothing is kept of one that is not logged in."""
        token = self.sid_to_token.get(sid)
        task = super().on_disconnect(sid)
        self._slowed_at.pop(sid, None)
        socket = self._book.leave(sid)
        if token and socket is not None and not socket.session_key:
            forget_state(self.app.state_manager, token)
        self._sweep_later()
        return task

    async def on_event(self, sid: str, data: Any) -> None:
        """A browser sends an event: let it in if it is one."""
        if sid not in self.sid_to_token:
            return
        event = _event(data)
        if event is None:
            self._tell_no_event(sid)
            await self._emit(sid, tell(REFUSED))
            return
        await super().on_event(sid, event)

    async def emit_update(self, update: StateUpdate, token: str) -> None:
        """Tell a tab of a change. One that has gone needs none, and its late events no lines in the log."""
        if token in self._token_manager.token_to_socket:
            await super().emit_update(update, token)

    async def judge(self, _event: AccessChanged | None = None) -> None:
        """Turn out all whose session has ended, or who may do less than before; forget what was kept of them."""
        for socket, how in self._book.outdated():
            try:
                await self._turn_out(socket.sid, how)
            except Exception:  # the others must go all the same
                logger.exception("a websocket could not be ended", peer=socket.identity.address)
        forget_states(self.app.state_manager, self._book.is_dead)
        for socket in self._book.rechosen():
            await self._emit(socket.sid, look_again())

    async def slow_down(self, eio_sid: str) -> None:
        """Tell a page that it sends too much; once in a while."""
        sid = self.server.manager.sid_from_eio_sid(eio_sid, self.namespace)
        now = self._monotonic()
        if sid is not None and now - self._slowed_at.get(sid, float("-inf")) >= TOLD_SECONDS:
            self._slowed_at[sid] = now
            logger.warning("a websocket is slowed down", peer=self._book.address_of(sid))
            await self._emit(sid, tell(TOO_FAST))

    def _tell_no_event(self, sid: str) -> None:
        """Once in a while: anybody can send as many as they like."""
        now = self._monotonic()
        self._no_events += 1
        if now - self._no_event_told_at >= TOLD_SECONDS:
            peer = self._book.address_of(sid)
            logger.warning("a browser sent what is no event", peer=peer, times=self._no_events)
            self._no_event_told_at, self._no_events = now, 0

    def _sweep_later(self) -> None:
        if self._sweep is None:
            self._sweep = asyncio.get_running_loop().call_later(SWEEP_SECONDS, self._sweep_now)

    def _sweep_now(self) -> None:
        """Again and again as long as there is something: an event that still waits makes a state anew."""
        self._sweep = None
        if forget_orphans(self.app.state_manager, self._token_manager.token_to_socket.__contains__):
            self._sweep_later()

    async def _turn_out(self, sid: str, how: Leave) -> None:
        await self._rooms.move(sid, "")
        await self._emit(sid, send_away(how))
        await self.server.disconnect(sid, namespace=self.namespace)

    async def _emit(self, sid: str, update: StateUpdate) -> None:
        await self.emit(str(constants.SocketEvent.EVENT), update, to=sid)

    def _build_static_router_data(self, sid: str, environ: dict[str, Any]) -> dict[str, Any]:
        """What each event of this socket tells of where it came from: the session's key instead of its cookie."""
        data: dict[str, Any] = super()._build_static_router_data(sid, environ)
        headers = {name: value for name, value in data["headers"].items() if name.lower() not in _SECRET_HEADERS}
        keys = {SESSION_KEY: self._book.key_of(sid), VISITOR_KEY: self._book.visitor_of(sid)}
        return data | {"headers": headers, "ip": _address(environ), **keys}


def install_sockets(app: App) -> GuardedNamespace:
    """Put our end of the websockets in the place of Reflex's; the app was made with `sio=make_server(...)`."""
    server = app.sio
    assert isinstance(server, ScreenServer)
    namespace = GuardedNamespace(app, SocketBook(access))
    app._event_namespace = namespace
    server.register_namespace(namespace)
    server.on_too_fast = namespace.slow_down
    return namespace


def _event(data: Any) -> dict[str, Any] | None:
    """What Reflex may see of an event, None when it is none: only what it knows, in the types that it expects."""
    if not isinstance(data, dict) or not isinstance(name := data.get("name"), str):
        return None
    payload, router = data.get("payload") or {}, data.get("router_data") or {}
    if name not in RegistrationContext.get().event_handlers:
        return None
    if not isinstance(payload, dict) or not isinstance(router, dict):
        return None
    path, whole, query = router.get("pathname", "/"), router.get("asPath", "/"), router.get("query") or {}
    if not (_is_path(path) and _is_path(whole) and _is_query(query)):
        return None
    about = {"pathname": path, "asPath": whole, "query": query, CORRELATION: new_correlation_id()}
    return {"name": name, "payload": payload, "router_data": about}


def _is_path(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= PATH_LIMIT and _PATH.fullmatch(value) is not None


def _is_query(value: Any) -> bool:
    return isinstance(value, dict) and all(
        isinstance(one, str) or (isinstance(one, list) and all(isinstance(part, str) for part in one))
        for one in value.values()
    )


def _cookie(environ: Mapping[str, Any]) -> str:
    """The handshake's cookies. Who comes with an Authorization header is not asked for any."""
    headers = environ.get("asgi.scope", {}).get("headers", [])
    if any(name == b"authorization" for name, _ in headers):
        return ""
    return "; ".join(value.decode("latin-1") for name, value in headers if name == b"cookie")


def _address(environ: Mapping[str, Any]) -> str:
    """Where the connection came from; the doorman has put that right behind a proxy."""
    client = environ.get("asgi.scope", {}).get("client") or ("",)
    return str(client[0])
