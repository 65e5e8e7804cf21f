"""Secrets that are typed into the form of a service go nowhere else, and sealed ones of others are not opened in it."""

import json
from dataclasses import replace

import pytest

from monitor_app.errors import InvalidInput
from monitor_app.plugins.registry import KindRegistry
from monitor_app.plugins.sealing import SEALED
from monitor_app.security.vault import Vault, new_key
from monitor_app.state import runtime
from monitor_app.state.services import ServiceDialog
from monitor_app.use_cases.drafts import DraftUseCases
from monitor_app.use_cases.service_input import parse_config
from tests.integration.screen.conftest import Screen
from tests.integration.screen.test_form_drafts import saved, shown

SECRET = "hush-hush-7"
ELSEWHERE = "http://elsewhere.test:8080/x"


@pytest.fixture
def vault(screen: Screen) -> Vault:
    """The server has a key for secrets."""
    made = Vault([new_key()])
    registry = KindRegistry(sealer=made)
    drafts = DraftUseCases(screen.running.drafts._database, registry, screen.running.drafts._clock)
    runtime.install(replace(screen.running, registry=registry, drafts=drafts))
    return made


async def test_pasting_another_server_does_not_take_the_typed_secret_there(screen: Screen, vault: Vault) -> None:
    await screen.send(ServiceDialog.open_new)
    typed = shown(screen) | {"config.url": "http://127.0.0.1:1/", "config.auth": "basic", "config.username": "ann"}
    typed |= {"config.password": SECRET, "config.headers": f"X-Token: {SECRET}"}
    await screen.send(ServiceDialog.keep, form=typed, number=1)
    await screen.send(ServiceDialog.understand, text=ELSEWHERE, form=typed)
    assert shown(screen)["config.url"] == ELSEWHERE
    await screen.send(ServiceDialog.save, form=shown(screen) | {"label": "Taken"})
    service = await saved(screen, "taken")
    assert service is None or SECRET not in json.dumps(dict(service.status_config))
    assert SECRET not in json.dumps(screen.vars, default=str)


@pytest.mark.parametrize("place", ["document", "lines", "field"])
async def test_sealed_secret_of_another_service_is_not_opened(screen: Screen, vault: Vault, place: str) -> None:
    token = {SEALED: vault.seal(json.dumps(SECRET))}
    await screen.send(ServiceDialog.open_new)
    await screen.send(ServiceDialog.show_view, view="json", form=shown(screen))
    document = json.dumps({"kind": "http", "status_config": {"url": "http://127.0.0.1:1/", "headers": token}})
    form = (
        {"form.document": document}
        if place == "document"
        else shown(screen) | {"config.headers": token if place == "field" else f"{SEALED}: {token[SEALED]}"}
    )
    await screen.send(ServiceDialog.keep, form=form, number=1)
    await screen.send(ServiceDialog.show_view, view="form", form=form)
    await screen.send(ServiceDialog.understand, text=ELSEWHERE, form=form)
    await screen.send(ServiceDialog.choose_kind, kind="tcp", form=form)
    await screen.send(ServiceDialog.choose_kind, kind="http", form={})
    assert SECRET not in json.dumps([screen.vars, screen.seen], default=str)


def test_sealed_secret_is_not_opened_out_of_lines_either() -> None:
    vault = Vault([new_key()])
    lines = f"{SEALED}: {vault.seal(json.dumps({'X-Token': SECRET}))}"
    with pytest.raises(InvalidInput, match="must not hold the name"):
        parse_config(KindRegistry(sealer=vault), "http", {"url": ELSEWHERE, "headers": lines})
