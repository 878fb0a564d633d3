"""Staff of the help desk: they read tickets, and now and then an article."""

from __future__ import annotations

import os
import random
from pathlib import Path

from locust import FastHttpUser, between, task

_TICKETS = Path(os.environ["STRANGER_PATHS"]).read_text().split()


class Staff(FastHttpUser):
    wait_time = between(1, 3)

    def on_start(self) -> None:
        self.client.post("/login/", {"username": "staff", "password": "secret", "next": "/kb/"}, name="/login/")

    @task(4)
    def ticket(self) -> None:
        self.client.get(random.choice(_TICKETS), name="/tickets/{id}/")

    @task
    def articles(self) -> None:
        self.client.get("/kb/", name="/kb/")
