"""`millage levy`: the group of commands on the roll and its bills; modules add to it by topic."""

import typer

levy = typer.Typer(help="The roll's bills and what changes them.", no_args_is_help=True)
