from __future__ import annotations

from pathlib import Path

import pytest

from api import documents
from api.documents import read_folder, read_text
from evidence.errors import InvalidInput, NotFound, TooLarge


def test_pages_are_read_in_order_with_their_paths(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / ".git").mkdir()
    (tmp_path / "b" / "two.MD").write_bytes("\ufeffZwei: äöü\r\nEnde".encode())
    (tmp_path / "a.md").write_bytes("One".encode("utf-16"))
    (tmp_path / "empty.md").touch()
    (tmp_path / ".git" / "hidden.md").write_text("hidden")
    (tmp_path / "note.txt").write_text("no page")
    (tmp_path / "link.md").symlink_to(tmp_path / "a.md")
    assert read_folder(tmp_path) == {"a.md": "One", "b/two.MD": "Zwei: äöü\nEnde"}


def test_what_is_no_folder_of_pages_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        read_folder(tmp_path / "nowhere")
    with pytest.raises(InvalidInput, match="no Markdown page"):
        read_folder(tmp_path)
    (tmp_path / "a.md").write_text(" \n")
    with pytest.raises(InvalidInput, match="Every page in the folder is empty"):
        read_folder(tmp_path)
    with pytest.raises(InvalidInput, match="a file, not a folder"):
        read_folder(tmp_path / "a.md")


def test_other_encodings_are_refused_with_their_line(tmp_path: Path) -> None:
    page = tmp_path / "a.md"
    page.write_bytes("One\nFünf".encode("latin-1"))
    with pytest.raises(InvalidInput, match="not UTF-8") as refused:
        read_text(page)
    assert refused.value.where == f"{page}:2"
    page.write_bytes(b"PK\0\0zip")
    with pytest.raises(InvalidInput, match="binary"):
        read_text(page)


def test_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.md").write_text("x" * 50)
    (tmp_path / "b.md").write_text("x" * 50)
    monkeypatch.setattr(documents, "MAX_FILES", 1)
    with pytest.raises(TooLarge, match="2 pages"):
        read_folder(tmp_path)
    monkeypatch.setattr(documents, "MAX_FILES", 2)
    monkeypatch.setattr(documents, "MAX_TOTAL_BYTES", 99)
    with pytest.raises(TooLarge, match="together"):
        read_folder(tmp_path)
    monkeypatch.setattr(documents, "MAX_FILE_BYTES", 49)
    with pytest.raises(TooLarge, match="The file has"):
        read_text(tmp_path / "a.md")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="a folder, not a file"):
        read_text(tmp_path)
    with pytest.raises(NotFound):
        read_text(tmp_path / "nowhere.yaml")
