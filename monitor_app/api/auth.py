"""`/api/auth`: logging in and out, the first account, invitations, walls, one's password, tokens of machine clients."""

from typing import Annotated, Any

from fastapi import APIRouter, FastAPI, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from monitor_app.api.access import public, requires
from monitor_app.api.own_path import own_path
from monitor_app.security.permissions import ADMIN, PROFILE_MANAGE, Identity
from monitor_app.state import runtime
from monitor_app.use_cases.sign_in import SignedIn

# Far more than a password may have; what is longer is not looked at.
_TEXT_LIMIT = 1000
# What the browser keeps of this installation, in all its tabs.
FORGET = '"cache", "storage"'
NO_CONTENT = 204

router = APIRouter(prefix="/auth", tags=["auth"])
_Text = Annotated[str, Field(max_length=_TEXT_LIMIT)]
_Anybody = Annotated[Identity, public()]


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)


class LogIn(_Input):
    """`code` is that of the second factor, or a recovery code; `next` the page that was wanted."""

    username: _Text
    password: _Text
    code: _Text = ""
    keep: bool = False
    next: str = Field(default="", max_length=10_000)


class NewAccount(_Input):
    """By a set-up link or an invitation, whose secret part `token` is."""

    token: _Text
    username: _Text
    password: _Text
    keep: bool = False


class Token(_Input):
    """The secret part of a link."""

    token: _Text


class NewPassword(_Input):
    """One's own."""

    current: _Text
    new: _Text


class Welcome(BaseModel):
    """Who is logged in now, and the page to open."""

    username: str
    role: str
    next: str


class Invitation(BaseModel):
    """What an invitation is for."""

    role: str
    is_setup: bool
    note: str
    expires_at: str


class Me(BaseModel):
    """Who sends this request. `username` is "" for nobody."""

    username: str
    role: str
    via: str
    permissions: list[str]


class MachineToken(BaseModel):
    """A short-lived token, as RFC 6749 has it."""

    access_token: str
    token_type: str = "Bearer"  # noqa: S105 - a kind of token
    expires_in: int


def add_routes(app: FastAPI) -> None:
    """Add these routes."""
    app.include_router(router)


@router.post("/login")
async def log_in(body: LogIn, request: Request, response: Response, identity: _Anybody) -> Welcome:
    """Log in with a cookie. 401 with `needs: "code"` asks for the second factor; 429 says when to try again."""
    done = await runtime.current().sign_in.log_in(
        body.username, body.password, body.code, body.keep, _agent(request), identity.address, replaces=identity
    )
    return _welcome(done, request, response, body.next)


@router.post("/logout", status_code=NO_CONTENT)
async def log_out(request: Request, response: Response, identity: _Anybody) -> None:
    """End this session; the browser forgets what it has kept."""
    await runtime.current().sign_in.log_out(identity)
    response.set_cookie(**_cookie(request, "", max_age=0))
    response.headers["Clear-Site-Data"] = FORGET


@router.post("/setup")
async def set_up(body: NewAccount, request: Request, response: Response, identity: _Anybody) -> Welcome:
    """Make the first administrator, by the link that the terminal shows, and log in."""
    done = await runtime.current().sign_in.set_up(
        body.token, body.username, body.password, body.keep, _agent(request), identity.address, replaces=identity
    )
    return _welcome(done, request, response)


@router.post("/invitation")
async def accept(body: NewAccount, request: Request, response: Response, identity: _Anybody) -> Welcome:
    """Make an account by an invitation, and log in."""
    done = await runtime.current().sign_in.accept_invitation(
        body.token, body.username, body.password, body.keep, _agent(request), identity.address, replaces=identity
    )
    return _welcome(done, request, response)


@router.post("/invitation/check")
async def look_at(body: Token, identity: _Anybody) -> Invitation:
    """What a link is for; 404 when it does not work (any more)."""
    found = await runtime.current().sign_in.look_at_invitation(body.token)
    return Invitation(
        role=found.role, is_setup=found.is_setup, note=found.note, expires_at=found.expires_at.isoformat()
    )


@router.post("/wall")
async def open_wall(body: Token, request: Request, response: Response, identity: _Anybody) -> Welcome:
    """Open the board on a wall screen, to look at only."""
    done = await runtime.current().sign_in.open_wall(body.token, _agent(request), identity.address, replaces=identity)
    return _welcome(done, request, response)


@router.post("/password")
async def change_password(
    body: NewPassword, request: Request, response: Response, identity: Annotated[Identity, requires(PROFILE_MANAGE)]
) -> Welcome:
    """Change one's own password; all other sessions end."""
    done = await runtime.current().sign_in.change_password(
        identity, body.current, body.new, _agent(request), identity.address
    )
    return _welcome(done, request, response)


@router.post("/token")
async def issue(identity: _Anybody) -> MachineToken:
    """A token of ten minutes in place of the API key that this request carries."""
    issued = await runtime.current().sign_in.issue_token(identity)
    return MachineToken(access_token=issued.token, expires_in=issued.seconds)


@router.get("/me")
async def me(identity: _Anybody) -> Me:
    """Who sends this request, and what that one may do."""
    is_known = identity.via != "nothing"
    return Me(
        username=identity.name if is_known else "",
        role=identity.role,
        via=identity.via,
        permissions=sorted(identity.permissions),
    )


def _welcome(done: SignedIn, request: Request, response: Response, wanted: str = "") -> Welcome:
    response.set_cookie(**_cookie(request, done.token, done.max_age))
    first = runtime.current().access.preferences(done.identity.account_pk).default_page
    if first.startswith("/admin") and done.identity.role != ADMIN:  # chosen before the role became a smaller one
        first = "/"
    return Welcome(username=done.identity.name, role=done.identity.role, next=own_path(wanted, own_path(first)))


def _cookie(request: Request, value: str, max_age: int | None) -> dict[str, Any]:
    state = request.app.state
    return {
        "key": state.cookie_name,
        "value": value,
        "max_age": max_age,
        "path": "/",
        "secure": state.is_https,
        "httponly": True,
        "samesite": "lax",
    }


def _agent(request: Request) -> str:
    return request.headers.get("user-agent", "")
