"""``5x5 doctor``: what is wrong with this machine's installation, and all that a report of a fault needs."""

import typer

from fivebyfive.cli import options, probing
from fivebyfive.cli.printing import say, say_document
from fivebyfive.errors import Failure


def doctor(json: options.Json = False) -> None:
    """Look at the installation: what is wrong, what to do, and what a report of a fault needs."""
    findings = probing.found()
    if json:
        say_document({"problems": findings.problems, **findings.facts})
    else:
        _print(findings)
    if findings.problems:
        raise typer.Exit(Failure.exit_code)


def _print(findings: probing.Findings) -> None:
    for problem in findings.problems:
        say(f"problem: {problem}")
    if not findings.problems:
        say("nothing is wrong")
    for part, facts in findings.facts.items():
        say("")
        say(part)
        for name, value in facts.items():
            say(f"  {name}: {value}")
