"""A route of the framework with the models of a screening and nothing behind it, to measure the service against."""

import json
import os
from pathlib import Path

from fastapi import FastAPI

from app.api.screening_schemas import ScreeningAnswer, ScreeningRequest

app = FastAPI()
_ANSWER = ScreeningAnswer.model_validate(json.loads(Path(os.environ["NOOP_ANSWER"]).read_text(encoding="utf-8")))


@app.post("/v1/screenings")
async def screen(asked: ScreeningRequest) -> ScreeningAnswer:
    """Read the request as the service does, and answer what never changes."""
    del asked
    return _ANSWER
