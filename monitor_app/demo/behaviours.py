"""What a demo server answers at a given moment: a pure function of time, so that the board tells the same story."""

from dataclasses import dataclass

from monitor_app.use_cases.demo_catalogue import Behaviour, DemoService

FLAP_SECONDS, FLAP_DOWN_SECONDS = 90.0, 30.0
# Too short to be confirmed as down, most times.
BLINK_SECONDS, BLINK_DOWN_SECONDS = 70.0, 14.0
DEGRADE_SECONDS, DEGRADED_MS = 300.0, 2200.0
SLOW_SWING_SECONDS = 40.0
NEVER_SECONDS = 3600.0
REDIRECT_TO = "/home"


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent, and after how long. `is_dripping` sends the body one byte every half second, for a long time."""

    status: int
    delay_seconds: float
    body: str = "ok\n"
    location: str = ""
    is_dripping: bool = False


def answer_at(service: DemoService, path: str, seconds: float) -> Answer:
    """The answer to a request for `path`, `seconds` after the start."""
    delay = service.answer_ms / 1000
    match service.behaviour:
        case Behaviour.SLOW:
            return Answer(200, delay * (0.8 + 0.4 * _saw(seconds, SLOW_SWING_SECONDS)))
        case Behaviour.DEGRADING:
            return Answer(200, delay + DEGRADED_MS / 1000 * _saw(seconds, DEGRADE_SECONDS) ** 2)
        case Behaviour.FLAPPING if seconds % FLAP_SECONDS >= FLAP_SECONDS - FLAP_DOWN_SECONDS:
            return Answer(503, delay, "restarting\n")
        case Behaviour.BLINKING if seconds % BLINK_SECONDS >= BLINK_SECONDS - BLINK_DOWN_SECONDS:
            return Answer(503, delay, "busy\n")
        case Behaviour.UNAVAILABLE:
            return Answer(503, delay, "upstream is not ready\n")
        case Behaviour.BROKEN:
            return Answer(500, delay, "out of paper\n")
        case Behaviour.MISSING:
            return Answer(404, delay, "gone to /v2/profile\n")
        case Behaviour.REDIRECTING if path != REDIRECT_TO:
            return Answer(302, delay, "", REDIRECT_TO)
        case Behaviour.DRIPPING:
            return Answer(200, delay, is_dripping=True)
        case Behaviour.SILENT:
            return Answer(200, NEVER_SECONDS)
    return Answer(200, delay)


def _saw(seconds: float, period: float) -> float:
    """From 0 to 1 within `period`, then from 0 again."""
    return seconds % period / period
