"""A locustfile whose target begins to redirect to a stranger after a while."""

from locust import FastHttpUser, constant, task


class Visitor(FastHttpUser):
    wait_time = constant(0.02)
    asked = 0

    @task
    def look(self):
        Visitor.asked += 1
        self.client.get("/hits" if Visitor.asked < 60 else "/redirect", name="/look")
