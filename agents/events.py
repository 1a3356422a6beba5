"""Server-sent events out of bytes, however the network cut them."""

from __future__ import annotations


class Events:
    """Splits a stream of bytes into the data of its events; one per stream.

    As the standard has it: lines end in LF, CR or CR LF, lines of data belong together until an empty line, comments
    and other fields are skipped, and what has no empty line after it at the end was never sent in full.
    """

    def __init__(self) -> None:
        self._line = bytearray()  # a line whose end has not come yet
        self._data: list[bytes] = []
        self._after_cr = False

    def feed(self, chunk: bytes) -> list[bytes]:
        """Take the next bytes; the data of the events that they complete, in order."""
        if not self._line and not self._data and not self._after_cr and chunk.endswith(b"\n\n") and b"\r" not in chunk:
            # What nearly every server sends: whole events of one line each, and mostly one at a time.
            if chunk.startswith(b"data: ") and chunk.find(b"\n") == len(chunk) - 2:
                return [chunk[6:-2]]
            plain = chunk[:-2].split(b"\n\n")
            if all(event.startswith(b"data: ") and b"\n" not in event for event in plain):
                return [event[6:] for event in plain]
        return self._feed_lines(chunk)

    def _feed_lines(self, chunk: bytes) -> list[bytes]:
        if self._after_cr and chunk.startswith(b"\n"):
            chunk = chunk[1:]
            self._after_cr = False
        if not chunk:
            return []
        self._after_cr = chunk.endswith(b"\r")
        complete: list[bytes] = []
        for line in chunk.splitlines(keepends=True):
            bare = line.rstrip(b"\r\n")
            if len(bare) == len(line):  # only the last one can be without an end
                self._line += line
                break
            if self._line:
                bare = bytes(self._line) + bare
                self._line.clear()
            if bare:
                self._take(bare)
            elif self._data:
                complete.append(b"\n".join(self._data))
                self._data = []
        return complete

    def _take(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        if name == b"data":
            self._data.append(value.removeprefix(b" "))
