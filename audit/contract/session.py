"""What the pytest plugin does once it is asked to: the suite as pytest's own tests, and replay for others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from audit import NAME
from audit.contract.cases import AnswerCase, Case, ChannelCase
from audit.contract.check import unused_in
from audit.contract.plugin import EVERY_PLAN, PREFIX, option
from audit.contract.replay import Library, Miss, plans_in
from audit.contract.sealed import Origin
from audit.contract.suite import Judged, Send, Suite, as_recorded, open_suite, usual_folder
from audit.errors import AuditError
from audit.model import CHANNEL_GROUP, Finding, Severity, TargetKind
from audit.spec.catalog import Spec, load
from audit.spec.widths import option_seconds

_NEVER = "never"
_LIGHTER = f"{PREFIX}-finding"
_SPEC = pytest.StashKey[Spec]()
_LIBRARIES = pytest.StashKey[dict[str, Library]]()


class BrokenPromiseError(Exception):
    """A test fails: what was recorded is not what is promised."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        super().__init__("\n".join(told(finding) for finding in findings))


class ContractNode(pytest.Collector):
    """All tests of a suite; while they run, recorded answers take the place of the network."""

    def __init__(self, *, suite: Suite, session_of: Session, **node: object) -> None:
        super().__init__(**node)  # type: ignore[arg-type]  # what pytest itself passes on
        self.suite = suite
        self.session_of = session_of
        self.send: Send = as_recorded
        self._open = ExitStack()

    def collect(self) -> Iterator[ContractItem]:
        """Yield a test for each case."""
        for case in self.suite.cases:
            yield ContractItem.from_parent(self, name=case.id, case=case)

    def setup(self) -> None:
        """Take the place of the network, once for all tests."""
        from audit.contract.sending import sending

        self.send = self._open.enter_context(sending(self.suite.spec, self.suite.libraries))

    def teardown(self) -> None:
        """Give the network back."""
        self._open.close()


class ContractItem(pytest.Item):
    """One case of the suite."""

    parent: ContractNode

    def __init__(self, *, case: Case, **node: object) -> None:
        super().__init__(**node)  # type: ignore[arg-type]  # what pytest itself passes on
        self.case = case
        self.add_marker(getattr(pytest.mark, PREFIX)(plan=case.plan.name, **_labels(case)))

    def runtest(self) -> None:
        """Judge the case; raises BrokenPromiseError for findings that weigh enough."""
        node = self.parent
        judged = node.suite.judge(self.case, node.send)
        heavy = node.session_of.take(judged)
        for finding in judged.findings:
            if finding not in heavy:
                self.user_properties.append((_LIGHTER, f"{self.case.id}: {told(finding)}"))
        if heavy:
            raise BrokenPromiseError(heavy)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException]) -> str:  # type: ignore[override]  # less
        """Say what is wrong, without a trace into this tool."""
        if isinstance(excinfo.value, BrokenPromiseError | AuditError):
            return str(excinfo.value)
        return str(super().repr_failure(excinfo))

    def reportinfo(self) -> tuple[Path, None, str]:
        """Say which test this is."""
        return self.path, None, self.name


