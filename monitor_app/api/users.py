"""`/api/users` and `/api/invitations`: who has an account, and links that make one."""

from collections.abc import Callable
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, FastAPI, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from monitor_app.api.access import requires
from monitor_app.api.answers import answer, answer_of, expected_version, tag_of_version
from monitor_app.api.described import IF_MATCH, NOT_MODIFIED, PROBLEMS
from monitor_app.api.links import link_to, shown_once
from monitor_app.api.listing import Listing, page_of
from monitor_app.domain.account import AccountView, InvitationView
from monitor_app.engine.status_object import stamp
from monitor_app.errors import NotFound
from monitor_app.security.permissions import USER_MANAGE, Identity
from monitor_app.state import runtime
from monitor_app.use_cases.accounts import DAYS_LIMIT, NOTE_LIMIT

CREATED, NO_CONTENT = 201, 204
Role = Literal["viewer", "editor", "admin"]

router = APIRouter(tags=["users"], responses=PROBLEMS)
_Admin = Annotated[Identity, requires(USER_MANAGE)]
_Id = Annotated[int, Path(ge=1, le=2**31 - 1)]


class User(BaseModel):
    """An account."""

    user_id: int = Field(examples=[3])
    username: str = Field(examples=["ada"])
    role: Role = Field(examples=["editor"])
    disabled: bool = Field(examples=[False])
    second_factor: bool = Field(description="Whether one is set up.", examples=[True])
    sessions: int = Field(description="Browsers that are logged in.", examples=[1])
    keys: int = Field(description="API keys that work.", examples=[0])
    created_at: str = Field(examples=["2026-05-17T12:00:00.000Z"])
    signed_in_at: str | None = Field(examples=["2026-05-17T12:00:00.000Z"])


class Users(BaseModel):
    """A page of accounts."""

    items: list[User]
    total: int = Field(examples=[1])
    page: int = Field(examples=[1])
    pages: int = Field(examples=[1])
    next_cursor: str | None = Field(examples=[None])


class UserChange(BaseModel):
    """What is to be different; what is left out stays. Another role, and disabling, end the account's sessions."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"role": "viewer"}]})

    role: Role | None = None
    disabled: Annotated[bool, Field(strict=True)] | None = None


class EndedSessions(BaseModel):
    """How many there were."""

    ended: int = Field(examples=[2])


class WantedUsers(Listing):
    """Which accounts, and in which order; `-` before a name turns it round."""

    role: Role | None = None
    disabled: bool | None = None
    search: Annotated[str, Field(max_length=80)] = Field("", description="Part of the name.")
    sort: Literal["username", "-username", "created_at", "-created_at", "signed_in_at", "-signed_in_at"] = "username"


class Invitation(BaseModel):
    """A link that makes one account, without its secret."""

    invitation_id: int = Field(examples=[5])
    role: Role = Field(examples=["viewer"])
    note: str = Field(description="Whom it is meant for.", examples=["Ben"])
    state: Literal["open", "used", "expired"] = Field(examples=["open"])
    created_by: str = Field(examples=["ada"])
    used_by: str = Field(examples=[""])
    created_at: str = Field(examples=["2026-05-17T12:00:00.000Z"])
    expires_at: str = Field(examples=["2026-05-24T12:00:00.000Z"])


class Invitations(BaseModel):
    """A page of invitations, the newest first."""

    items: list[Invitation]
    total: int = Field(examples=[1])
    page: int = Field(examples=[1])
    pages: int = Field(examples=[1])
    next_cursor: str | None = Field(examples=[None])


class NewInvitation(BaseModel):
    """Whom to let in."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"role": "viewer", "note": "Ben", "days": 7}]}
    )

    role: Role
    note: Annotated[str, Field(max_length=NOTE_LIMIT)] = ""
    days: Annotated[int, Field(strict=True, ge=1, le=DAYS_LIMIT, description="So long it can be used.")] = 7


class MadeInvitation(BaseModel):
    """A new invitation. Token and link are shown this once."""

    invitation_id: int = Field(examples=[5])
    role: Role = Field(examples=["viewer"])
    token: str
    link: str = Field(description="The page on which the account is made; the secret is behind the #.")


class WantedInvitations(Listing):
    """Which invitations."""

    state: Literal["open", "used", "expired"] | None = None


_SORT_KEYS: Final[dict[str, Callable[[AccountView], Any]]] = {
    "username": lambda account: account.username,
    "created_at": lambda account: (account.created_at, account.pk),
    # Who never came stands before all others.
    "signed_in_at": lambda account: (stamp(account.signed_in_at) or "", account.pk),
}


def add_routes(app: FastAPI) -> None:
    """Add these routes."""
    app.include_router(router)


