"""Quiet hours: everybody says for themselves when they are not to be told of what can wait."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from monitor_app.domain.alerting.quiet import QuietHours, parse_spans, spans_document
from monitor_app.domain.alerting.severity import given_severity
from monitor_app.domain.alerting.wall_clock import given_zone
from monitor_app.errors import InvalidInput, PermissionDenied
from monitor_app.security.permissions import PROFILE_MANAGE, Identity
from monitor_app.storage import on_call as table
from monitor_app.storage.database import Database
from monitor_app.use_cases.auditing import record
from monitor_app.use_cases.services import Clock

FIELDS: Final = ("time_zone", "spans", "passes")


class QuietHoursUseCases:
    """One's own."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def get(self, identity: Identity) -> QuietHours | None:
        """None: told at any time."""
        pk = _own(identity)
        async with self._database.read() as conn:
            return (await table.load_quiet_hours(conn)).get(pk)

    async def put(self, identity: Identity, values: Mapping[str, Any]) -> QuietHours | None:
        """Keep these instead; without any span there are none.

        Raises InvalidInput with a message for each wrong field.
        """
        pk, now = _own(identity), self._clock.now()
        quiet = _given(values)
        columns = {
            "time_zone": quiet.zone.key,
            "spans": spans_document(quiet.spans),
            "passes": quiet.passes,
            "updated_at": now,
        }
        async with self._database.write() as conn:
            before = (await table.load_quiet_hours(conn)).get(pk)
            await table.put_quiet_hours(conn, pk, columns if quiet.spans else None)
            await record(
                conn,
                identity,
                "quiet_hours.update",
                at=now,
                target_type="account",
                target=identity.name,
                before=_document(before),
                after=_document(quiet if quiet.spans else None),
            )
        return quiet if quiet.spans else None


def _own(identity: Identity) -> int:
    identity.require(PROFILE_MANAGE)
    if identity.account_pk is None:
        raise PermissionDenied("only who has an account has quiet hours")
    return identity.account_pk


def _given(values: Mapping[str, Any]) -> QuietHours:
    wrong: dict[str, str] = {}
    found: dict[str, Any] = {}
    if strange := [name for name in values if name not in FIELDS]:
        wrong[strange[0]] = f"is not known: quiet hours have {', '.join(FIELDS)}"
    checks: dict[str, Callable[[], Any]] = {
        "zone": lambda: given_zone("time_zone", values.get("time_zone", "UTC")),
        "spans": lambda: parse_spans(values.get("spans")),
        "passes": lambda: given_severity("passes", values.get("passes", "critical")),
    }
    for name, check in checks.items():
        try:
            found[name] = check()
        except InvalidInput as err:
            wrong |= err.fields
    if wrong:
        raise InvalidInput(wrong)
    return QuietHours(**found)


def _document(quiet: QuietHours | None) -> dict[str, Any] | None:
    if quiet is None:
        return None
    return {"time_zone": quiet.zone.key, "spans": spans_document(quiet.spans), "passes": quiet.passes}
