"""Cleaning of uploads that no record speaks of."""

from datetime import datetime, timedelta

from crm.projects import files, queries

#: An upload settles before its row is saved; a day is far more than any request lasts.
_YOUNG = timedelta(days=1)


def clean_uploads(now: datetime) -> str:
    """Removes contents whose form was refused after they had settled, and what broken uploads left. Removed files stay: rows speak of them."""
    edge = (now - _YOUNG).timestamp()
    removed = 0
    for folder in sorted(path for path in files.root().glob("*") if path.is_dir()):
        old = [path for path in folder.iterdir() if path.stat().st_mtime < edge]
        known = queries.in_use([path.name for path in old])
        for path in old:
            if path.name not in known:
                path.unlink(missing_ok=True)
                removed += 1
    for path in files.root().glob("incoming-*"):
        if path.stat().st_mtime < edge:
            path.unlink(missing_ok=True)
            removed += 1
    return f"清理没有归属的附件 {removed} 个"
