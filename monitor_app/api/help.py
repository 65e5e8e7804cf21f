"""`/api/help/images`: the pictures on the pages of help."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, FastAPI, Path, Request, Response

from monitor_app.api.access import requires
from monitor_app.api.answers import PRIVATE, is_known, tag_of_content
from monitor_app.api.described import NOT_MODIFIED, PROBLEMS
from monitor_app.errors import NotFound
from monitor_app.security.permissions import BOARD_READ, Identity
from monitor_app.use_cases.handbook import handbook

TYPE: Final = "image/png"
router = APIRouter(prefix="/help", tags=["help"], responses=PROBLEMS)
_Reader = Annotated[Identity, requires(BOARD_READ)]
_Name = Annotated[str, Path(max_length=100, examples=["board.png"])]
_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "The picture.", "content": {TYPE: {"schema": {"type": "string", "format": "binary"}}}},
    **NOT_MODIFIED,
}


def add_routes(app: FastAPI) -> None:
    """Add these routes."""
    app.include_router(router)


@router.get("/images/{name}", response_class=Response, responses=_ANSWERS)
def image(name: _Name, request: Request, identity: _Reader) -> Response:
    """A picture of the documentation."""
    content = handbook().image(name)
    if content is None:
        raise NotFound("there is no such picture")
    tag = tag_of_content(content)
    headers = {"ETag": tag, "Cache-Control": PRIVATE}
    if is_known(request, tag):
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type=TYPE)
