"""`python -m stream.generate`: write what is derived from the declarations, or with --check say what is stale.

`make generate` calls this; `answerable standards generate` is the same for those who have no checkout.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from stream.errors import AnswerableError
from stream.generate.everything import HERE, Checkout, declared, generate

FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command()
@click.option("--deploy", type=FOLDER, default=Path("deploy"), show_default=True, help="The folder.")
@click.option("--docs", type=FOLDER, default=HERE.docs, show_default=True, help="The pages' folder.")
@click.option("--topics", type=FOLDER, default=HERE.topics, show_default=True, help="The contract's folder.")
@click.option("--scenarios", type=FOLDER, default=HERE.scenarios, show_default=True, help="The folder of the examples.")
@click.option("--check", is_flag=True, help="Write nothing; end with 1 when something is stale.")
def main(deploy: Path, docs: Path, topics: Path, scenarios: Path, check: bool) -> None:  # noqa: FBT001 - click passes flags by name
    """Write rules and runbook frames from deploy/centre.yaml and deploy/standards.yaml, the pages that list code, and AsyncAPI."""
    try:
        found = generate(deploy, Checkout(docs=docs, topics=topics, scenarios=scenarios), *declared(deploy), check=check)
    except AnswerableError as refused:
        click.echo(f"Error: {refused}", err=True)
        sys.exit(refused.exit_code)
    for path in found:
        click.echo(f"{path} is stale: run `make generate` and commit it." if check else f"wrote {path}", err=check)
    sys.exit(check and bool(found))


if __name__ == "__main__":
    main()
