"""Ways to spoil a folder of cassettes, each with the words that say so."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from audit.contract.cassette import dump, load
from audit.contract.sealed import MAX_BYTES

FILE = "options.json"
OPERATION = "option_info"


def refuse(plan: Path) -> Path:
    """Let an operation be refused that the plan promises; return the file, signed anew."""
    path = plan / FILE
    made = load(path)
    body = {"code": "400", "msg": "no", "success": False}
    rows = [
        row.model_copy(update={"response": row.response.model_copy(update={"body": body, "rows": None})})
        if row.operation == OPERATION
        else row
        for row in made.interactions
    ]
    path.write_text(dump(made.model_copy(update={"interactions": tuple(rows)})))
    return path


def restate(plan: Path) -> None:
    """Let a file be recorded with another state of the description."""
    path = plan / FILE
    made = load(path)
    about = made.about.model_copy(update={"spec": made.about.spec.model_copy(update={"sha256": "0" * 64})})
    path.write_text(dump(made.model_copy(update={"about": about})))


def _truncated(plan: Path) -> None:
    path = plan / FILE
    path.write_bytes(path.read_bytes()[:2000])


def _edited(plan: Path) -> None:
    path = plan / FILE
    path.write_text(path.read_text().replace('"code": "0"', '"code": "1"', 1))


def _merged(plan: Path) -> None:
    lines = (plan / FILE).read_text().splitlines(keepends=True)
    lines[20:20] = ["<<<<<<< HEAD\n", lines[20], "=======\n", lines[20], ">>>>>>> theirs\n"]
    (plan / FILE).write_text("".join(lines))


def _yaml_bomb(plan: Path) -> None:
    lines = ["a: &a [x,x,x,x,x,x,x,x,x]"]
    names = "abcdefghi"
    lines += [f"{new}: &{new} [{','.join([f'*{old}'] * 9)}]" for old, new in pairwise(names)]
    (plan / FILE).write_text("\n".join(lines))


def _nested(plan: Path) -> None:
    (plan / FILE).write_text("[" * 100_000 + "]" * 100_000)


def _huge(plan: Path) -> None:
    with (plan / FILE).open("r+b") as file:
        file.truncate(MAX_BYTES * 1000)


def _nameless(plan: Path) -> None:
    tree = json.loads((plan / FILE).read_text())
    del tree["about"]["target"]
    (plan / FILE).write_text(json.dumps(tree))


def _of_another_plan(plan: Path) -> None:
    shutil.copy(plan.parents[1] / "other" / "hobbyist" / FILE, plan / FILE)


def _empty(plan: Path) -> None:
    shutil.rmtree(plan)


def _foreign(plan: Path) -> None:
    shutil.rmtree(plan)
    plan.mkdir()
    (plan / "theirs.yaml").write_text("interactions: []\nversion: 1\n")


# What is done to the folder of a plan, and what is said of it.
SPOILT: dict[str, tuple[Callable[[Path], None], str]] = {
    "truncated": (_truncated, "ends too soon; record it again"),
    "edited by hand": (_edited, "not what was recorded (edited by hand, merged or laid out anew)"),
    "merged": (_merged, f"{FILE}:21: a conflict mark of a merge"),
    "a YAML bomb": (_yaml_bomb, f"{FILE}:1: not JSON"),
    "nested without end": (_nested, "nested deeper than"),
    "a thousand times too large": (_huge, "bytes; a cassette has at most"),
    "without origin": (_nameless, "does not say where it comes from (target missing"),
    "of another plan": (_of_another_plan, "recorded on hobbyist, but stands under standard"),
    "no cassettes": (_empty, "no cassettes; `coinglass-audit record --plan standard --out "),
    "cassettes of another tool": (_foreign, "no cassettes; `coinglass-audit record --plan standard --out "),
}
