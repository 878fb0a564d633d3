"""Tasks in every form that Locust takes, in classes of every kind."""

import gevent
from locust import (
    FastHttpUser,
    HttpUser,
    MarkovTaskSet,
    SequentialTaskSet,
    TaskSet,
    constant,
    constant_throughput,
    events,
    tag,
    task,
    transition,
)


class Base(HttpUser):
    abstract = True
    wait_time = constant(0.1)


class Reader(Base):
    weight = 2

    @task
    def read(self):
        self.client.get("/read")


class Writer(Base):
    weight = 1

    @task
    def write(self):
        self.client.post("/write", json={})


class Organizer(FastHttpUser):
    fixed_count = 3
    wait_time = constant(0.1)

    @task
    def dashboard(self):
        self.client.get("/dashboard")


def by_dictionary(user):
    user.client.get("/by-dictionary")


def by_list(user):
    user.client.get("/by-list")


class Weighted(Base):
    tasks = {by_dictionary: 3, by_list: 1}


class Endless(TaskSet):
    """Never interrupts itself."""

    @task(5)
    def browse(self):
        self.client.get("/browse")

    @task
    class Inner(TaskSet):
        wait_time = constant(0.1)

        @task
        def deep(self):
            self.client.get("/deep")


class Shopper(Base):
    tasks = [Endless, by_list]


class Checkout(SequentialTaskSet):
    @task
    def basket(self):
        self.client.get("/basket")

    @task
    def pay(self):
        self.client.post("/pay")
        self.interrupt()


class Buyer(Base):
    @task
    class Buy(Checkout):
        pass

    @task(9)
    def look(self):
        self.client.get("/look")


class Walker(Base):
    @task
    class Walk(MarkovTaskSet):
        @transition("second")
        def first(self):
            self.client.get("/first")

        @transition("first")
        def second(self):
            self.client.get("/second")


class Tagged(Base):
    @tag("slow")
    @task
    def slow(self):
        self.client.get("/slow")

    @task
    def quick(self):
        self.client.get("/quick")


class Paced(Base):
    wait_time = constant_throughput(5)

    @task
    def paced(self):
        self.client.get("/paced")


class Busy(Base):
    """A task that never returns beside one that does."""

    @task
    def forever(self):
        while True:
            self.client.get("/forever-in-one-task")
            gevent.sleep(0.1)

    @task
    def brief(self):
        self.client.get("/brief")


class Late(Base):
    """Its tasks are set once the test begins."""


@events.test_start.add_listener
def set_tasks(environment, **_):
    Late.tasks = (by_late_task,)


def by_late_task(user):
    user.client.get("/late")


class OwnTasks(Base):
    """Each user chooses its tasks for itself."""

    @task
    def never(self):
        self.client.get("/never")

    def on_start(self):
        self.tasks = [by_own_choice]


def by_own_choice(user):
    user.client.get("/own-choice")


class CookieJar(Base):
    """Called as secrets are, and with a host that is not allowed."""

    host = "http://elsewhere.invalid"

    @task
    def elsewhere(self):
        self.client.get("/elsewhere")


class Alias(Base):
    """Its own host is the target under another name."""

    host = "http://localhost"

    @task
    def alias(self):
        self.client.get("/alias")


class Pool(Base):
    """Sends from greenlets of its own."""

    @task
    def pool(self):
        gevent.joinall([gevent.spawn(self.client.get, "/pool") for _ in range(2)])
