"""Staff of the help desk: they read tickets, and now and then an article."""

from __future__ import annotations

import os
import random
import re
from pathlib import Path

from locust import FastHttpUser, between, task

TICKETS = Path(os.environ["STRANGER_PATHS"]).read_text().split()


class Staff(FastHttpUser):
    wait_time = between(1, 3)

    def on_start(self) -> None:
        form = self.client.get("/login/", name="/login/").text
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
        sent = {"username": "staff", "password": "secret", "next": "/kb/", "csrfmiddlewaretoken": token and token[1]}
        with self.client.post("/login/", sent, name="/login/", catch_response=True) as answer:
            if "/login/" in answer.url:
                answer.failure("not signed in")

    @task(4)
    def ticket(self) -> None:
        with self.client.get(random.choice(TICKETS), name="/tickets/{id}/", catch_response=True) as answer:
            if "/login/" in (answer.url or ""):
                answer.failure("not signed in")

    @task
    def articles(self) -> None:
        self.client.get("/kb/", name="/kb/")
