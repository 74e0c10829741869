"""Tell somebody how a run ended, by e-mail or chat: through Apprise, which knows more than a hundred services."""

import os
from pathlib import Path

from clvlab.errors import InputError
from clvlab.reports import manifest
from clvlab.reports.shapes import RunRecord

ADDRESS = "CLVLAB_ALERT"


def check_alerts() -> None:
    """Refuse a plan that asks for messages where none can be sent, before anything runs.

    Raises
    ------
    InputError
        The address is not set, or Apprise is not installed. The address, which holds a password, is never repeated.
    """
    if not os.environ.get(ADDRESS):
        raise InputError(
            f"The plan asks for alerts, and the environment variable {ADDRESS} is not set: give it an address of "
            'Apprise, such as mailtos://user:password@example.org, or write alert = "never".'
        )
    try:
        import apprise  # noqa: F401
    except ImportError as error:
        raise InputError(
            "The plan asks for alerts, and Apprise is not installed: pip install 'clvlab[alerts]', or write "
            'alert = "never".'
        ) from error


def message(run: RunRecord) -> tuple[str, str]:
    """Subject and text: what ended how, nothing of the data."""
    failed = [each for each in run["notebooks"] if each["exit_code"] != 0]
    red = [each for each in run["notebooks"] if any(g["state"] == "red" for g in each.get("gates", []))]
    code = run["exit_code"]
    subject = "clvlab: all reports are done" if code == 0 else f"clvlab: reports failed (exit code {code})"
    lines = [f"Run of {run['started'][:16].replace('T', ' ')}, {run['seconds']:.0f} s."]
    for each in failed:
        first = each["message"].partition("\n")[0]
        lines.append(f"{each['notebook']}: exit code {each['exit_code']}: {first}")
    lines += [f"{each['notebook']}: a check is red" for each in red if each not in failed]
    if run["not_run"]:
        lines.append(f"Not run: {', '.join(run['not_run'])}.")
    done = len(run["notebooks"]) - len(failed)
    lines.append(f"{done} done, {len(failed)} failed, {len(run.get('unchanged', []))} unchanged.")
    return subject, "\n".join(lines)


def tell_end(folder: Path, code: int, when: str) -> str | None:
    """Send how the latest run ended; what went wrong with that, or None."""
    if when == "never" or (when == "failure" and code == 0):
        return None
    try:
        run = manifest.load(folder)["runs"][-1]
    except (InputError, IndexError):
        return send(f"clvlab: reports failed (exit code {code})", "Nothing could be recorded: see the log.")
    return send(*message(run))


def send(subject: str, text: str) -> str | None:
    """Send a message; what went wrong with that, or None. Never repeats the address."""
    import apprise

    try:
        service = apprise.Apprise()
        sent = service.add(os.environ[ADDRESS]) and service.notify(title=subject, body=text)
    except Exception as error:  # of whatever service
        return f"the alert could not be sent ({type(error).__name__})"
    return None if sent else f"the alert could not be sent: see whether the address in {ADDRESS} is right"
