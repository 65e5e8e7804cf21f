"""States for made-up results: the status is the last result's, nothing is confirmed, nothing is remembered."""

from monitor_app.domain.result import CheckResult
from monitor_app.domain.state import ServiceState


def state_after(before: ServiceState | None, result: CheckResult, result_id: int) -> ServiceState:
    """The state of a service after a result; `since` stays while the status does."""
    is_same = before is not None and before.status is result.status
    return ServiceState(
        service_pk=result.service_pk,
        status=result.status,
        since=before.since if before is not None and is_same else result.checked_at,
        checked_at=result.checked_at,
        response_ms=result.response_ms,
        message=result.message,
        result_id=result_id,
    )