class Session:
    """The suite of one run of pytest, and what came of it: ``judged`` by the id of the case.

    ``threshold`` is the least severity that fails a test; None fails none.
    """

    def __init__(self, suite: Suite, threshold: Severity | None) -> None:
        self.suite = suite
        self.threshold = threshold
        self.judged: dict[str, Judged] = {}

    @classmethod
    def of(cls, config: pytest.Config) -> Session:
        """Open the suite that the options ask for; raises pytest.UsageError with one line."""
        plans = _texts(config, "plan")
        age = option(config, "max-age")
        try:
            suite = open_suite(
                _spec(config),
                _folder(config),
                () if EVERY_PLAN in plans else plans,
                _texts(config, "only"),
                max_age=option_seconds(f"--{PREFIX}-max-age", None if age is None else str(age)),
            )
        except AuditError as error:
            raise pytest.UsageError(str(error)) from None
        fail_on = str(option(config, "fail-on"))
        return cls(suite, None if fail_on == _NEVER else Severity(fail_on))

    def take(self, judged: Judged) -> tuple[Finding, ...]:
        """Keep what came of a case; return the findings that fail it."""
        self.judged[judged.case.id] = judged
        if self.threshold is None:
            return ()
        return tuple(row for row in judged.findings if row.severity.rank <= self.threshold.rank)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, session: pytest.Session, items: list[pytest.Item]) -> None:
        """Put the tests after those that were found in files, before pytest selects among all of them."""
        node = ContractNode.from_parent(
            session, name="contract", nodeid="contract", suite=self.suite, session_of=self
        )
        items.extend(node.collect())

    def pytest_report_header(self) -> list[str]:
        """Say what is played, and where it comes from."""
        return [f"{NAME}: {line}" for line in origin_lines(self.suite)]

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Show findings that fail no test, and that a sandbox proves nothing about the live API."""
        lighter = [
            str(value)
            for reports in terminalreporter.stats.values()
            for report in reports
            for name, value in getattr(report, "user_properties", ())
            if name == _LIGHTER and getattr(report, "when", None) == "call"
        ]
        if lighter:
            terminalreporter.section(f"{NAME}: findings that fail no test")
            for line in sorted(lighter):
                terminalreporter.write_line(line)
        for warned in sandbox_lines(self.suite):
            terminalreporter.write_line(f"{NAME}: {warned}")


@dataclass(frozen=True)
class Replay:
    """Recorded answers for a test of one's own: to any HTTP client that asks below ``base_url``.

    A request that was not recorded raises MissError inside the client, which says what is nearest.
    """

    base_url: str
    plan: str
    library: Library

    @property
    def origin(self) -> Origin:
        """Where the answers come from; only those recorded live say something about the live API."""
        return self.library.origin

    @property
    def misses(self) -> tuple[Miss, ...]:
        """Requests that had no recorded answer, since pytest began."""
        return tuple(self.library.misses)

    @property
    def unused(self) -> tuple[Finding, ...]:
        """A finding for each file with answers that no test has asked for yet."""
        return unused_in(self.library)


@contextmanager
def replayed(request: pytest.FixtureRequest) -> Iterator[Replay]:
    """Play recorded answers until the end of the block.

    The plan is that of the test's marker, else the first of the options, else the only one that is recorded,
    else the description's usual one. Raises pytest.UsageError where nothing usable is recorded of it.
    """
    from audit.contract.player import playing

    config = request.config
    marker = request.node.get_closest_marker(PREFIX)
    asked = [name for name in _texts(config, "plan") if name != EVERY_PLAN]
    try:
        spec = _spec(config)
        wanted = (marker.kwargs.get("plan") if marker else None) or next(iter(asked), None)
        wanted = wanted or _only_plan(config, spec) or spec.provider.usual_plan
        plan = spec.ladder.get(str(wanted)).name
        libraries = config.stash.setdefault(_LIBRARIES, {})
        if plan not in libraries:
            libraries[plan] = Library(_folder(config), plan, spec)
        replay = Replay(spec.provider.base_url, plan, libraries[plan])
    except AuditError as error:
        raise pytest.UsageError(str(error)) from None
    with playing(replay.library):
        yield replay


def _only_plan(config: pytest.Config, spec: Spec) -> str | None:
    """The plan of the recordings where they are of one alone; other folders beside it do not count."""
    plans = [name for name in plans_in(_folder(config)) if name in spec.ladder.names]
    return plans[0] if len(plans) == 1 else None


def told(finding: Finding) -> str:
    """A finding as one line of a failure, with its evidence and remedy below it."""
    lines = [f"{finding.severity}: {finding.rule}: {finding.message}"]
    lines += [f"  {text}" for text in (finding.evidence, finding.remedy) if text]
    return "\n".join(lines)


def origin_lines(suite: Suite) -> list[str]:
    """Say for each plan where its answers come from."""
    return [
        f"{plan}: recorded {about.recorded_at:%Y-%m-%d} from {about.target.kind} ({about.target.base_url})"
        for plan, about in suite.origins.items()
    ]


def sandbox_lines(suite: Suite) -> list[str]:
    """Say which plans were recorded from a sandbox, and what that proves."""
    plans = [plan for plan, about in suite.origins.items() if about.target.kind is not TargetKind.LIVE]
    if not plans:
        return []
    return [f"CASSETTE of the SANDBOX ({', '.join(plans)}): says nothing about the live API"]


def _labels(case: Case) -> dict[str, str]:
    if isinstance(case, AnswerCase):
        return {"group": case.operation.group, "operation": case.operation.id}
    if isinstance(case, ChannelCase):
        return {"group": CHANNEL_GROUP, "operation": case.channel.id}
    return {"group": getattr(case, "group", "key")}


def _texts(config: pytest.Config, name: str) -> tuple[str, ...]:
    given = option(config, name)
    return tuple(str(text) for text in given) if isinstance(given, list) else ()


def _spec(config: pytest.Config) -> Spec:
    if _SPEC not in config.stash:
        given = option(config, "spec")
        config.stash[_SPEC] = load(config.invocation_params.dir / str(given) if given else None)
    return config.stash[_SPEC]


def _folder(config: pytest.Config) -> Path:
    given = option(config, "cassettes")
    here = config.invocation_params.dir
    return here / str(given) if given else usual_folder(here)
