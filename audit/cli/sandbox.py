"""`sandbox`: the stand-in API as a server."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import click

from audit.cli.options import FAULT, SEED, SPEC, options


def _list_faults(context: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if not wanted:
        return
    from audit.sandbox.faults import ALL_KINDS

    width = max(map(len, ALL_KINDS))
    for name, function in ALL_KINDS.items():
        click.echo(f"{name:{width}}  {str(function.__doc__).splitlines()[0]}")
    context.exit()


@click.command()
@options(SPEC, SEED, FAULT)
@click.option("--host", default="127.0.0.1", show_default=True, help="Loopback address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8700, show_default=True, help="0 takes a free one."
)
@click.option("--statuses", type=click.Choice(["lying", "matching"]), default="lying", show_default=True,
              help="Refuse over HTTP 200, or with the status that matches.")  # fmt: skip
@click.option("--window", type=click.Choice(["fixed", "sliding"]), default="fixed", show_default=True,
              help="How requests are counted against a key's limit.")  # fmt: skip
@click.option("--list-faults", is_flag=True, is_eager=True, expose_value=False, callback=_list_faults,
              help="Say what can be given as --fault, and exit.")  # fmt: skip
def command(
    spec: Path | None, seed: int, faults: tuple[str, ...], host: str, port: int, statuses: str, window: str
) -> int:
    """Serve the stand-in API on this machine, with a key for each plan.

    Point any client at it by changing its base URL alone; requests and channels share the port.
    """
    from audit.sandbox.app import Sandbox
    from audit.sandbox.faults import parse
    from audit.sandbox.server import serve
    from audit.spec.catalog import load

    described = load(spec)
    keys = described.provider.sandbox_keys
    app = Sandbox(
        described,
        seed=seed,
        statuses="matching" if statuses == "matching" else "lying",
        window="sliding" if window == "sliding" else "fixed",
        faults=tuple(parse(text) for text in faults),
    )

    def ready(base_url: str) -> None:
        names = described.ladder.names
        first, last = keys.plan.format(plan=names[0]), keys.plan.format(plan=names[-1])
        click.echo(f"sandbox of {described.title} on {base_url} (Ctrl-C stops it)")
        click.echo(f"header {described.provider.key_header}, keys {first} … {last}")
        click.echo(f"also {keys.expired} and {keys.without_plan}, which are refused")
        if described.stream is not None:
            stream = described.stream
            address = base_url.replace("http", "ws", 1) + urlsplit(stream.url).path
            click.echo(f"channels on {address}?{stream.key_query}={last}")

    serve(app, host=host, port=port, on_ready=ready)
    return 0
