"""A description can come from anywhere: what cannot be used is refused in one line that names the file."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from audit.errors import SpecError
from audit.spec.catalog import load
from audit.spec.documents import MAX_DEPTH, MAX_FILE_BYTES, Documents

PEOPLE = "groups/people.yaml"
Breaks = Callable[[Path], object]


def write(name: str, content: bytes) -> Breaks:
    return lambda folder: (folder / name).write_bytes(content)


def append(name: str, content: bytes) -> Breaks:
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes() + content)


def refer(target: str) -> Breaks:
    """Let the root refer to ``target`` instead of the file of people."""

    def change(folder: Path) -> None:
        root = folder / "openapi.yaml"
        root.write_text(root.read_text().replace("{$ref: groups/people.yaml#/who}", f'{{$ref: "{target}"}}'))

    return change


def bomb(levels: int = 9) -> bytes:
    """Aliases of aliases: a few hundred bytes that unfold to 10 ** levels values."""
    lines = ["schemas:", "  a0: &a0 {type: string}"]
    lines += [f"  a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, levels)]
    return "\n".join([*lines, f"who: {{get: {{x: *a{levels - 1}}}}}", ""]).encode()


REFUSED: dict[str, tuple[Breaks, str]] = {
    "network": (
        refer("https://tides.example/who.yaml#/who"),
        "openapi.yaml: $ref https://tides.example/who.yaml#/who",
    ),
    "network-without-scheme": (refer("//tides.example/who.yaml#/who"), "openapi.yaml: $ref //tides.example"),
    "absolute-path": (refer("/etc/hostname#/who"), "openapi.yaml: $ref /etc/hostname#/who leaves the folder"),
    "outside": (refer("../../../etc/passwd#/who"), "../../../etc/passwd: stands outside"),
    "outside-by-detour": (refer("groups/../../small2/x.yaml#/who"), "../small2/x.yaml: stands outside"),
    "nothing-there": (
        refer("groups/people.yaml#/whom"),
        "openapi.yaml: $ref groups/people.yaml#/whom points to nothing",
    ),
    "no-file": (
        refer("groups/nobody.yaml#/who"),
        "groups/nobody.yaml: cannot be read (No such file or directory)",
    ),
    "a-folder": (refer("groups#/who"), "groups: cannot be read (Is a directory)"),
    "nul-in-name": (refer("groups/\\0.yaml#/who"), "no name of a file"),
    "long-name": (refer(f"groups/{'x' * 5000}.yaml#/who"), "cannot be read (File name too long)"),
    "cycle": (write(PEOPLE, b'who: {$ref: "#/also"}\nalso: {$ref: "#/who"}\n'), f"{PEOPLE}: the $ref #/"),
    "cycle-in-itself": (
        write(PEOPLE, b'who: {get: {a: {$ref: "#/who"}}}\n'),
        f"{PEOPLE}: the $ref #/who leads back to itself",
    ),
    "alias-in-itself": (write(PEOPLE, b"who: &w {get: {a: *w}}\n"), "nested deeper than 60 levels or cyclic"),
    "alias-bomb": (write(PEOPLE, bomb()), f"{PEOPLE}: unfolds to more than 2,000,000 values"),
    "key-twice": (append(PEOPLE, b"schemas: {}\n"), f"{PEOPLE}:29:1: the key 'schemas' is given twice"),
    "key-no-text": (append(PEOPLE, b"200: x\n"), "the key 200 is not text; put it in quotes"),
    "too-large": (append(PEOPLE, b"#" * MAX_FILE_BYTES), f"{PEOPLE}: larger than 4 MiB"),
    "deep-flow": (write(PEOPLE, b"who: " + b"[" * 200_000), f"{PEOPLE}:1: nested deeper than 60 levels"),
    "deep-block": (
        write(PEOPLE, b"\n".join(b" " * n + b"a:" for n in range(99))),
        f"{PEOPLE}:{MAX_DEPTH + 1}: nested",
    ),
    "not-yaml": (write(PEOPLE, b"who: ["), f"{PEOPLE}:2:1: "),
    "tab": (write(PEOPLE, b"who:\n\tget: 1\n"), f"{PEOPLE}:2:1: "),
    "latin-1": (write(PEOPLE, "who: Ærø".encode("latin-1")), f"{PEOPLE}: not YAML in UTF-8"),
    "binary": (write(PEOPLE, b"\x00\x01\x02"), f"{PEOPLE}: not YAML in UTF-8"),
    "code": (write(PEOPLE, b"who: !!python/object/apply:os.getcwd []"), f"{PEOPLE}:1:6: could not determine"),
    "empty": (write(PEOPLE, b""), "points to nothing"),
    "no-mapping": (write("openapi.yaml", b"- a\n"), "openapi.yaml: expected a mapping, found list"),
    "no-paths": (write("openapi.yaml", b"openapi: 3.1.0\n"), "openapi.yaml"),
    "no-plans-file": (lambda folder: (folder / "plans.yaml").unlink(), "plans.yaml: cannot be read"),
    "operation-of-wrong-shape": (write(PEOPLE, b"who: {get: 5}\n"), "/v1/who: the operation is incomplete"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_used_is_refused_in_one_line(case: str, small: Path) -> None:
    breaks, words = REFUSED[case]
    breaks(small)
    began = time.perf_counter()
    with pytest.raises(SpecError) as caught:
        load(small)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 600
    assert time.perf_counter() - began < 10


def test_a_link_out_of_the_folder_is_not_followed(small: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.yaml").write_text("who: {get: {}}", encoding="utf-8")
    (small / PEOPLE).unlink()
    (small / PEOPLE).symlink_to(tmp_path / "elsewhere.yaml")
    with pytest.raises(SpecError, match="stands outside the description's folder"):
        load(small)


def test_a_file_is_read_once_and_the_digest_follows_every_file(small: Path) -> None:
    before = load(small).sha256
    assert load(small).sha256 == before
    (small / PEOPLE).write_bytes((small / PEOPLE).read_bytes() + b"# one more line\n")
    assert load(small).sha256 != before


def test_keys_beside_a_reference_are_laid_over_its_target(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(
        "base: {type: object, required: [x], properties: {x: {type: string}}, description: base}\n"
        'made: {$ref: "#/base", required: [y], properties: {y: {type: integer}}, description: made}\n',
        encoding="utf-8",
    )
    documents = Documents(tmp_path)
    assert documents.resolve(documents.read("a.yaml")["made"], "a.yaml") == {
        "type": "object",
        "required": ["x", "y"],
        "properties": {"x": {"type": "string"}, "y": {"type": "integer"}},
        "description": "made",
    }


def test_a_pointer_may_carry_escapes_and_positions(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text('x: {"/v1/a~b": [{n: 7}]}', encoding="utf-8")
    assert Documents(tmp_path).point("a.yaml#/x/~1v1~1a~0b/0/n", "openapi.yaml") == ("a.yaml", 7)


def test_a_date_stays_text(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("day: 2026-11-20", encoding="utf-8")
    assert Documents(tmp_path).read("a.yaml") == {"day": "2026-11-20"}
