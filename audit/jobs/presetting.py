"""A preset as part of a sign-off: the settings it makes, its runbook, and a configuration for each coin."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from audit.errors import UsageError
from audit.jobs.about import TOOL
from audit.jobs.probing import Audited
from audit.jobs.settings import Settings
from audit.model import PresetFacts, Run, Verdict
from audit.probe.asker import Result
from audit.probe.reading import clip
from audit.probe.watch import Watch, pairs_of, symbol_of
from audit.spec.catalog import Spec
from audit.spec.describe import curl
from audit.spec.presets import Preset, Presets, load_presets

FOLDER = "watchlist"


@dataclass(frozen=True)
class Chosen:
    """A preset that was chosen by name, with the description it belongs to."""

    spec: Spec
    presets: Presets
    name: str

    def explained(self, run: Run) -> Run:
        """Return the run with its preset and the runbook: each request as a command, and every refusal."""
        preset = self.presets.get(self.name)
        commands: dict[str, str] = {}
        for row in run.observations:
            if row.operation in preset.operations and row.attempts:
                operation = self.spec.operation(row.operation)
                said = curl(self.spec, operation, row.params)
                if said not in commands.values():
                    commands[_titled(operation.title, row.params, commands)] = said
        refusals = {verdict: row.model_dump() for verdict, row in self.presets.runbook.items()}
        facts = {"name": self.name, "title": preset.title, "commands": commands, "refusals": refusals}
        return run.model_copy(update={"preset": PresetFacts.model_validate(facts)})


def choose(
    spec: Spec, settings: Settings, name: str | None, symbols: str | None, top: int | None
) -> tuple[Chosen | None, Settings]:
    """Return a preset and the settings it makes; raises UsageError for a name or options that do not fit."""
    presets = load_presets(spec.folder)
    preset = presets.get(name) if name is not None else None
    watch = _watch(symbols, top, preset)
    if preset is None or name is None:
        return None, settings
    if settings.only:
        raise UsageError("--preset and --only both choose operations; leave one out")
    if watch is not None and settings.wish.symbol:
        raise UsageError("--symbol is for one coin; name several with --symbols")
    wish = replace(
        settings.wish,
        symbol=settings.wish.symbol or preset.symbol,
        exchange=settings.wish.exchange or preset.exchange,
        interval=preset.interval,
    )
    made = replace(settings, only=tuple(preset.operations), intervals="none", wish=wish, watch=watch)
    return Chosen(spec, presets, name), made


def _watch(symbols: str | None, top: int | None, preset: Preset | None) -> Watch | None:
    """Read --symbols and --top; None for a preset that asks for one coin."""
    if preset is None or not preset.each_coin:
        if symbols is not None or top is not None:
            raise UsageError("--symbols and --top are for a preset of several coins, such as a watchlist")
        return None
    if (symbols is None) == (top is None):
        raise UsageError("name the coins with --symbols BTC,ETH,SOL, or take the largest with --top 10")
    named = dict.fromkeys(name.strip() for name in symbols.split(",")) if symbols is not None else {}
    if "" in named:
        raise UsageError(f"--symbols {symbols!r}: an empty name; write them as BTC,ETH,SOL")
    return Watch(tuple(named), top or 0, preset.ranking)


def _titled(title: str, params: dict[str, str], taken: dict[str, str]) -> str:
    """Tell requests of one operation apart by what they are for."""
    told = ", ".join(params.values())
    return f"{title} ({told})" if told and title in taken else title


def configurations(spec: Spec, audited: Audited) -> dict[str, str]:
    """Return a file in YAML for each coin whose requests all answered as promised, by its name."""
    tables = {
        source.operation: result.facts.get("pairs") or {}
        for source in spec.provider.pairs
        for result in audited.answers
        if result.ask_id == source.operation
    }
    return {
        f"{FOLDER}/{quote(coin, safe='')}.yaml": _written(
            spec, audited.run, coin, rows, pairs_of(coin, tables)
        )
        for coin, rows in _by_coin(audited).items()
        if all(map(_good, rows))
    }


def left_out(audited: Audited) -> list[str]:
    """Say which coins got no configuration, and why."""
    told = []
    for coin, rows in _by_coin(audited).items():
        bad = [row.observation for row in rows if not _good(row)]
        if bad:
            why = bad[0].message or bad[0].verdict.value
            told.append(f"no configuration for {coin}: {bad[0].operation}: {clip(why)}")
    return told


def _by_coin(audited: Audited) -> dict[str, list[Result]]:
    coins: dict[str, list[Result]] = {}
    for result in sorted(audited.answers, key=lambda row: row.ask_id):
        symbol = symbol_of(result.ask_id)
        if symbol is not None:
            coins.setdefault(symbol, []).append(result)
    return dict(sorted(coins.items()))


def _good(row: Result) -> bool:
    return row.observation.verdict in (Verdict.AVAILABLE, Verdict.EMPTY)


def _written(spec: Spec, run: Run, coin: str, rows: list[Result], pairs: dict[str, Any]) -> str:
    import yaml

    tree = {
        "coin": coin,
        "checked": {
            "at": run.finished_at,
            "target": run.target.kind.value,
            "plan": run.plan.declared or run.plan.detected,
        },
        "base_url": spec.provider.base_url,
        "key": {"header": spec.provider.key_header, "variable": spec.provider.key_variable},
        "requests": [
            {
                "operation": row.observation.operation,
                "method": row.observation.method,
                "path": row.observation.path,
                "params": dict(row.observation.params),
                "answers": row.observation.verdict.value,
            }
            for row in rows
        ],
        "pairs": pairs,
    }
    head = f"# Written by {TOOL.name} {TOOL.version}: requests that answered, spelled as sent.\n"
    return head + yaml.safe_dump(tree, sort_keys=False, allow_unicode=True, width=110)
