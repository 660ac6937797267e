"""A kept file as the JSON that the API of projects and that of visits share."""

from typing import Any

from crm.projects.models import Attachment
from crm.projects.queries import AttachmentRow


def file(row: Attachment | AttachmentRow, url: str) -> dict[str, Any]:
    return {
        "id": row.id,
        "kind": row.kind,
        "filename": row.filename,
        "media_type": row.media_type,
        "size": row.size,
        "sha256": row.sha256,
        "uploaded_at": row.uploaded_at.isoformat(),
        "url": url,
    }
