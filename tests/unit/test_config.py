"""Where data lives."""

import stat
import sys
from pathlib import Path

import pytest

from desktop_inbox.config import Config
from desktop_inbox.errors import InvalidInputError, StoreError


def _load(home: Path, profile: str | None = None, **more: object) -> Config:
    return Config.load(profile, environment={"DESKTOP_INBOX_HOME": str(home)}, **more)  # type: ignore[arg-type]


def test_profiles_do_not_share_a_folder(tmp_path: Path) -> None:
    folders = {_load(tmp_path).data_dir, _load(tmp_path, "second").data_dir, _load(tmp_path, demo=True).data_dir}
    assert len(folders) == 3
    assert all(folder.is_relative_to(tmp_path) for folder in folders)


def test_without_a_home_the_platform_decides() -> None:
    assert Config.load(environment={}).data_dir.is_absolute()


@pytest.mark.parametrize("name", ["../up", "a/b", "", ".hidden", "ends.", "nul", "COM1.txt", "x" * 41, "a b"])
def test_a_profile_is_a_plain_folder_name(tmp_path: Path, name: str) -> None:
    if name == "":
        assert _load(tmp_path, name).profile == "default"
        return
    with pytest.raises(InvalidInputError, match="profile"):
        _load(tmp_path, name)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps rights in the folder above")
def test_folders_are_for_their_owner_only(tmp_path: Path) -> None:
    config = _load(tmp_path)
    config.data_dir.mkdir(parents=True, mode=0o755)
    config.prepare()
    config.prepare()
    for folder in (config.data_dir, config.attachments_dir, config.outbox_dir, config.backups_dir, config.logs_dir):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "profiles").write_text("a file in the way")
    with pytest.raises(StoreError, match="cannot be made") as refused:
        _load(tmp_path).prepare()
    assert refused.value.hint


def test_a_team_names_its_server_in_the_file(tmp_path: Path) -> None:
    config = _load(tmp_path)
    config.prepare()
    (config.data_dir / "config.toml").write_text('database = "postgresql://anna@inbox.example/office"\n')
    team = _load(tmp_path)
    assert team.is_team
    assert team.database_url == "postgresql://anna@inbox.example/office"
    assert "inbox.example" not in repr(team)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        pytest.param('database = "postgresql://anna:secret@host/office"', "config.password", id="password"),
        pytest.param('database = "mysql://host/office"', "config.database", id="another database"),
        pytest.param("database = 3", "config.file", id="not a text"),
        pytest.param("database = ", "config.file", id="not TOML"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_without_its_secret(tmp_path: Path, text: str, code: str) -> None:
    config = _load(tmp_path)
    config.prepare()
    (config.data_dir / "config.toml").write_text(text)
    with pytest.raises(InvalidInputError) as refused:
        _load(tmp_path)
    assert refused.value.code == code
    assert "secret" not in f"{refused.value.message} {refused.value.hint}"
