"""``cutoff openapi``: the description of the API."""

import json

import typer

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def openapi() -> None:
    """Print the OpenAPI description as JSON; it needs no database. 输出接口描述.

    Example: cutoff openapi > openapi.json
    """
    from app.main import describe  # noqa: PLC0415 - see app.cli.ground
    from app.settings import Settings  # noqa: PLC0415 - as above

    typer.echo(json.dumps(describe(Settings()), ensure_ascii=False, indent=2))
