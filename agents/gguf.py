"""What a GGUF file says about itself, read without loading it: who it is, and what may be wrong with it."""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

MAGIC = b"GGUF"
_SAMPLE = 1024 * 1024  # bytes of each end that the fingerprint looks at: a file of many gigabytes takes no time
_SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}  # bytes of each scalar type
_TEXT, _LIST = 8, 9
_MOST = 10_000_000  # entries, or characters, beyond which a count cannot be meant


@dataclass(frozen=True)
class Header:
    """The beginning of a GGUF file.

    Attributes:
        architecture: what has to be built to run it, such as ``llama``; empty where it does not say.
        data_reaches: the byte up to which the file must reach at least.
    """

    architecture: str
    data_reaches: int


def is_gguf(path: Path) -> bool:
    """Whether the file begins as GGUF files do.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def fingerprint(path: Path) -> str:
    """Twelve hexadecimal digits that change with the file: of its size and its two ends.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        found = sha256(size.to_bytes(8, "big"))
        file.seek(0)
        found.update(file.read(_SAMPLE))
        file.seek(max(0, size - _SAMPLE))
        found.update(file.read(_SAMPLE))
    return found.hexdigest()[:12]


def read_header(path: Path) -> Header:
    """Read everything before the weights; takes up to a second where the vocabulary is large.

    Raises:
        ValueError: it is not a GGUF file, or damaged there.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        try:
            return _header(file)
        except (struct.error, OverflowError, UnicodeDecodeError) as error:
            raise ValueError("the file's header ends early or makes no sense") from error


def _header(file: BinaryIO) -> Header:
    if file.read(len(MAGIC)) != MAGIC:
        raise ValueError("the file does not begin as a GGUF file does")
    _, tensors, entries = struct.unpack("<IQQ", file.read(20))
    _believe(max(tensors, entries))
    architecture, alignment = "", 32
    for _ in range(entries):
        name = _text(file)
        value = _value(file, _number(file, "<I"))
        if name == "general.architecture" and isinstance(value, str):
            architecture = value
        if name == "general.alignment" and isinstance(value, int):
            alignment = max(1, value)
    furthest = 0
    for _ in range(tensors):
        _text(file)
        dimensions = _number(file, "<I")
        _believe(dimensions)
        file.seek(8 * dimensions + 4, os.SEEK_CUR)
        furthest = max(furthest, _number(file, "<Q"))
    begin = -(-file.tell() // alignment) * alignment
    return Header(architecture, begin + furthest + 1)


def _value(file: BinaryIO, kind: int) -> str | int | None:
    if kind == _TEXT:
        return _text(file)
    if kind == _LIST:
        inner, count = _number(file, "<I"), _number(file, "<Q")
        _believe(count)
        if inner in _SIZES:
            file.seek(_SIZES[inner] * count, os.SEEK_CUR)
        else:
            for _ in range(count):
                _value(file, inner)
        return None
    if kind not in _SIZES:
        raise ValueError(f"the file's header has a value of unknown type {kind}")
    raw = file.read(_SIZES[kind])
    if len(raw) < _SIZES[kind]:
        raise ValueError("the file ends in its header")
    return int.from_bytes(raw, "little")


def _text(file: BinaryIO) -> str:
    length = _number(file, "<Q")
    _believe(length)
    raw = file.read(length)
    if len(raw) < length:
        raise ValueError("the file ends in its header")
    return raw.decode("utf-8", "replace")


def _number(file: BinaryIO, form: str) -> int:
    (value,) = struct.unpack(form, file.read(struct.calcsize(form)))
    return int(value)


def _believe(count: int) -> None:
    if count > _MOST:
        raise ValueError("a count in the file's header makes no sense")
