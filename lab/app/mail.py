"""Letters, and one SMTP session with the relay."""

from __future__ import annotations

import smtplib
from dataclasses import dataclass, field
from email.message import EmailMessage
from uuid import uuid4


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail to be sent, and the invoice that it carries, if any."""

    tenant: int
    to: str
    subject: str
    text: str
    invoice: int | None = None
    key: str = field(default_factory=lambda: uuid4().hex)  # the same letter has the same, however often it is sent

    def message(self) -> EmailMessage:
        """As the relay wants it."""
        message = EmailMessage()
        message["Message-ID"] = f"<{self.key}@saas.example>"
        message["From"], message["To"], message["Subject"] = "hello@saas.example", self.to, self.subject
        message.set_content(self.text)
        return message


def connect(relay_port: int) -> smtplib.SMTP:
    """A session with the relay; the name is given, because smtplib would look its own up."""
    return smtplib.SMTP("127.0.0.1", relay_port, local_hostname="app.saas.example", timeout=60)
