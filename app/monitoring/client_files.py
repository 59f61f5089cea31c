"""How much room the files of one client take, whatever they are of, and that it may take no more."""

from app.bulk.service import job_files
from app.db import ReadSession
from app.errors import TooMany
from app.monitoring import attachments
from app.settings import Settings


def require_room(settings: Settings, session: ReadSession, client: str, *, more: int = 0) -> None:
    """Raise :class:`TooMany` ``client-files-full`` where a client's files, and ``more`` bytes, are past its bound."""
    used = job_files.bytes_of(settings, session, client) + attachments.bytes_of(session, client)
    most = settings.job_bytes_of_client_max
    if used + more > most:
        days = settings.job_files_days
        raise TooMany(
            "client-files-full",
            f"该客户系统的文件已占 {used >> 20} MiB，上限 {most >> 20} MiB；任务文件结束{days}天后清理，附件长期保存 / "
            f"the files of this client take {used >> 20} MiB of {most >> 20} MiB; those of jobs and uploads go "
            f"{days} days after the end, attachments stay",
        )
