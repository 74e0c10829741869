"""The ``clvlab`` command.

Everything heavy is imported where it is used, so that ``clvlab --help`` answers at once.
"""

import contextlib
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(
    help="Customer lifetime value and churn: forecasts with intervals, and reports a manager reads.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.command(name="report")
def report_(
    notebooks: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NOTEBOOK]...", help="Names or .ipynb files; default: all."),
    ] = None,
    orders: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="Orders for every notebook that takes them: a file, or a database's address."
        ),
    ] = None,
    parameter: Annotated[
        list[str] | None,
        typer.Option("--parameter", "-p", metavar="NAME=VALUE", help="Set a parameter; repeatable."),
    ] = None,
    plan: Annotated[Path | None, typer.Option(metavar="FILE", help="A plan of reports, such as reports.toml.")] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder for the reports; default: reports.")] = None,
    timeout: Annotated[
        float | None,
        typer.Option(metavar="SECONDS", min=1, help="End the whole run after this long, with code 124."),
    ] = None,
    language: Annotated[
        str | None,
        typer.Option(metavar="CODES", help="Language of the pages, en (default) or zh; en,zh makes each page in both."),
    ] = None,
    wait: Annotated[
        float,
        typer.Option(metavar="SECONDS", min=0, help="Wait this long for another run in the same folder."),
    ] = 0,
    force: Annotated[bool, typer.Option("--force", help="Run also what has not changed since its last run.")] = False,
    jobs: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="How many notebooks run at once; one per core."),
    ] = None,
    memory: Annotated[
        float | None, typer.Option(metavar="GB", min=0.1, help="Memory that notebooks may hold together.")
    ] = None,
    keep: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Delete earlier runs but the last N and the last good one.")
    ] = None,
    hide_identifiers: Annotated[
        bool,
        typer.Option(
            "--hide-identifiers",
            help="Show keyed hashes instead of customers' identifiers, names, e-mail addresses and telephone numbers. "
            "The key is the environment variable CLVLAB_IDENTIFIER_KEY; without it, a random one for this run.",
        ),
    ] = False,
) -> None:
    """Run notebooks and write their pages.

    Exit codes: 0 done; 1 a notebook failed; 2 bad input or parameters; 75 another run holds the folder; 124 the time
    limit passed; 138 a notebook's kernel died.
    """
    from clvlab.reports.commands import Asked, report

    asked = Asked(
        notebooks or (),
        plan,
        orders,
        parameter or (),
        out,
        timeout,
        language,
        wait,
        force,
        jobs,
        memory,
        keep,
        hide_identifiers,
    )
    code, index = report(asked)
    _say(str(index))
    raise typer.Exit(code)


@app.command()
def check(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="Orders or another table: CSV, Excel, Parquet, a database.")
    ],
    table: Annotated[
        str, typer.Option(metavar="NAME", help="What it holds: orders, customers, surveys, ...")
    ] = "orders",
    column: Annotated[
        list[str] | None,
        typer.Option("--column", "-c", metavar="ROLE=COL", help="Column of a role that is not recognised; repeatable."),
    ] = None,
    customer: Annotated[str | None, typer.Option(metavar="COL", help="Column of the customer.")] = None,
    date: Annotated[str | None, typer.Option(metavar="COL", help="Column of the date.")] = None,
    amount: Annotated[str | None, typer.Option(metavar="COL", help="Column of the amount.")] = None,
    quantity: Annotated[str | None, typer.Option(metavar="COL", help="Column of the quantity.")] = None,
    price: Annotated[str | None, typer.Option(metavar="COL", help="Column of the price.")] = None,
    product: Annotated[str | None, typer.Option(metavar="COL", help="Column of the product.")] = None,
    order_id: Annotated[str | None, typer.Option(metavar="COL", help="Column of the order's number.")] = None,
    attribute: Annotated[
        list[str] | None, typer.Option(metavar="COL", help="Column to keep per customer; repeatable.")
    ] = None,
    refunds: Annotated[str, typer.Option(help="net or drop.")] = "net",
    zero_amounts: Annotated[str, typer.Option(help="keep or drop.")] = "keep",
    duplicates: Annotated[str, typer.Option(help="keep or drop.")] = "keep",
    timezone: Annotated[str | None, typer.Option(help="Time zone that decides the day.")] = None,
    date_format: Annotated[
        str | None, typer.Option(metavar="PATTERN", help="Date format, such as %d/%m/%Y, if it is ambiguous.")
    ] = None,
    mapping: Annotated[
        str | None, typer.Option(metavar="FILE", help="Headings of your own, in TOML (docs/tables.md).")
    ] = None,
    customers: Annotated[
        str | None, typer.Option(metavar="FILE", help="A table of customers to check this one against.")
    ] = None,
) -> None:
    """Read a table and say what is used, what is not, and why."""
    from clvlab.data.across import across
    from clvlab.data.orders import read_orders
    from clvlab.data.reading.table import Records, read_table
    from clvlab.pages.orders_read import in_text
    from clvlab.pages.records_read import records_in_text
    from clvlab.words import ENGLISH

    short = {"customer": customer, "date": date, "amount": amount, "quantity": quantity, "price": price,
             "product": product, "order_id": order_id}  # fmt: skip
    roles = {role: name for role, name in short.items() if name is not None} | _roles(column or [])
    how: dict[str, Any] = {"timezone": timezone, "date_format": date_format, "mapping": mapping}
    if table == "orders":
        how |= {"refunds": refunds, "zero_amounts": zero_amounts, "duplicates": duplicates, **_known_roles(roles)}
        read: Any = read_orders(file, attributes=attribute or (), **how)
        typer.echo(in_text(read, ENGLISH))
    else:
        read = read_table(table, file, roles, **how)
        typer.echo(records_in_text(read, ENGLISH))
    if customers is not None:
        base: Records = read_table("customers", customers)
        typer.echo("\n" + across(base, {table: read}).to_string(index=False))


