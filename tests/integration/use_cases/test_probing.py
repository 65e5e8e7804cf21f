"""Probes run for people without anything being saved, bounded in number and time."""

import asyncio

import pytest

from monitor_app.domain.status import Status
from monitor_app.errors import Busy, InvalidInput, PermissionDenied
from monitor_app.log import check_id
from monitor_app.security.permissions import VIEWER, Identity
from monitor_app.use_cases import probing as module
from monitor_app.use_cases.probing import Probing


async def test_probe_runs_with_the_values_of_a_form(probing, admin) -> None:
    result = await probing.test(admin, "parcel", {"name": "box", "weight": "", "stamps": ""})
    assert (result.status, result.message, result.phases) == (Status.OK, "box arrived", {"total": 1.0})
    assert check_id.get() == ""


async def test_wrong_fields_are_told_and_nothing_runs(probing, admin, counter) -> None:
    with pytest.raises(InvalidInput) as caught:
        await probing.test(admin, "parcel", {"weight": "12", "name": ""})
    assert set(caught.value.fields) == {"weight", "name"}
    assert counter.total == 0


@pytest.mark.parametrize("values", [None, "x", 7, ["name"]])
async def test_payload_that_is_no_object_is_refused(probing, admin, values: object) -> None:
    with pytest.raises(InvalidInput):
        await probing.test(admin, "parcel", values)


@pytest.mark.parametrize("kind", ["smoke", "", None, 3, ["parcel"]])
async def test_unknown_kind_is_refused(probing, admin, kind: object) -> None:
    with pytest.raises(InvalidInput) as caught:
        await probing.test(admin, kind, {"name": "box"})
    assert "kind" in caught.value.fields


async def test_probe_that_overruns_its_deadline_is_cut_off(probing, admin, monkeypatch) -> None:
    monkeypatch.setattr(module, "GRACE_SECONDS", 0.05)
    result = await probing.test(admin, "parcel", {"name": "stuck", "deadline_seconds": 0.1})
    assert result.status is Status.UNKNOWN, "a probe that does not end tells nothing of the target"
    assert result.message == "the check did not end within 0.15 s and was cut off"


async def test_bug_of_a_probe_says_nothing_of_the_target_and_is_logged(probing, admin, caplog) -> None:
    result = await probing.test(admin, "parcel", {"name": "cursed"})
    assert result.status is Status.UNKNOWN
    assert "a probe broke" in caplog.text


async def test_no_more_run_at_once_than_allowed(counter, registry, admin) -> None:
    probing = Probing(counter, registry, at_once=3)
    await asyncio.gather(*(probing.test(admin, "parcel", {"name": str(number)}) for number in range(30)))
    assert (counter.most, counter.total, counter.running) == (3, 30, 0)


async def test_nobody_waits_behind_too_many(counter, registry, admin, monkeypatch) -> None:
    monkeypatch.setattr(module, "TESTS_LIMIT", 5)
    probing = Probing(counter, registry, at_once=2)
    tests = [probing.test(admin, "parcel", {"name": str(number)}) for number in range(8)]
    found = await asyncio.gather(*tests, return_exceptions=True)
    assert [isinstance(one, Busy) for one in found] == [False] * 5 + [True] * 3
    await probing.test(admin, "parcel", {"name": "later"})


async def test_probing_needs_the_permission(probing) -> None:
    with pytest.raises(PermissionDenied):
        await probing.test(Identity.of_role("vic", VIEWER), "parcel", {"name": "box"})
