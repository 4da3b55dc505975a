"""A starter for a user's repository: the scan's settings, a consumer contract and a workflow."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from audit import NAME
from audit.contract.consumer_file import SHIPPED, SUFFIX, read
from audit.errors import UsageError
from audit.jobs.drafting import draft
from audit.jobs.judging import Known
from audit.jobs.scanning import Scan, scan_known
from audit.scan.ignore import read_config
from audit.spec.catalog import Spec

OUT = "audit-report"
CONFIG, WORKFLOW, CONTRACTS = "pyproject.toml", ".github/workflows/api-audit.yml", "consumers"


@dataclass(frozen=True)
class Starter:
    """Texts by file, all below the folder; ``added`` are files whose text is only longer than before.

    ``settled`` are those that need nothing.
    """

    texts: dict[Path, str]
    added: frozenset[Path]
    settled: frozenset[Path]


def starter(spec: Spec, folder: Path, plan: str | None) -> Starter:
    """Return what a repository needs to begin with.

    The contract is drafted from the code where it uses the API, else it is an example of the
    description's. Without ``plan`` it is the cheapest that serves the code, else that of the example. Raises
    UsageError where the folder or its pyproject.toml cannot be read.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such folder; name the one of your repository")
    config = folder / CONFIG
    settled = config.is_file() and read_config(config, NAME) is not None
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", folder.resolve().name).strip("-.") or "program"
    contract, plan = _contract(spec, folder, name, spec.ladder.get(plan).name if plan else None)
    relative = f"{CONTRACTS}/{name}{SUFFIX}"
    words = {
        "tool": NAME, "plan": plan, "out": OUT, "contract": relative, "variable": spec.provider.key_variable,
    }  # fmt: skip
    texts = {folder / WORKFLOW: _filled("workflow.yml", words), folder / relative: contract}
    if not settled:
        texts[config] = _appended(config, _filled("config.toml", words))
    added = frozenset({config}) if config.is_file() and not settled else frozenset()
    return Starter(dict(sorted(texts.items())), added, frozenset({config} if settled else ()))


def _contract(spec: Spec, folder: Path, name: str, plan: str | None) -> tuple[str, str]:
    """Return a contract and the plan it is for."""
    known, asked = Known(spec), Scan(paths=(folder,), base=folder, exclude=(f"/{OUT}/", f"/{CONTRACTS}/"))
    advice = scan_known(known, asked).advice
    if advice is not None:
        return draft(known, asked, name, advice), plan or advice.minimum_plan
    examples = sorted((spec.folder / SHIPPED).glob(f"*{SUFFIX}"))
    if not examples:
        raise UsageError(f"{folder}: its code uses nothing of the API, and the description has no example")
    return examples[0].read_text(encoding="utf-8"), plan or read(examples[0]).consumer.plan


def _filled(template: str, words: dict[str, str]) -> str:
    text = (files("audit.jobs") / "starter" / template).read_text(encoding="utf-8")
    return re.sub(r"@([a-z]+)@", lambda match: words[match[1]], text)


def _appended(file: Path, text: str) -> str:
    if not file.is_file():
        return text
    before = file.read_text(encoding="utf-8")
    return f"{before.rstrip()}\n\n{text}" if before.strip() else text
