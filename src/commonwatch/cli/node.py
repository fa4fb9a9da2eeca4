"""One nation's node as a service: made, checked, joined with partners, run."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from commonwatch.errors import CheckFailed

EXAMPLES = (
    "commonwatch node init korea --as KOR --mode exercise --address 127.0.0.1:7422 "
    "--sensors src/commonwatch/world/data/example-pass/sensors.toml",
    "commonwatch node check korea",
    "commonwatch node identity korea",
)

app = typer.Typer(no_args_is_help=True)

Place = Annotated[Path, typer.Argument(help="The node's folder, or the TOML file in it.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="A folder for the node, and for nothing else.")],
    *,
    whose: Annotated[str, typer.Option("--as", help="Whose node it is (alpha-3 code).")],
    mode: Annotated[str, typer.Option(help="live, exercise or test: for good.")],
    address: Annotated[
        str, typer.Option(help="host:port at which partners reach it.")
    ] = "127.0.0.1:7422",
    sensors: Annotated[
        Path | None, typer.Option(help="A table of own and partners' sensors, to be copied in.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write the TOML file of a node, with its keys, its certificate and its agreement desk."""
    from commonwatch.cli.output import print_json
    from commonwatch.node.service.config import read_config
    from commonwatch.node.service.making import make_node
    from commonwatch.node.service.partners import own_identity

    file = make_node(folder, whose, mode, address, sensors, time.time())
    own = own_identity(file, read_config(file))
    if as_json:
        print_json(
            {"kind": "node-init", "file": str(file), "nation": own.nation, "mode": own.mode,
             "key": own.key.key_id, "fingerprint": own.fingerprint}
        )  # fmt: skip
        return
    print(f"{file}: the node of {own.nation} ({own.mode}), key {own.key.key_id}")
    print(f"fingerprint {own.fingerprint}")
    print(f"give partners: commonwatch node identity {folder} > {own.nation}.json")


@app.command()
def identity(folder: Place) -> None:
    """Print what a partner adds: nation, public key, certificate and address (JSON)."""
    import msgspec

    from commonwatch.cli.output import print_json
    from commonwatch.node.service.config import config_file, read_config
    from commonwatch.node.service.partners import own_identity

    file = config_file(folder)
    own = own_identity(file, read_config(file))
    print_json(msgspec.to_builtins(own))


@app.command()
def partner(
    folder: Place,
    given: Annotated[Path, typer.Argument(help="What the partner's `node identity` wrote.")],
    *,
    fingerprint: Annotated[
        str | None, typer.Option(help="The file's, as the partner read it out to you.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Add a partner, or its renewed certificate; without --fingerprint say which one to compare."""
    from commonwatch.cli.output import print_json
    from commonwatch.node.service.config import config_file, read_config
    from commonwatch.node.service.partners import add_partner

    file = config_file(folder)
    told = add_partner(file, read_config(file), given, fingerprint, time.time())
    if as_json:
        print_json(
            {"kind": "node-partner", "nation": told.nation, "key": told.key.key_id,
             "fingerprint": told.fingerprint}
        )  # fmt: skip
        return
    print(f"{told.nation} is a partner: key {told.key.key_id}, reached at {told.address}")
    print(f"name it in marking.releasable_to of {file} where it may be told anything")


@app.command()
def check(folder: Place, *, as_json: AsJson = False) -> None:
    """Say everything that is wrong with a node, each a line, before anything of it starts.

    Status 3 where anything is wrong.
    """
    from commonwatch.cli.output import print_json
    from commonwatch.node.service.checking import faults_of
    from commonwatch.node.service.config import config_file

    file = config_file(folder)
    faults = faults_of(file, time.time())
    if as_json:
        print_json({"kind": "node-check", "file": str(file), "holds": not faults, "faults": faults})
        if faults:
            raise typer.Exit(3)
        return
    if faults:
        raise CheckFailed(faults)
    print(f"{file}: nothing is wrong")


@app.command()
def run(folder: Place) -> None:
    """Run the node until SIGTERM or SIGINT: plots in, bulletins out and in, pictures as JSON lines.

    Standard error is its log, one JSON object a line.
    """
    from commonwatch.node.service.config import config_file
    from commonwatch.node.service.service import Service

    Service(config_file(folder), time.time()).run()
