"""States of a background task and how long a silent one is waited for."""

from datetime import datetime, timedelta
from enum import StrEnum

MOST_ATTEMPTS = 3
#: A running task tells that it lives every BEAT seconds; one that is silent for longer than SILENCE is taken over.
BEAT_SECONDS = 20
SILENCE = timedelta(minutes=3)
#: How long the files that tasks leave behind can be fetched.
KEEP_FILES = timedelta(days=30)

FAILED_UNEXPECTEDLY = "处理时系统出错，没有完成。请稍后再试；多次出现请告诉系统管理员。"
GAVE_UP = "后台处理多次中断，没有完成。请重新提交；再次出现请告诉系统管理员。"
POST_ENDED = "提交这项任务时的岗位已经结束，没有办理。请用现在的岗位重新提交。"


class TaskState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"

    @property
    def label(self) -> str:
        return _LABELS[self]

    @property
    def over(self) -> bool:
        return self in (TaskState.DONE, TaskState.FAILED)


_LABELS = {
    TaskState.QUEUED: "排队中",
    TaskState.RUNNING: "处理中",
    TaskState.DONE: "已完成",
    TaskState.FAILED: "没有完成",
}

#: What the pages call a kind of task when the one who enqueued it gave no title.
TITLES = {
    "exports.make": "生成导出文件",
    "imports.read": "读取导入文件",
    "imports.commit": "导入入库",
    "imports.undo": "撤销导入",
    "targets.confirm": "成批确认环节",
    "weekly.make": "生成周报",
}


class Interrupted(BaseException):
    """The worker must end: the handler stops where it is, and the task goes back into the queue.

    Not an Exception, so that no handler takes it for a failure of its own.
    """


def silent_since(now: datetime) -> datetime:
    """A running task last seen before this moment has lost its worker."""
    return now - SILENCE
