"""A person's own wording: from a file, from FIELD=TEXT, or from their editor, and kept where it could not be sent."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from api import terminal

_PAIR = re.compile(r"\s*[\w.\[\]]+\s*=")
_CODES = ("id", "key", "on", "language", "difficulty", "barrier")  # parts that are no wording


def read_edits(file: str, pairs: Iterable[str]) -> dict[str, str]:
    """Whole new texts by field.

    Args:
        file: path of a YAML file ``field: text``, or of lines ``field=text``; ``-`` for standard input, empty for none.
        pairs: each ``FIELD=TEXT``.

    Raises:
        NotFound: there is no such file.
        InvalidInput: it, or a pair, cannot be read; a field is there twice.
    """
    from evidence.errors import InvalidInput

    found = _from_file(file) if file else {}
    for pair in pairs:
        field, text = _pair(pair, "--edit")
        if field in found:
            raise InvalidInput(
                f"The field '{field}' is edited twice.", where="--edit", todo="Give its whole new text once."
            )
        found[field] = text
    return found


def known_fields(source: Mapping[str, str]) -> list[str]:
    """The fields that hold wording, as an edit names them."""
    return [
        path for path in source if re.split(r"[.\[]", path.rstrip("]0123456789["))[-1] not in (*_CODES, "clause_ids")
    ]


def check_fields(edits: Mapping[str, str], source: Mapping[str, str]) -> None:
    """Refuse an edit of a field that the text does not have.

    Raises:
        InvalidInput: with the closest field there is.
    """
    from evidence.errors import InvalidInput
    from evidence.plain_messages import did_you_mean

    for field in edits:
        if field not in source:
            raise InvalidInput(
                f"The text has no field '{field}'.{did_you_mean(field, list(source))}",
                where="edits",
                todo="The review as --json lists the fields under 'source'.",
            )


def in_editor(text: str, field: str) -> str:
    """Let a person change a text in the editor that VISUAL or EDITOR names.

    Raises:
        InvalidInput: none is named, it cannot be started, or it ended with an error.
    """
    from evidence.errors import InvalidInput

    named = editor()
    if not named:
        raise InvalidInput(
            "No editor is named.", where="--editor", todo="Set EDITOR, or give the text with --edit FIELD=TEXT."
        )
    descriptor, name = tempfile.mkstemp(prefix=f"{re.sub(r'[^a-z_]+', '-', field)}-", suffix=".txt")
    path = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text + "\n")
        # The command is the person's own, from their own environment.
        done = subprocess.run([*shlex.split(named), name], check=False)  # noqa: S603
        if done.returncode:
            raise InvalidInput(
                f"The editor ended with exit code {done.returncode}.", where=field, todo="Nothing was changed."
            )
        from api.documents import read_text

        return read_text(path).rstrip("\n")
    except (OSError, ValueError) as error:
        raise InvalidInput(f"'{named}' cannot be started.", where="--editor", todo="Check EDITOR.") from error
    finally:
        path.unlink(missing_ok=True)


def editor() -> str:
    """The person's editor as a command line; empty where none is named."""
    return (os.environ.get("VISUAL") or os.environ.get("EDITOR") or "").strip()


def keep(edits: Mapping[str, str], checkpoint_id: str) -> Path | None:
    """Write edits that could not be sent to a file that ``--approve-with-edits`` reads, for this person alone.

    Returns:
        The file; None where none could be written.
    """
    from pydantic import RootModel

    from evidence.yaml_documents import dump_yaml

    text = dump_yaml(RootModel[dict[str, str]](dict(edits)))
    name = f"edits-{terminal.short(checkpoint_id)}"
    for folder in (Path(), Path(tempfile.gettempdir())):
        for number in range(1, 100):
            path = folder / (f"{name}.yaml" if number == 1 else f"{name}-{number}.yaml")
            try:
                descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            except FileExistsError:
                continue
            except OSError:
                break
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
            return path
    return None


def _from_file(file: str) -> dict[str, str]:
    from api.documents import read_text
    from evidence.errors import InvalidInput

    text = sys.stdin.read() if file == "-" else read_text(Path(file))
    said = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    if not said:
        raise InvalidInput("There is no edit in it.", where=file, todo="Write field: text, one below the other.")
    if not _PAIR.match(said[0]):
        return _from_yaml(text, file)
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.lstrip().startswith("#"):
            field, words = _pair(line, f"{file}:{number}")
            if field in found:
                raise InvalidInput(f"The field '{field}' is edited twice.", where=f"{file}:{number}")
            found[field] = words
    return found


def _from_yaml(text: str, file: str) -> dict[str, str]:
    from evidence.errors import InvalidInput
    from evidence.yaml_documents import read_document

    document = read_document(text, file)
    document.refuse_if_wrong()
    if not isinstance(document.data, dict):
        raise InvalidInput(
            "This is no list of edits.", where=f"{file}:1", todo="Write field: text, one below the other."
        )
    for field, value in document.data.items():
        if not isinstance(value, str):
            document.complain((field,), "an edit is text; put it in quotes.")
    document.refuse_if_wrong()
    return dict(document.data)


def _pair(pair: str, where: str) -> tuple[str, str]:
    from evidence.errors import InvalidInput

    field, there, text = pair.partition("=")
    if not there or not field.strip():
        raise InvalidInput("This is no edit.", where=where, todo="Write FIELD=TEXT, such as setting='Friday, noon.'")
    return field.strip(), text.strip()
