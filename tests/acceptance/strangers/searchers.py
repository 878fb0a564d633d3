"""Staff of the help desk that searches for tickets by a number in them, so that few answers are alike."""

from __future__ import annotations

import base64
import json
import random

from locust import task
from staff import TICKETS, Staff


class Searcher(Staff):
    @task(3)
    def search(self) -> None:
        wanted = {"filtering": {"status__in": [1, 2]}, "sorting": "created", "sortreverse": False,
                  "search_string": random.choice(TICKETS).strip("/").rpartition("/")[2]}  # fmt: skip
        query = base64.b64encode(json.dumps(wanted).encode()).decode()
        self.client.get(f"/datatables_ticket_list/{query}?draw=1&start=0&length=25", name="/datatables_ticket_list/")