def _roles(given: list[str]) -> dict[str, str]:
    from clvlab.errors import InputError

    parts = [each.partition("=") for each in given]
    wrong = [role for role, mark, name in parts if not (role and mark and name)]
    if wrong:
        raise InputError(f"--column takes ROLE=COL, such as customer=CustomerID; found {wrong[0]!r}.")
    return {role: name for role, _, name in parts}


def _known_roles(roles: dict[str, str]) -> dict[str, str]:
    from clvlab.data.tables.contract import contract
    from clvlab.errors import InputError

    unknown = [role for role in roles if role not in contract("orders").columns]
    if unknown:
        raise InputError(f"Orders have no {', '.join(unknown)}. They have {', '.join(contract('orders').columns)}.")
    return roles


@app.command()
def params(notebook: Annotated[str, typer.Argument(metavar="NOTEBOOK", help="Name or .ipynb file.")]) -> None:
    """List the parameters of a notebook."""
    from clvlab.extensions import load_extensions
    from clvlab.reports.notebooks import declared_in, find_notebooks

    load_extensions()
    found = declared_in(find_notebooks([notebook])[0])
    if not found:
        typer.echo("This notebook has no parameters.")
        return
    _print_table(
        ["name", "type", "default", "has an effect", "meaning"],
        [[p.name, p.type, repr(p.default), ", ".join(map(str, p.beside)), p.comment] for p in found],
    )


@app.command()
def runs(
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the reports.")] = Path("reports"),
    last: Annotated[int, typer.Option(metavar="N", min=1, help="How many of the latest runs to list.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Everything recorded, as JSON.")] = False,
) -> None:
    """List past runs, newest first."""
    from clvlab.reports.commands import ended, in_json, known_runs

    found = known_runs(out)["runs"][-last:]
    if as_json:
        _say(in_json(found))
        return
    rows: list[list[str]] = []
    for run in reversed(found):
        started = run["started"][:16].replace("T", " ")
        code = ended(run, out)
        told = [
            [started, r["notebook"], str(r["exit_code"]), f"{r['seconds']:.0f} s", r["page"] or "",
             (r["message"] or "").strip().partition("\n")[0][:80]]
            for r in run["notebooks"]
        ]  # fmt: skip
        told += [[started, name, "0", "", "", "unchanged"] for name in run.get("unchanged", [])]
        told += [[started, name, "", "", "", "not run" if code.isdigit() else code] for name in run["not_run"]]
        rows += told or [[started, "", code, "", "", run.get("message", "").partition("\n")[0][:80]]]
    if not rows:
        typer.echo(f"No runs are recorded in {out}.")
        return
    _print_table(["started", "notebook", "code", "took", "page", "message"], rows)


@app.command(name="compare-runs", context_settings={"ignore_unknown_options": True})
def compare_runs_(
    before: Annotated[
        str, typer.Argument(metavar="A", help="A run: its id, its start, or -2 for the one before last.")
    ],
    after: Annotated[str, typer.Argument(metavar="B", help="A later run; -1 is the latest.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the reports.")] = Path("reports"),
) -> None:
    """Compare two runs: headline numbers, data, parameters, versions; and B against the same time last year."""
    from clvlab.reports.commands import compare_runs

    changes, year = compare_runs(out, before, after)
    for heads, found in ((["notebook", "what", "A", "B"], changes), (["notebook", "what", "a year before", "B"], year)):
        if found:
            _print_table(heads, [[c["notebook"], c["what"], _shown(c["before"]), _shown(c["after"])] for c in found])
    if not changes:
        typer.echo("Nothing differs.")


@app.command(name="prune")
def prune_(
    keep: Annotated[int, typer.Option(metavar="N", min=1, help="Runs to keep, beside the last good one.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the reports.")] = Path("reports"),
    delete: Annotated[bool, typer.Option("--delete", help="Delete them; without it, they are only listed.")] = False,
) -> None:
    """List what deleting old runs would free, or delete them. The record of them stays."""
    from clvlab.reports.commands import prune, size

    old = prune(out, keep, delete=delete)
    for each in old:
        typer.echo(f"{each.name}  {size(each.frees)}")
    verb = "deleted" if delete else "would go; --delete deletes them"
    typer.echo(f"{len(old)} runs, {size(sum(each.frees for each in old))}: {verb}.")


def _shown(value: object) -> str:
    return "-" if value is None else f"{value:,.6g}" if isinstance(value, float) else str(value)


def _print_table(heads: list[str], rows: list[list[str]]) -> None:
    widths = [max(len(row[i]) for row in [heads, *rows]) for i in range(len(heads))]
    for row in [heads, *rows]:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _say(text: str) -> None:
    """Print a line; whoever closed the pipe does not want it."""
    try:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def main() -> None:
    """Run the command; bad input is a message on standard error and an exit code."""
    from clvlab.errors import InputError

    try:
        app()
    except InputError as error:
        from clvlab.reports.commands import code_of

        with contextlib.suppress(OSError):
            sys.stderr.write(f"clvlab: {error}\n")
            sys.stderr.flush()
        sys.exit(code_of(error))


if __name__ == "__main__":
    main()