@router.get("/users", response_model=Users, responses=NOT_MODIFIED)
@router.head("/users", include_in_schema=False)
async def users(request: Request, wanted: Annotated[WantedUsers, Query()], identity: _Admin) -> Response:
    """The accounts, page by page."""
    known: list[AccountView] = await runtime.current().accounts.list_all(identity)
    found = [account for account in known if _is_wanted(wanted, account)]
    found.sort(key=_SORT_KEYS[wanted.sort.removeprefix("-")], reverse=wanted.sort.startswith("-"))
    return answer_of(request, page_of(found, wanted, lambda one: one.pk, _user, tuple(User.model_fields)))


@router.get("/users/{user_id}", response_model=User, responses=NOT_MODIFIED)
@router.head("/users/{user_id}", include_in_schema=False)
async def user(request: Request, user_id: _Id, identity: _Admin) -> Response:
    """One account."""
    return _answer(request, await runtime.current().accounts.get(identity, user_id))


@router.patch("/users/{user_id}", response_model=User, openapi_extra=IF_MATCH)
async def change_user(request: Request, user_id: _Id, given: UserChange, identity: _Admin) -> Response:
    """Another role, disabled or not. 409 for oneself and for the last administrator. If-Match counts."""
    accounts, expected = runtime.current().accounts, expected_version(request)
    await accounts.change(identity, user_id, role=given.role, is_disabled=given.disabled, expected_version=expected)
    return _answer(request, await accounts.get(identity, user_id))


@router.delete("/users/{user_id}/sessions")
async def end_sessions(user_id: _Id, identity: _Admin) -> EndedSessions:
    """Log somebody out of all browsers."""
    return EndedSessions(ended=await runtime.current().accounts.end_sessions(identity, user_id))


@router.delete("/users/{user_id}/second-factor", status_code=NO_CONTENT)
async def reset_second_factor(user_id: _Id, identity: _Admin) -> None:
    """For who has lost both phone and codes: the password alone lets them in again, and all sessions end."""
    await runtime.current().accounts.reset_second_factor(identity, user_id)


@router.get("/invitations", response_model=Invitations, responses=NOT_MODIFIED)
@router.head("/invitations", include_in_schema=False)
async def invitations(request: Request, wanted: Annotated[WantedInvitations, Query()], identity: _Admin) -> Response:
    """The newest 200 invitations, page by page. The link of the first administrator is not among them."""
    known: list[InvitationView] = await runtime.current().accounts.list_invitations(identity)
    found = [one for one in known if not one.is_setup and wanted.state in (None, one.state)]
    page = page_of(found, wanted, lambda one: one.pk, _invitation, tuple(Invitation.model_fields))
    return answer_of(request, page)


@router.post("/invitations", status_code=CREATED, response_model=MadeInvitation)
async def invite(request: Request, given: NewInvitation, identity: _Admin) -> Response:
    """A link that makes one account."""
    made = await runtime.current().accounts.new_invitation(identity, given.role, given.note, given.days)
    content = {
        "invitation_id": made.pk,
        "role": given.role,
        "token": made.token,
        "link": link_to(request, "/invitation", made.token),
    }
    return shown_once(content, f"/api/invitations/{made.pk}")


@router.get("/invitations/{invitation_id}", response_model=Invitation, responses=NOT_MODIFIED)
@router.head("/invitations/{invitation_id}", include_in_schema=False)
async def invitation(request: Request, invitation_id: _Id, identity: _Admin) -> Response:
    """One of the newest 200 invitations."""
    for one in await runtime.current().accounts.list_invitations(identity):
        if one.pk == invitation_id and not one.is_setup:
            return answer_of(request, _invitation(one))
    raise NotFound(f"there is no invitation {invitation_id}")


@router.delete("/invitations/{invitation_id}", status_code=NO_CONTENT)
async def withdraw(invitation_id: _Id, identity: _Admin) -> None:
    """Make the link of an open invitation worthless."""
    await runtime.current().accounts.withdraw(identity, invitation_id)


def _is_wanted(wanted: WantedUsers, account: AccountView) -> bool:
    return (
        wanted.role in (None, account.role)
        and wanted.disabled in (None, account.is_disabled)
        and wanted.search.casefold() in account.username.casefold()
    )


def _answer(request: Request, account: AccountView) -> Response:
    content = _user(account)
    return answer(request, content, tag_of_version(account.version, content))


def _user(account: AccountView) -> dict[str, Any]:
    return {
        "user_id": account.pk,
        "username": account.username,
        "role": account.role,
        "disabled": account.is_disabled,
        "second_factor": account.has_second_factor,
        "sessions": account.sessions,
        "keys": account.keys,
        "created_at": stamp(account.created_at),
        "signed_in_at": stamp(account.signed_in_at),
    }


def _invitation(one: InvitationView) -> dict[str, Any]:
    return {
        "invitation_id": one.pk,
        "role": one.role,
        "note": one.note,
        "state": one.state,
        "created_by": one.created_by,
        "used_by": one.used_by,
        "created_at": stamp(one.created_at),
        "expires_at": stamp(one.expires_at),
    }
