"""`completion`: what a shell needs to complete commands and options."""

from __future__ import annotations

import click

from audit import NAME

SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", metavar="bash|zsh|fish")
@click.pass_context
def command(context: click.Context, shell: str) -> int:
    """Print the script that makes a shell complete commands, options and their values.

    \b
    eval "$(coinglass-audit completion bash)"
    coinglass-audit completion zsh > ~/.zfunc/_coinglass-audit
    coinglass-audit completion fish > ~/.config/fish/completions/coinglass-audit.fish
    """
    from click.shell_completion import get_completion_class

    from audit.errors import unknown

    found = get_completion_class(shell) if shell in SHELLS else None
    if found is None:
        raise unknown("shell", shell, list(SHELLS))
    variable = f"_{NAME.replace('-', '_')}_complete".upper()
    script = found(context.find_root().command, {}, NAME, variable)
    # Not `source()`: that starts bash to look at its version, and the script may be for another machine.
    click.echo(script.source_template % script.source_vars())
    return 0
