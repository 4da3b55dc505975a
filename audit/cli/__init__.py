"""The command line: one file per command, loaded when it is called."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any

import click

from audit import __version__
from audit.cli.groups import Group
from audit.errors import AuditError, Exit

# Command -> what it does, in the order of --help. The file has the command's name.
COMMANDS = {
    "signoff": "Audit a key and its plan, decide go or no-go, write run.json and signoff.html.",
    "probe": "Ask every operation, compare with the plan's promise, check the fields.",
    "key": "Tell which plan a key has, proved three ways.",
    "contract": "Test that what was recorded is what is promised, without network or key.",
    "record": "Record the answers of a target as cassettes, scrubbed and trimmed, or check them.",
    "drift": "Compare what is answered now with what was recorded; say what has moved.",
    "history": "List the runs that were kept, what changed between them, and show one again.",
    "scan": "Read code and documents: what they use, what is wrong, what replaces it.",
    "fuzz": "Send requests made from the description, good and bad; say what is answered wrongly.",
    "sandbox": "Serve the stand-in API on this machine.",
    "spec": "List, show, look up and lint the description of the API.",
    "explain": "Tell what a rule means, with an example and the remedy.",
    "init": "Write settings, a consumer contract and a workflow into a repository of yours.",
    "completion": "Print the script that makes a shell complete what you type.",
}


class _Commands(Group):
    """Lists commands from the table and imports one only when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"audit.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 clean, 1 findings or no-go, 2 wrong use, 3 the audit could not be completed.",
)
@click.version_option(__version__, "-V", "--version", message="%(prog)s %(version)s")
def cli() -> None:
    """Contract tests and endpoint audits for an API whose plans gate what it answers.

    Without a key everything runs against a sandbox in this process. With one, set in the
    environment, it runs against the live API, paced to the key's own limit.
    """


def run(arguments: list[str]) -> int:
    """Run one command; return its exit code. Every failure is one line on standard error."""
    try:
        outcome: Any = cli.main(args=arguments, prog_name="coinglass-audit", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return Exit.USAGE
    except BrokenPipeError:
        # The reader has left (`| head`); keep the interpreter from complaining at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.CLEAN
    except (Exception, KeyboardInterrupt) as error:
        if os.environ.get("AUDIT_DEBUG"):
            raise
        text, code = _explain(error)
        from audit.cli.screen import tell

        tell(f"error: {text}")
        return code
    return outcome if isinstance(outcome, int) else Exit.CLEAN


def _explain(error: BaseException) -> tuple[str, int]:
    match error:
        case AuditError():
            return str(error), error.exit_code
        case click.ClickException():
            return _one_line(error), Exit.USAGE
        case click.Abort() | KeyboardInterrupt():
            return "interrupted", Exit.INCOMPLETE
    told = f"internal error: {type(error).__name__}: {error}; please report it (AUDIT_DEBUG=1 shows where)"
    return told, Exit.INCOMPLETE


def _one_line(error: click.ClickException) -> str:
    text = " ".join(error.format_message().split())
    context = getattr(error, "ctx", None)
    return f"{text} (see {context.command_path} --help)" if context is not None else text
