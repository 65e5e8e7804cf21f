"""When a silence silences."""

from datetime import UTC, datetime, timedelta

from monitor_app.domain.alerting.scope import EVERYTHING
from monitor_app.domain.alerting.silence import Silence

NOON = datetime(2026, 5, 17, 12, tzinfo=UTC)


def test_silence_lasts_from_its_begin_until_before_its_end():
    silence = Silence(1, EVERYTHING, None, NOON, NOON + timedelta(hours=2), "ada", "a new disk")
    moments = (-1, 0, 7199, 7200)
    assert [silence.is_active(NOON + timedelta(seconds=each)) for each in moments] == [False, True, True, False]
    assert silence.words == "silenced by ada until 2026-05-17 14:00 UTC: a new disk"
    assert Silence(1, EVERYTHING, None, NOON, NOON, "", "").words == "silenced until 2026-05-17 12:00 UTC"
