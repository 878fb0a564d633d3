"""django-helpdesk, whose tenants are queues: their tickets, follow-ups, knowledge base, templates and check-lists."""

from __future__ import annotations

from typing import Any

from _django import CONTRIB, act, configure
from django.urls import include, path

configure(
    [*(f"django.contrib.{name}" for name in [*CONTRIB, "humanize"]), "rest_framework", "helpdesk"],
    HELPDESK_PUBLIC_ENABLED=True, HELPDESK_TEAMS_MODE_ENABLED=False, LOGIN_URL="/login/",
)  # fmt: skip

from django.contrib.auth.models import User  # noqa: E402
from django.test import Client  # noqa: E402
from helpdesk.models import (  # noqa: E402
    Checklist,
    ChecklistTask,
    CustomField,
    FollowUp,
    KBCategory,
    KBItem,
    PreSetReply,
    Queue,
    Ticket,
    TicketCC,
    TicketCustomFieldValue,
)

urlpatterns = [path("", include("helpdesk.urls"))]


def fill() -> None:
    staff = User.objects.create_superuser("staff", "staff@desk.example", "secret")
    field = CustomField.objects.create(name="urgency", label="Urgency", data_type="varchar", max_length=20)
    for name in ("Billing", "Returns and refunds"):
        queue = Queue.objects.create(
            title=name, slug=name.lower().replace(" ", "-"), email_address=f"{name[:6].lower()}@desk.example",
            new_ticket_cc="boss@desk.example", allow_public_submission=True,
        )  # fmt: skip
        category = KBCategory.objects.create(
            name=name, title=name, slug=queue.slug, description="", queue=queue, public=True
        )
        KBItem.objects.create(category=category, title="How", question="How?", answer="So.")
        PreSetReply.objects.create(name=f"Thanks {name}", body="Thank you").queues.add(queue)
        for number in range(40):
            _ticket(queue, staff, field, number)


def _ticket(queue: Queue, staff: User, field: CustomField, number: int) -> None:
    ticket = Ticket.objects.create(
        title=f"{queue.title} {number}", queue=queue, submitter_email=f"anna{number}@mail.example", assigned_to=staff,
        description="It does not work. " * 10,
    )  # fmt: skip
    for day in range(3):
        follow_up = FollowUp.objects.create(ticket=ticket, title=f"Day {day}", comment="Yes. " * 20, user=staff)
        follow_up.ticketchange_set.create(field="status", old_value="1", new_value="2")
    TicketCC.objects.create(ticket=ticket, email="boss@mail.example")
    TicketCustomFieldValue.objects.create(ticket=ticket, field=field, value="high")
    tasks = Checklist.objects.create(ticket=ticket, name="To do")
    ChecklistTask.objects.create(checklist=tasks, description="Look", position=1)


def answer() -> dict[str, Any]:
    """Lists as staff sees them, a copied ticket, and a ticket that a stranger sends in."""
    client = Client()
    client.force_login(User.objects.get(username="staff"))
    newest = Ticket.objects.latest("id")
    pages = [
        "/dashboard/",
        "/tickets/",
        f"/tickets/{newest.id}/",
        "/kb/",
        f"/kb/{KBCategory.objects.latest('id').slug}/",
    ]
    said = {page: client.get(page).status_code for page in pages}
    form = {"queue": Queue.objects.latest("id").id, "title": "One more", "body": "Please", "priority": "3",
            "submitter_email": "eve@mail.example"}  # fmt: skip
    sent = client.post("/tickets/submit/", form)
    made = Ticket.objects.latest("id")
    return {"pages": said, "sent": sent.status_code, "made": [made.title, made.id - newest.id],
            "of": made.queue.ticket_set.count(), "queues": Queue.objects.count()}  # fmt: skip


act(fill, answer)
