"""The `setting` table: a row for each that differs from its default or once did."""

from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from monitor_app.domain.alerting.delivery import AlertingSettings
from monitor_app.domain.security_settings import SecuritySettings
from monitor_app.errors import InvalidInput
from monitor_app.models import SettingRow

settings = SettingRow.__table__  # type: ignore[attr-defined]

_PREFIX = "security."
_ALERTING = "alerting."


async def load_security_settings(conn: AsyncConnection) -> SecuritySettings:
    """As they are stored; what is missing, or no longer understood, has its default."""
    rows = await conn.execute(
        select(settings.c.name, settings.c.value).where(settings.c.name.startswith(_PREFIX, autoescape=True))
    )
    loaded = SecuritySettings()
    for name, value in rows:
        try:
            loaded = loaded.changed({name.removeprefix(_PREFIX): value})
        except InvalidInput:  # another version's
            continue
    return loaded


async def save_security_settings(
    conn: AsyncConnection, before: SecuritySettings, after: SecuritySettings, who: str, at: datetime
) -> None:
    """Write those that differ. To be called after the counter `access` was raised."""
    old = before.to_dict()
    for name, value in after.to_dict().items():
        if value == old[name]:
            continue
        await save_setting(conn, _PREFIX + name, value, who, at)


async def load_alerting_settings(conn: AsyncConnection) -> AlertingSettings:
    """As they are stored; what is missing, or no longer understood, has its default."""
    rows = await conn.execute(
        select(settings.c.name, settings.c.value).where(settings.c.name.startswith(_ALERTING, autoescape=True))
    )
    loaded = AlertingSettings()
    for name, value in rows:
        try:
            loaded = loaded.changed({name.removeprefix(_ALERTING): value})
        except InvalidInput:  # another version's
            continue
    return loaded


async def save_alerting_settings(
    conn: AsyncConnection, before: AlertingSettings, after: AlertingSettings, who: str, at: datetime
) -> None:
    """Write those that differ. To be called after the counter `alerting_rules` was raised."""
    old = before.to_dict()
    for name, value in after.to_dict().items():
        if value != old[name]:
            await save_setting(conn, _ALERTING + name, value, who, at)


async def load_setting(conn: AsyncConnection, name: str) -> Any:
    """The value of any setting; None when there is none."""
    return (await conn.execute(select(settings.c.value).where(settings.c.name == name))).scalar_one_or_none()


async def save_setting(conn: AsyncConnection, name: str, value: Any, who: str, at: datetime) -> None:
    """Write one, in a transaction of `Database.write()`."""
    row = {"value": value, "updated_at": at, "updated_by": who}
    if not (await conn.execute(update(settings).where(settings.c.name == name).values(**row))).rowcount:
        await conn.execute(insert(settings).values(name=name, **row))
