"""A Run as it is kept: compressed when written, and checked when read."""

from __future__ import annotations

import json
import re
import zlib

from pydantic import ValidationError

from audit.errors import UsageError
from audit.model import RUN_FORMAT, Run

MAX_BYTES = 64 * 1024 * 1024
_FAMILY, _, _VERSION = RUN_FORMAT.rpartition("/")
_FORMAT = re.compile(rf'"format"\s*:\s*"{re.escape(_FAMILY)}/(\d{{1,6}})"')
# The format stands near the beginning of every run file.
_HEAD = 4096


def pack(run: Run) -> bytes:
    """Return a run compressed, about a fifteenth of its file."""
    return zlib.compress(compact_json(run.model_dump(mode="json")).encode())


def compact_json(tree: object) -> str:
    """Return JSON without spaces; half a surrogate pair, which a server may send, becomes a ``?``."""
    text = json.dumps(tree, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace").decode()


def unpack(raw: bytes, where: str) -> Run:
    """Return the run that was packed; ``where`` begins the message. Raises UsageError where it is none."""
    unpacker = zlib.decompressobj()
    try:
        text = unpacker.decompress(raw, MAX_BYTES)
    except zlib.error as error:
        raise UsageError(f"{where}: damaged ({error}); leave this run out") from None
    if not unpacker.eof:
        told = "larger than can be read" if unpacker.unconsumed_tail else "truncated"
        raise UsageError(f"{where}: {told}; leave this run out")
    return parse_run(text, where)


def parse_run(raw: bytes, where: str) -> Run:
    """Return the Run that JSON holds; ``where`` begins the message.

    Raises UsageError where it is none, or is written in another version of the format.
    """
    try:
        return Run.model_validate_json(raw)
    except ValidationError as error:
        found = _FORMAT.search(raw[:_HEAD].decode("utf-8", "replace"))
        if found and found[1] != _VERSION:
            raise UsageError(
                f"{where}: written as {_FAMILY}/{found[1]}, this tool reads {RUN_FORMAT}; "
                + ("use a newer version of it" if int(found[1]) > int(_VERSION) else "audit again")
            ) from None
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise UsageError(f"{where}: not a run file: {place}: {first['msg']}") from None
