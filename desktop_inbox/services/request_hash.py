"""What tells two attempts of one message apart, with nothing of the message in it."""

import hashlib
import json

from desktop_inbox.models.entities.outbox import Delivery


def request_hash(delivery: Delivery) -> str:
    """Return a hash of everything that the provider is given, without keeping any of it."""
    files = [[file.sha256, file.media_type, file.original_name] for file in delivery.attachments]
    content = [str(delivery.scheme), delivery.to, delivery.text, files]
    encoded = json.dumps(content, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(encoded.encode()).hexdigest()
