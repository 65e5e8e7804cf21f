"""What queries over a time take: since and until, and cursors that go back in it."""

import base64
import binascii
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from monitor_app.api.listing import LIMIT, LIMIT_MAX
from monitor_app.errors import InvalidInput
from monitor_app.models.types import from_millis, to_millis
from monitor_app.storage.history import Place

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
NUMBER_LIMIT = 2**63
SPAN_LIMIT = timedelta(days=400)


def _in_range(moment: datetime) -> datetime:
    if not EARLIEST <= moment <= LATEST:
        raise ValueError("must be between 1970 and 2200")
    return moment.astimezone(UTC)


Moment = Annotated[AwareDatetime, AfterValidator(_in_range)]


class Span(BaseModel):
    """A time: `since` is in it, `until` is not. Times have a zone, such as 2026-05-17T12:00:00Z."""

    model_config = ConfigDict(extra="forbid")

    since: Moment | None = Field(None, description="From when on.", examples=["2026-05-16T12:00:00Z"])
    until: Moment | None = Field(None, description="Until when; now, if it is left out.")

    def ends(self, now: datetime, by_itself: timedelta, limit: timedelta | None = None) -> tuple[datetime, datetime]:
        """Since and until; without `since` the span is so long `by_itself`. Nothing after `now` is in it.

        Raises InvalidInput for one that is empty or longer than `limit`.
        """
        until = min(self.until or now, now)
        since = self.since or until - by_itself
        if since >= until:
            raise InvalidInput({"since": "must be before until, and not in the future"})
        if limit is not None and until - since > limit:
            raise InvalidInput({"since": f"must be at most {limit.days} days before until"})
        return since, until


class Backwards(Span):
    """A page of what happened in a time, the newest first. `cursor` is the `next_cursor` of the page before.

    `fields` are the names of the fields that each item shall have, with commas between; empty: all.
    """

    limit: Annotated[int, Field(ge=1, le=LIMIT_MAX)] = LIMIT
    cursor: Annotated[str, Field(max_length=60)] = ""
    fields: Annotated[str, Field(max_length=1000)] = ""

    @property
    def bounds(self) -> tuple[datetime, datetime]:
        """Since and until; without them all there is. Raises InvalidInput when nothing lies between them."""
        since, until = self.since or EARLIEST, self.until or LATEST
        if since >= until:
            raise InvalidInput({"since": "must be before until"})
        return since, until

    @property
    def place(self) -> Place | None:
        """Where the page before ended. Raises InvalidInput for a cursor that was never given."""
        if not self.cursor:
            return None
        try:
            text = base64.urlsafe_b64decode(self.cursor + "=" * (-len(self.cursor) % 4)).decode("ascii")
            millis, number = (int(part) for part in text.split("."))
            if not 0 <= number < NUMBER_LIMIT:
                raise ValueError(number)
            return Place(_in_range(from_millis(millis)), number)
        except (binascii.Error, ValueError, OverflowError, OSError) as err:
            raise InvalidInput({"cursor": "must be the next_cursor of an answer before"}) from err


def cursor_of(at: datetime, number: int) -> str:
    """The cursor behind what has this time and id."""
    return base64.urlsafe_b64encode(f"{to_millis(at)}.{number}".encode()).decode().rstrip("=")
