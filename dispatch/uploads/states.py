"""The life of an uploaded file: checked first, applied only when somebody has read the report."""

from enum import StrEnum
from typing import Final


class UploadStatus(StrEnum):
    """How far a file is."""

    WAITING = "waiting"
    CHECKING = "checking"
    CHECKED = "checked"
    UNUSABLE = "unusable"
    TO_APPLY = "to_apply"
    APPLYING = "applying"
    APPLIED = "applied"
    FAILED = "failed"
    DISCARDED = "discarded"


#: Somebody is at it, or will be in a moment.
UNDER_WAY: Final = frozenset(
    {
        UploadStatus.WAITING,
        UploadStatus.CHECKING,
        UploadStatus.TO_APPLY,
        UploadStatus.APPLYING,
    }
)
#: From which states an administrator may put it away.
DISCARDABLE: Final = frozenset({UploadStatus.CHECKED, UploadStatus.UNUSABLE, UploadStatus.FAILED})
#: What starts the work, and what it is called while it goes on.
BEGINS: Final = {
    UploadStatus.WAITING: UploadStatus.CHECKING,
    UploadStatus.CHECKING: UploadStatus.CHECKING,
    UploadStatus.TO_APPLY: UploadStatus.APPLYING,
    UploadStatus.APPLYING: UploadStatus.APPLYING,
}
