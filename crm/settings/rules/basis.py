"""What a change of a rule or a value rests on (依据): a document, a meeting, a reason."""

from crm.core.errors import RuleBroken

_SHORTEST = 2


def checked(written: str) -> str:
    """As it is kept; raises RuleBroken at the field `source` where nothing can be learned from it."""
    source = written.strip()
    if not source:
        raise RuleBroken("依据没有填。请写明文件、会议或理由。", "source")
    if len(source) < _SHORTEST:
        raise RuleBroken(f"依据只有“{source}”一个字，看不出来由。请写明文件、会议或理由。", "source")
    return source
