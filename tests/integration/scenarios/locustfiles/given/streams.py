"""Users who read answers as they come, each in another way; one class for each."""

import time

from locust import FastHttpUser, HttpUser, constant, events, task

PAUSE_S = 0.1


def tell(name, began):
    milliseconds = (time.perf_counter() - began) * 1000
    events.request.fire(
        request_type="SSE", name=name, response_time=milliseconds, response_length=0, exception=None, context={}
    )


def read(lines, who):
    """The lines of a stream: when the first came, and all of them."""
    began, seen = time.perf_counter(), 0
    for line in lines:
        if line:
            seen += 1
            if seen == 1:
                tell(f"{who} first", began)
    tell(f"{who} all {seen}", began)


class Requests(HttpUser):
    fixed_count = 1
    wait_time = constant(PAUSE_S)

    @task
    def ask(self):
        read(self.client.get("/stream", stream=True, name="requests").iter_lines(), "requests")


class Checked(HttpUser):
    fixed_count = 1
    wait_time = constant(PAUSE_S)

    @task
    def ask(self):
        with self.client.get("/stream", stream=True, catch_response=True, name="checked") as response:
            began = time.perf_counter()
            if response.raw.read(7) != b"data: 0":
                response.failure("another stream")
            tell("checked first", began)


class Hooked(HttpUser):
    fixed_count = 1
    wait_time = constant(PAUSE_S)

    @task
    def ask(self):
        seen = []
        hooks = {"response": [lambda response, **_: seen.append(response.raw.read(7))]}
        self.client.get("/stream", stream=True, hooks=hooks, name="hooked").close()
        tell(f"hooked {seen[0].decode()}", time.perf_counter())


class Download(HttpUser):
    fixed_count = 1
    wait_time = constant(PAUSE_S)

    @task
    def ask(self):
        with self.client.get("/file", stream=True, catch_response=True, name="download") as response:
            whole = b"".join(response.iter_content(4))
        tell(f"download {whole.decode()}", time.perf_counter())


class Endless(HttpUser):
    fixed_count = 1
    wait_time = constant(PAUSE_S)

    @task
    def ask(self):
        response = self.client.get("/forever", stream=True, name="endless")
        for number, _ in enumerate(response.iter_lines()):
            if number > 2:
                break
        response.close()


class Fast(FastHttpUser):
    fixed_count = 1
    wait_time = constant(PAUSE_S)

    @task
    def ask(self):
        read(self.client.iter_lines("/stream", method="GET", name="fast"), "fast")


class FastRaw(FastHttpUser):
    fixed_count = 1
    wait_time = constant(PAUSE_S)

    @task
    def ask(self):
        began = time.perf_counter()
        with self.client.get("/stream", stream=True, catch_response=True, name="fast raw") as response:
            response._response.read(7)
            tell("fast raw first", began)


class FastEndless(FastHttpUser):
    fixed_count = 1
    wait_time = constant(PAUSE_S)

    @task
    def ask(self):
        for number, _ in enumerate(self.client.iter_lines("/forever", method="GET", name="fast endless")):
            if number > 2:
                break
