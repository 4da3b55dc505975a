"""A recorded answer as the checks want it: read, classified, and beside what its plan promises."""

from __future__ import annotations

from datetime import datetime

from audit.checks.seen import Seen
from audit.client.answers import Outcome
from audit.contract.cassette import Interaction
from audit.model import Observation
from audit.probe.reading import read
from audit.spec.catalog import Spec
from audit.spec.expectations import expect
from audit.spec.plans import Plan


def observe(
    spec: Spec, plan: Plan, row: Interaction, recorded_at: datetime, outcome: Outcome | None = None
) -> Seen:
    """Return a recorded answer for `check_answer`, seen at the moment it was given.

    The number of rows is that which came, as far as fewer were kept. The answer's own clock is
    preferred to ``recorded_at``; ``outcome`` is what came when the answer was played over HTTP. Raises
    UsageError for an operation that the description does not have.
    """
    operation = spec.operation(row.operation)
    reading = read(outcome or row.response.outcome(), operation, spec.provider, spec.refusals, worked=True)
    observation = Observation(
        operation=operation.id,
        method=row.request.method,
        path=row.request.path,
        params=row.request.params,
        interval=row.interval,
        expected=expect(operation, spec.ladder, plan.name, row.interval),
        verdict=reading.verdict,
        http_status=reading.http_status,
        code=reading.code,
        message=reading.message,
        rows=reading.rows if row.response.rows is None else row.response.rows,
        bytes=reading.size,
    )
    now = reading.server_time or recorded_at.timestamp()
    return Seen(operation, observation, reading.body, spec.ladder, plan, now)
