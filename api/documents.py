"""Documents from disk: a folder of Markdown pages, or one text file, read within limits and with clear refusals."""

from __future__ import annotations

import codecs
from pathlib import Path

from evidence.errors import InvalidInput, NotFound, TooLarge

MAX_FILES = 500
MAX_FILE_BYTES = 1_000_000
MAX_TOTAL_BYTES = 8_000_000
ENDINGS = (".md", ".markdown")

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def read_folder(folder: Path) -> dict[str, str]:
    """Read every Markdown page below a folder; hidden folders and links are left out.

    Returns:
        Text by path below the folder, with ``/`` between its parts, in order of the paths. Line ends are ``\\n``.

    Raises:
        NotFound: there is no such folder.
        InvalidInput: it is no folder, holds no page with text, or a page is not UTF-8 (or UTF-16 with its mark).
        TooLarge: too many pages, or too much text.
    """
    if not folder.exists():
        raise NotFound("There is no such folder.", where=str(folder), todo="Check the path.")
    if not folder.is_dir():
        raise InvalidInput("This is a file, not a folder.", where=str(folder), todo="Name the folder it stands in.")
    files = [path for path in sorted(folder.rglob("*")) if _is_page(path, folder)]
    if not files:
        raise InvalidInput(
            "The folder holds no Markdown page.", where=str(folder), todo=f"Put files in it that end in {ENDINGS[0]}."
        )
    if len(files) > MAX_FILES:
        raise TooLarge(
            f"The folder holds {len(files)} pages; at most {MAX_FILES} are read at once.",
            where=str(folder),
            todo="Choose the pages that state the strategy.",
        )
    total = sum(path.stat().st_size for path in files)
    if total > MAX_TOTAL_BYTES:
        raise TooLarge(
            f"The pages together have {total // 1000:,} kB; at most {MAX_TOTAL_BYTES // 1000:,} kB are read at once.",
            where=str(folder),
            todo="Choose the pages that state the strategy.",
        )
    pages = {path.relative_to(folder).as_posix(): read_text(path) for path in files}
    if not any(text.strip() for text in pages.values()):
        raise InvalidInput("Every page in the folder is empty.", where=str(folder), todo="Choose another folder.")
    return {name: text for name, text in pages.items() if text.strip()}


def read_text(path: Path) -> str:
    """Read one text file: UTF-8, with or without mark, or UTF-16 with its mark.

    Raises:
        NotFound: there is no such file.
        InvalidInput: it is a folder, cannot be opened, or is not text in these encodings.
        TooLarge: it is over the limit.
    """
    where = str(path)
    try:
        if path.is_dir():
            raise InvalidInput("This is a folder, not a file.", where=where, todo="Name a file.")
        if path.stat().st_size > MAX_FILE_BYTES:
            raise TooLarge(
                f"The file has {path.stat().st_size // 1000:,} kB; at most {MAX_FILE_BYTES // 1000:,} kB are read.",
                where=where,
                todo="Split it, or leave out what is not needed.",
            )
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise NotFound("There is no such file.", where=where, todo="Check the path.") from error
    except OSError as error:
        raise InvalidInput(
            f"The file cannot be opened: {error.strerror}.", where=where, todo="Check its permissions."
        ) from error
    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InvalidInput(
            "The file is not UTF-8 text.", where=f"{where}:{line}", todo="Save it as UTF-8 and read it again."
        ) from error
    if "\0" in text:
        raise InvalidInput("The file is binary, not text.", where=where, todo="Leave it out, or convert it.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _is_page(path: Path, folder: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
    return path.suffix.lower() in ENDINGS and not hidden and not path.is_symlink() and path.is_file()
