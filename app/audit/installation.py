"""The log of one installation: its keys in the data folder, its name and its rhythm from the settings."""

from pathlib import Path

from app.audit.key_files import log_signers
from app.audit.note import Signer, Verifier
from app.audit.sealer import PUBLISHED_FILE, Sealer
from app.db import Database
from app.settings import Settings


def signers_of(settings: Settings) -> list[Signer]:
    """Return the keys that sign checkpoints, made at the first use."""
    return log_signers(settings.data_dir, settings.audit_origin, signs_sm2=settings.audit_sm2)


def verifiers_of(settings: Settings) -> list[Verifier]:
    """Return the keys that checkpoints are verified with."""
    return [signer.verifier for signer in signers_of(settings)]


def sealer_of(database: Database, settings: Settings) -> Sealer:
    """Return what seals the log of a database."""
    return Sealer(database, signers_of(settings), interval_s=settings.audit_interval_s, folder=settings.data_dir)


def published(folder: Path) -> str | None:
    """Return the last checkpoint that was published beside the database, None where there is none."""
    path = folder / PUBLISHED_FILE
    if not path.exists():
        return None
    notes = path.read_text(encoding="utf-8").removesuffix("\n\n").split("\n\n")
    # Each note has one empty line inside: text and signatures.
    return f"{notes[-2]}\n\n{notes[-1]}\n".lstrip("\n") if len(notes) > 1 else None
