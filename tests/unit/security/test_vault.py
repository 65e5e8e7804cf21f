"""What is sealed is read again with the key alone, and a running process learns of a new one."""

import os
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from monitor_app.errors import SecretUnreadable, SettingsError
from monitor_app.security.vault import KeyFile, Vault, new_key, open_vault
from monitor_app.settings import load_settings

SECRET = "correct horse battery stäple"


@pytest.fixture
def file(tmp_path: Path) -> KeyFile:
    made = KeyFile(tmp_path / "data" / "secret.key")
    assert made.make()
    return made


def test_what_is_sealed_is_read_again_and_shows_nothing() -> None:
    vault = Vault([new_key()])
    token = vault.seal(SECRET)
    assert SECRET not in token
    assert token != vault.seal(SECRET)
    assert vault.unseal(token) == SECRET


def test_digest_is_known_again_with_any_of_the_keys_and_with_no_other() -> None:
    old, new = new_key(), new_key()
    [before] = Vault([old]).digests(b"request")
    assert Vault([new, old]).digests(b"request")[1] == before
    assert before not in Vault([new]).digests(b"request")
    assert before not in Vault([old]).digests(b"another")
    assert len(Vault([]).digests(b"request")) == 1


@pytest.mark.parametrize("token", ["", "nonsense", "gAAAAA==", "gAAAA\u2028é"])
def test_what_was_never_sealed_is_told(token: str) -> None:
    with pytest.raises(SecretUnreadable, match="the key in SECRET_KEY is not the one it was sealed with"):
        Vault([new_key()]).unseal(token)


def test_another_key_reads_nothing(file: KeyFile) -> None:
    token = Vault([new_key()]).seal(SECRET)
    with pytest.raises(SecretUnreadable, match=r"its secret cannot be read: the key in secret\.key is not") as caught:
        Vault(file=file).unseal(token)
    assert str(file.path.parent) not in str(caught.value)


def test_without_a_key_nothing_is_sealed_or_read(tmp_path: Path) -> None:
    vault = Vault(file=KeyFile(tmp_path / "secret.key"))
    with pytest.raises(SecretUnreadable, match=r"there is no key in secret\.key"):
        vault.seal(SECRET)
    with pytest.raises(SecretUnreadable):
        vault.unseal("token")
    assert not vault.is_sealed_newest("token")


def test_first_of_several_keys_seals_and_all_read() -> None:
    old, new = new_key(), new_key()
    token = Vault([old]).seal(SECRET)
    vault = Vault([new, old])
    assert vault.unseal(token) == SECRET
    assert not vault.is_sealed_newest(token)
    again = vault.resealed(token)
    assert vault.is_sealed_newest(again)
    assert vault.resealed(again) == again
    assert Vault([new]).unseal(again) == SECRET


def test_key_file_is_for_its_owner_alone(file: KeyFile) -> None:
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    [key] = file.keys()
    assert Vault([key]).unseal(Vault(file=file).seal(SECRET)) == SECRET
    assert not file.make()
    assert file.keys() == [key]


def test_key_file_is_made_once_by_many_at_once(tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    with ThreadPoolExecutor(20) as threads:
        made = list(threads.map(lambda _: KeyFile(path).make(), range(40)))
    assert made.count(True) == 1
    assert len(KeyFile(path).keys()) == 1
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["secret.key", "secret.key.lock"]


def test_key_file_that_another_process_made_meanwhile_stays(tmp_path: Path) -> None:
    path = tmp_path / "secret.key"

    class Late(KeyFile):
        """Between its look for the file and its turn, another one has made it."""

        @contextmanager
        def locked(self) -> Iterator[None]:
            assert KeyFile(path).make()
            with super().locked():
                yield

    assert not Late(path).make()
    assert len(KeyFile(path).keys()) == 1


def test_running_process_learns_of_another_key(file: KeyFile) -> None:
    running, old = Vault(file=file), file.keys()
    before = running.seal(SECRET)
    new = new_key()
    file.replace([new, *old])
    token = Vault([new]).seal("sealed by another process")
    assert running.unseal(token) == "sealed by another process"
    assert running.is_sealed_newest(token)
    file.replace([new])
    assert Vault([new]).unseal(running.seal(SECRET)) == SECRET
    assert running.unseal(before) == SECRET, "there may be older tokens in its memory"


def test_first_key_is_looked_up_before_each_sealing(file: KeyFile) -> None:
    running, new = Vault(file=file), new_key()
    file.replace([new, *file.keys()])
    assert Vault([new]).unseal(running.seal(SECRET)) == SECRET


def test_key_that_appears_later_is_found(tmp_path: Path) -> None:
    vault, file = Vault(file=KeyFile(tmp_path / "secret.key")), KeyFile(tmp_path / "secret.key")
    file.make()
    assert vault.unseal(vault.seal(SECRET)) == SECRET


def test_replaced_file_keeps_its_mode(file: KeyFile) -> None:
    file.path.chmod(0o640)
    file.replace([new_key()])
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o640


def test_failed_replacement_leaves_the_old_keys(file: KeyFile, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = file.keys()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SettingsError, match=r"SECRET_KEY_FILE: cannot be written: .*no space left on device"):
        file.replace([new_key()])
    assert file.keys() == keys
    assert sorted(entry.name for entry in file.path.parent.iterdir()) == ["secret.key", "secret.key.lock"]


def test_key_that_is_none_is_told_without_it(file: KeyFile) -> None:
    file.path.write_text("hunter2\n")
    with pytest.raises(SettingsError, match=r"secret\.key holds what is no key: must be one key") as caught:
        Vault(file=file)
    assert "hunter2" not in str(caught.value)


def test_folder_in_place_of_the_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "secret.key").mkdir()
    with pytest.raises(SettingsError, match="SECRET_KEY_FILE: cannot be read"):
        Vault(file=KeyFile(tmp_path / "secret.key"))


def test_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(SettingsError, match="SECRET_KEY_FILE: cannot be made"):
        KeyFile(tmp_path / "data" / "secret.key").make()


def test_key_file_is_made_beside_the_database(tmp_path: Path) -> None:
    settings = load_settings(sqlite_db_path=tmp_path / "lightbulb.db")
    assert not (tmp_path / "secret.key").exists()
    with pytest.raises(SecretUnreadable):
        open_vault(settings, create=False).seal(SECRET)
    token = open_vault(settings).seal(SECRET)
    assert (tmp_path / "secret.key").exists()
    assert open_vault(settings, create=False).unseal(token) == SECRET


def test_key_of_the_environment_needs_no_file(tmp_path: Path) -> None:
    keys = [new_key(), new_key()]
    settings = load_settings(sqlite_db_path=tmp_path / "lightbulb.db", secret_key=", ".join(keys))
    token = open_vault(settings).seal(SECRET)
    assert Vault(keys[:1]).unseal(token) == SECRET
    assert not os.listdir(tmp_path)
