"""The `counter` table: numbers that only grow, raised inside the transaction whose order they tell."""

from sqlalchemy import BigInteger
from sqlmodel import Field

from monitor_app.models.base import Table

SERVICE_REVISION = "service"
ENGINE_EPOCH = "engine_epoch"
RESULT_ID = "result"
FOLDED = "folded"
MERGE_CUT = "merge_cut"
MERGE_SERVICE = "merge_service"
HEARTBEATS_GIVEN = "heartbeat_given"
HEARTBEATS_DONE = "heartbeat"
OFFLINE_SINCE = "offline_since"
ACCESS_REVISION = "access"
AUDIT_ID = "audit"
RELATION_REVISION = "relation"
ALERTING_REVISION = "alerting"
ALERTING_RULES = "alerting_rules"
SOURCE_REVISION = "source"
MEASURED_SINCE = "measured_since"


class Counter(Table, table=True):
    """`service` grows with each change of the service table, `engine_epoch` with each new scheduler. `relation` grows
    with each change of the relation table, beside `service`.

    `result` is a bound for the ids that were ever given, so that none is used twice. On SQLite it is raised only where
    the rows of `check_result` do not tell it (storage/history/ids.py). Raising a counter locks its row, so the order of
    the numbers is the order of the commits.

    `folded`: results up to this id are merged (storage/merge.py). `merge_cut` and `merge_service` tell of the pass that
    is under way: of the services up to that pk, results up to that id are merged, too.

    `heartbeat_given` is the highest id of a heartbeat, `heartbeat` the one up to which they have become results.
    `access` grows with every change of who may do what: accounts, sessions, keys, settings. `audit` is the id of the
    last line of the audit log. `source` grows with each change of a connection to another system, or of how it is.

    `alerting` grows with each change of alerts, incidents and notifications; `alerting_rules` with each change of what
    alerting goes by: rules, channels, policies, schedules, windows, silences, and what people do with alerts.

    `offline_since` does not grow: since when (ms since 1970) the monitor's own network is away, 0 when it is there.
    Nor does `measured_since`: what was checked since then (s since 1970) is in the measures; 0 when all of it is. Nor
    do those that begin with `jobs_`: how many checks there are (storage/check_queue.py).
    """

    __tablename__ = "counter"

    name: str = Field(primary_key=True, max_length=40)
    value: int = Field(sa_type=BigInteger)
