"""The locustfile of locust_steps and locust_ramp: users who think for 0.9 s, in steps of 8 s or one ramp."""

from __future__ import annotations

import os

from locust import HttpUser, LoadTestShape, constant, task

STEPS, STEP_S = (5, 10, 20, 30, 45, 60, 80, 120), 8


class Visitor(HttpUser):
    wait_time = constant(0.9)

    @task(3)
    def invoices(self) -> None:
        self.client.get("/invoices")

    @task(1)
    def search(self) -> None:
        self.client.get("/search")


if os.environ.get("STEPS"):

    class Steps(LoadTestShape):
        def tick(self) -> tuple[int, float] | None:
            step = int(self.get_run_time() / STEP_S)
            return (STEPS[step], 100.0) if step < len(STEPS) else None
