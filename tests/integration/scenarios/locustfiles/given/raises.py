"""Raises wherever a scenario can."""

import os

import gevent
from locust import HttpUser, TaskSet, constant, events, task


@events.init.add_listener
def prepare(environment, **_):
    if "RAISE_IN_INIT" in os.environ:
        raise RuntimeError("in init")


@events.test_start.add_listener
def begin(environment, **_):
    raise RuntimeError("in test_start")


@events.request.add_listener
def look(request_type, name, **_):
    if name == "/watched":
        raise RuntimeError("in a request listener")


class Base(HttpUser):
    abstract = True
    fixed_count = 1
    wait_time = constant(0.2)

    @task
    def lists(self):
        self.client.get("/lists")


class InOnStart(Base):
    def on_start(self):
        self.client.get("/token").json()["access_token"]


class InTask(Base):
    @task(3)
    def first_item(self):
        self.client.get("/items").json()["items"]


class InNestedTask(Base):
    @task(3)
    class Nested(TaskSet):
        @task
        def broken(self):
            assert self.client.get("/nested").status_code == 418


class InOnStop(Base):
    def on_stop(self):
        raise RuntimeError("in on_stop")


class InOnStopOfTaskSet(Base):
    tasks = []

    @task
    class Nested(TaskSet):
        @task
        def fine(self):
            self.client.get("/nested")

        def on_stop(self):
            raise RuntimeError("in on_stop of a task set")


class InWaitTime(Base):
    def wait_time(self):
        raise RuntimeError("in wait_time")


class InGreenlet(Base):
    def on_start(self):
        gevent.spawn(self.poll)

    def poll(self):
        raise RuntimeError("in a greenlet of its own")


class InListener(Base):
    @task
    def watched(self):
        self.client.get("/watched")


class Textless(Base):
    @task(3)
    def textless(self):
        raise type("Silent", (Exception,), {"__str__": lambda _: 1 / 0})


class Withdrawn(Base):
    """Its request fails, and what failed it is an exception of the scenario as well."""

    @task
    def withdrawn(self):
        with self.client.get("/withdrawn", catch_response=True):
            raise ValueError("within catch_response")
