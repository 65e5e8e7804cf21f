"""`/api/second-factor`: one's own, such as an app that shows codes. What is secret is shown once."""

from typing import Annotated

from fastapi import APIRouter, FastAPI
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from monitor_app.api.access import requires
from monitor_app.security.permissions import PROFILE_MANAGE, Identity
from monitor_app.state import runtime

TEXT_LIMIT, NO_CONTENT = 1000, 204

router = APIRouter(prefix="/second-factor", tags=["second factor"])
_Owner = Annotated[Identity, requires(PROFILE_MANAGE)]
_Text = Annotated[str, Field(max_length=TEXT_LIMIT)]


class _Input(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)


class Confirmation(_Input):
    """The secret that was offered, and a code that belongs to it."""

    secret: _Text
    code: _Text


class Password(_Input):
    """One's own, asked for again."""

    password: _Text


class Offer(BaseModel):
    """What an app is told. Nothing is stored yet."""

    secret: str
    uri: str = Field(description="The same as a link that apps understand (otpauth).")
    qr: str = Field(description="The link as a picture, a data URI.")


class RecoveryCodes(BaseModel):
    """Each is good once in place of a code; they are shown this once."""

    recovery_codes: list[str]


def add_routes(app: FastAPI) -> None:
    """Add these routes."""
    app.include_router(router)


@router.post("/offer")
async def offer(response: Response, identity: _Owner) -> Offer:
    """A fresh secret to be confirmed. 409 when there is a second factor already."""
    response.headers["Cache-Control"] = "no-store"
    found = await runtime.current().profile.begin_second_factor(identity)
    return Offer(secret=found.secret, uri=found.uri, qr=found.qr)


@router.post("")
async def confirm(body: Confirmation, response: Response, identity: _Owner) -> RecoveryCodes:
    """Log-in asks for a code from now on."""
    response.headers["Cache-Control"] = "no-store"
    codes = await runtime.current().profile.confirm_second_factor(identity, body.secret, body.code)
    return RecoveryCodes(recovery_codes=codes)


@router.post("/recovery-codes")
async def renew(body: Password, response: Response, identity: _Owner) -> RecoveryCodes:
    """New recovery codes in place of all old ones."""
    response.headers["Cache-Control"] = "no-store"
    return RecoveryCodes(recovery_codes=await runtime.current().profile.new_recovery_codes(identity, body.password))


@router.post("/removal", status_code=NO_CONTENT)
async def remove(body: Password, identity: _Owner) -> None:
    """Log-in takes the password alone from now on."""
    await runtime.current().profile.drop_second_factor(identity, body.password)
