"""sharectl: the operator's command."""

import typer

from sharectl import keys, links, producers, roll_ups, runs, secrets, snapshots, tables
from sharectl.apply import apply
from sharectl.command import Command, Commands, shared_options
from sharectl.purge import purge

app = typer.Typer(
    cls=Commands,
    callback=shared_options,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Operate report-shares: brands, schedules, API keys, run files, links, secrets and data that has to go.\n\n"
    "Finds table, bucket and queues from the stack's outputs; uses AWS_ENDPOINT_URL, AWS_PROFILE, "
    "AWS_REGION and credentials like every AWS tool. "
    "--stack, --profile, --region and --json may stand before a command or after it.\n\n"
    "Exit codes: 0 fine, 1 something failed, 2 wrong usage or refused input.",
)
app.command(cls=Command)(apply)
for noun in (runs, keys, roll_ups, links, secrets, tables, snapshots, producers):
    app.add_typer(noun.app)
app.command(cls=Command)(purge)


def run() -> None:
    """The console script."""
    app(prog_name="sharectl")


if __name__ == "__main__":
    run()
