"""Agents of the help desk."""

import random

from locust import FastHttpUser, between, task


class Agent(FastHttpUser):
    wait_time = between(0.5, 1.5)

    @task
    def ticket(self):  # type: ignore[no-untyped-def]
        self.client.get(f"/tickets/{random.randrange(1, 1000)}", name="/tickets/{id}")
