"""Writes down each of Locust's events as it comes, signs out in on_stop, and takes its time to clean up."""

import os
import time

import gevent
from locust import HttpUser, TaskSet, between, events, task

LOG = open(os.environ["TOLD"], "a", buffering=1)


def tell(word):
    LOG.write(f"{word} {time.monotonic()}\n")


for hook in ("init", "test_start", "test_stopping", "test_stop", "quitting", "quit"):
    getattr(events, hook).add_listener(lambda hook=hook, **_: tell(hook))


@events.test_stop.add_listener
def clean_up(environment, **_):
    gevent.sleep(float(os.environ.get("CLEANING_S", "0")))
    tell("cleaned")


class Member(HttpUser):
    wait_time = between(0.1, 0.2)

    def on_start(self):
        self.client.post("/sign-in")

    def on_stop(self):
        self.client.post("/sign-out")
        tell("on_stop")

    @task
    class Shop(TaskSet):
        def on_stop(self):
            tell("on_stop of the task set")

        @task
        def look(self):
            self.client.get("/look")
