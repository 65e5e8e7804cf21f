"""What a result makes of a service's state."""

from monitor_app.domain.result import CheckResult
from monitor_app.domain.state import ServiceState


def next_state(previous: ServiceState | None, result: CheckResult, result_id: int) -> ServiceState:
    """The status follows the result; `since` stays while the status does."""
    is_same = previous is not None and previous.status is result.status
    return ServiceState(
        service_pk=result.service_pk,
        status=result.status,
        since=previous.since if previous is not None and is_same else result.checked_at,
        checked_at=result.checked_at,
        response_ms=result.response_ms,
        message=result.message,
        result_id=result_id,
    )
