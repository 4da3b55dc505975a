"""Claims about hosts, headers and refusals."""

from __future__ import annotations

from audit.checks.grounds import SERVED, Grounds, answer, confirmed, contradicted, either, silent
from audit.model import Against, Verdict
from audit.spec.refusals import Answer, Signs
from audit.spec.statements import AuthHeader, Host, HttpError, LimitHeader, Refusal, Success

# Verdicts of a request that never got an answer of the API's own: nothing about its refusals.
NO_ANSWER = (Verdict.UNREACHABLE, Verdict.UNREADABLE)


def host(claim: Host, grounds: Grounds) -> Against:
    """Whether the API, or that part of it, is served there."""
    spec, url = grounds.spec, claim.url.rstrip("/")
    versions = grounds.legacy.versions if grounds.legacy else {}
    if claim.version is not None:
        if claim.version not in versions:
            return silent(f"no version {claim.version}; known: {', '.join(versions) or 'none'}")
        urls = versions[claim.version].urls
        return either(url in urls, f"{claim.version} is served at {' and '.join(urls) or 'no place'}")
    today = f"the API is served at {spec.provider.base_url}"
    if url == spec.provider.base_url.rstrip("/"):
        return confirmed(today)
    old = [name for name, version in versions.items() if url in version.urls and not version.current]
    return contradicted(f"{today}; {url} is of {old[0]}" if old else today)


def host_seen(claim: Host, grounds: Grounds) -> Against:
    """Whether the run asked there and was served."""
    for facts in grounds.streams:
        if facts.messages and f"{facts.url}/".startswith(f"{claim.url.rstrip('/')}/"):
            return confirmed(f"{facts.name}: {facts.messages:,} messages came from there")
    if grounds.run is None or (grounds.run.target.base_url or "").rstrip("/") != claim.url.rstrip("/"):
        return silent("nothing was asked there")
    for row in grounds.everything:
        if row.verdict in SERVED:
            return confirmed(answer(row))
    return silent("no request was served there")


def auth_header(claim: AuthHeader, grounds: Grounds) -> Against:
    """Whether the key travels so."""
    versions = grounds.legacy.versions if grounds.legacy else {}
    if claim.version is not None and claim.version not in versions:
        return silent(f"no version {claim.version}; known: {', '.join(versions) or 'none'}")
    named = versions[claim.version] if claim.version else None
    header = named.header if named else grounds.spec.provider.key_header
    query = named.query if named else None
    told = f"the key is sent as {f'header {header}' if header else f'query parameter {query}'}"
    if claim.header is not None:
        return either((header or "").lower() == claim.header.lower(), told)
    return either(query == claim.query, told)


def auth_header_seen(claim: AuthHeader, grounds: Grounds) -> Against:
    """This tool sends the key as promised; that it was served confirms the header, or the parameter."""
    stream = grounds.spec.stream
    if claim.query is not None and stream is not None and claim.query == stream.key_query:
        for facts in grounds.streams:
            if facts.messages:
                return confirmed(f"sent so: {facts.name}: {facts.messages:,} messages came")
    if claim.header is None or claim.header.lower() != grounds.spec.provider.key_header.lower():
        return silent("no request sent the key so")
    for row in grounds.everything:
        if row.verdict in SERVED:
            return confirmed(f"sent so: {answer(row)}")
    return silent("no request was served")


def limit_header(claim: LimitHeader, grounds: Grounds) -> Against:
    """Whether the header of that name tells that."""
    rate = grounds.spec.provider.rate_limit
    names = {"limit": rate.limit, "used": rate.used}
    told = f"{rate.limit} tells the limit, {rate.used} what is used"
    return either(names[claim.tells].lower() == claim.name.lower(), told)


def limit_header_seen(claim: LimitHeader, grounds: Grounds) -> Against:
    """A stated limit was read from the promised header."""
    stated = grounds.run.plan.requests_per_minute if grounds.run else None
    promised = grounds.spec.provider.rate_limit.limit.lower()
    if claim.tells == "limit" and claim.name.lower() == promised and stated is not None:
        return confirmed(f"the answers state {stated} a minute in it")
    return silent("a run keeps only the limit that the promised header states")


def success(claim: Success, grounds: Grounds) -> Against:
    """Whether this code alone is a success."""
    code = grounds.spec.provider.envelope.success
    return either(claim.code == code, f'success is the code "{code}"')


def success_seen(claim: Success, grounds: Grounds) -> Against:
    """Which code answers with rows carried."""
    for row in grounds.everything:
        if row.verdict is Verdict.AVAILABLE:
            return either(row.code == claim.code, answer(row))
    return silent("nothing was answered with rows")


def refusal(claim: Refusal, grounds: Grounds) -> Against:
    """Whether each status, as a code or over HTTP, stands for that refusal, and what it looks like."""
    table = grounds.spec.refusals
    written = _answers(claim.verdict, grounds)
    means = []
    for status in claim.statuses:
        signs = [Signs(status, "json", str(status), "", worked) for worked in (False, True)]
        read = sorted({table.classify(one).verdict for one in signs})
        if claim.verdict not in read and not any(str(status) in (str(a.http), a.code) for a in written):
            means.append(f"{status} means {' or '.join(read)}")
    told = _looks(claim.verdict, grounds)
    return contradicted("; ".join([told, *means])) if means else confirmed(told)


def refusal_seen(claim: Refusal, grounds: Grounds) -> Against:
    """Which statuses such refusals carried in the run."""
    rows = [row for row in grounds.everything if row.verdict is claim.verdict]
    if not rows or claim.verdict in NO_ANSWER:
        return silent(f"nothing was {claim.verdict}")
    wanted = {str(status) for status in claim.statuses}
    for row in rows:
        if not wanted & {str(row.http_status), str(row.code)}:
            return contradicted(answer(row))
    return confirmed(answer(rows[0]))


def http_error(claim: HttpError, grounds: Grounds) -> Against:
    """Whether such a refusal always comes with a status that says so."""
    written, told = _answers(claim.verdict, grounds), _looks(claim.verdict, grounds)
    if not written:
        return silent(told)
    if any(not one.always for one in written):
        return contradicted(f"{told}: the status alone does not tell")
    return confirmed(told)


def http_error_seen(claim: HttpError, grounds: Grounds) -> Against:
    """A refusal over a status of success contradicts; one over an error status proves one case."""
    rows = [row for row in grounds.everything if row.verdict is claim.verdict and row.http_status]
    for row in rows:
        if row.http_status is not None and row.http_status < 400:
            return contradicted(answer(row))
    return confirmed(answer(rows[0])) if rows else silent(f"nothing was {claim.verdict}")


def _answers(verdict: Verdict, grounds: Grounds) -> list[Answer]:
    """The refusals of a class as the description writes them."""
    table = grounds.spec.refusals
    return [
        one
        for one in table.answers.values()
        if table.classify(Signs(one.http, "json", one.code, one.message, True)).verdict is verdict
    ]


def _looks(verdict: Verdict, grounds: Grounds) -> str:
    told = [
        f'code {one.code} "{one.message}" over HTTP {one.http}{"" if one.always else " or 200"}'
        for one in _answers(verdict, grounds)
    ]
    return f"such a refusal carries {'; or '.join(told)}" if told else f"no answer is described as {verdict}"
