"""A locustfile that tries to send something to an address that nobody allowed, in every way that Python has.

ASTRAY_PORT is where the stranger listens (TCP on 127.0.0.1, 127.0.0.2 and ::1, UDP on 127.0.0.1); the target tells at
/hits how often it was reached. Each attempt is a function; what became of each goes to the file ASTRAY_RESULTS.
"""

from __future__ import annotations

import _socket
import asyncio
import ftplib
import http.client
import json
import multiprocessing
import os
import socket
import ssl
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

import gevent
import gevent.socket
import httpx
import redis
import requests
import urllib3
from locust import FastHttpUser, HttpUser, constant, task
from locust.contrib.fasthttp import FastHttpSession

PORT = int(os.environ["ASTRAY_PORT"])
STRANGER = f"http://127.0.0.1:{PORT}"
RESULTS = Path(os.environ["ASTRAY_RESULTS"])
KINDS = (socket.AF_INET, socket.SOCK_STREAM)
ATTEMPTS = {}


def attempt(function):
    ATTEMPTS[function.__name__] = function
    return function


@attempt
def absolute_url(user, fast):
    user.client.get(f"{STRANGER}/", name="astray")


@attempt
def absolute_url_of_the_fast_client(user, fast):
    fast.client.get(f"{STRANGER}/", name="astray")


@attempt
def redirect(user, fast):
    user.client.get("/redirect", name="astray")


@attempt
def redirect_of_the_fast_client(user, fast):
    fast.client.get("/redirect", name="astray")


@attempt
def redirect_of_a_post(user, fast):
    user.client.post("/redirect307", json={"a": 1}, name="astray")


@attempt
def redirect_without_a_scheme(user, fast):
    user.client.get("/redirect-relative", name="astray")


@attempt
def changed_base_url(user, fast):
    before, user.client.base_url = user.client.base_url, STRANGER
    user.client.get("/", name="astray")
    user.client.base_url = before


@attempt
def changed_host(user, fast):
    session = FastHttpSession(STRANGER, fast.environment.events.request, fast)
    session.get("/", name="astray")


@attempt
def own_requests(user, fast):
    requests.get(STRANGER, timeout=3)


@attempt
def proxy_of_a_session(user, fast):
    requests.get(user.host, proxies={"http": STRANGER}, timeout=3)


@attempt
def proxy_in_the_environment(user, fast):
    os.environ["HTTP_PROXY"] = os.environ["http_proxy"] = STRANGER
    try:
        requests.get("http://127.0.0.1:1/", timeout=3)
    finally:
        del os.environ["HTTP_PROXY"], os.environ["http_proxy"]


@attempt
def urllib_request(user, fast):
    urllib.request.build_opener(urllib.request.ProxyHandler({})).open(STRANGER, timeout=3).read()


@attempt
def http_client(user, fast):
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=3)
    connection.request("GET", "/")
    connection.getresponse().read()


@attempt
def urllib3_pool(user, fast):
    urllib3.PoolManager().request("GET", STRANGER, retries=False, timeout=3)


@attempt
def httpx_client(user, fast):
    httpx.get(STRANGER, timeout=3, trust_env=False)


@attempt
def httpx_in_asyncio(user, fast):
    async def ask():
        async with httpx.AsyncClient(trust_env=False, timeout=3) as client:
            await client.get(STRANGER)

    gevent.get_hub().threadpool.apply(lambda: asyncio.run(ask()))


@attempt
def asyncio_streams(user, fast):
    async def ask():
        _, writer = await asyncio.open_connection("127.0.0.1", PORT)
        writer.close()

    gevent.get_hub().threadpool.apply(lambda: asyncio.run(ask()))


@attempt
def create_connection(user, fast):
    socket.create_connection(("127.0.0.1", PORT), timeout=3).close()


@attempt
def create_connection_by_name(user, fast):
    socket.create_connection(("localhost", PORT), timeout=3).close()


@attempt
def name_in_capitals(user, fast):
    socket.create_connection(("LOCALHOST", PORT), timeout=3).close()


@attempt
def connect_ex(user, fast):
    opened = socket.socket(*KINDS)
    opened.settimeout(3)
    assert opened.connect_ex(("127.0.0.1", PORT)) == 0


@attempt
def socket_below_gevent(user, fast):
    _socket.socket(*KINDS).connect(("127.0.0.1", PORT))


@attempt
def gevent_socket(user, fast):
    gevent.socket.create_connection(("127.0.0.1", PORT), timeout=3).close()


@attempt
def native_thread(user, fast):
    gevent.get_hub().threadpool.apply(lambda: _socket.socket(*KINDS).connect(("127.0.0.1", PORT)))


@attempt
def python_thread(user, fast):
    failed = []

    def connect():
        try:
            socket.create_connection(("127.0.0.1", PORT), timeout=3).close()
        except OSError as error:
            failed.append(error)

    thread = threading.Thread(target=connect)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]


@attempt
def tls_socket(user, fast):
    context = ssl.create_default_context()
    with context.wrap_socket(socket.socket(*KINDS), server_hostname="localhost") as opened:
        opened.settimeout(1)
        opened.connect(("127.0.0.1", PORT))


@attempt
def short_spelling_of_an_address(user, fast):
    _socket.socket(*KINDS).connect(("127.1", PORT))


@attempt
def hexadecimal_spelling(user, fast):
    socket.create_connection(("0x7f000001", PORT), timeout=3).close()


@attempt
def one_number_spelling(user, fast):
    socket.create_connection(("2130706433", PORT), timeout=3).close()


@attempt
def unspecified_address(user, fast):
    socket.create_connection(("0.0.0.0", PORT), timeout=3).close()


@attempt
def another_loopback_address(user, fast):
    socket.create_connection(("127.0.0.2", PORT), timeout=3).close()


@attempt
def ipv6(user, fast):
    socket.create_connection(("::1", PORT), timeout=3).close()


@attempt
def ipv4_mapped_into_ipv6(user, fast):
    opened = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    opened.connect(("::ffff:127.0.0.1", PORT))


@attempt
def udp_sendto(user, fast):
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", PORT))


@attempt
def udp_sendmsg(user, fast):
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendmsg([b"x"], [], 0, ("127.0.0.1", PORT))


@attempt
def udp_connected(user, fast):
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    opened.connect(("127.0.0.1", PORT))
    opened.send(b"x")


@attempt
def user_in_the_url(user, fast):
    requests.get(f"{user.host}@127.0.0.1:{PORT}/", timeout=3)


@attempt
def names_that_change(user, fast):
    """What DNS may do between the check and the connection: the target's name leads elsewhere."""
    before, gevent.socket.getaddrinfo = (
        gevent.socket.getaddrinfo,
        lambda *_, **__: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", PORT))],
    )
    try:
        session = FastHttpSession("http://moved.example", fast.environment.events.request, fast)
        session.get("/", name="astray")
    finally:
        gevent.socket.getaddrinfo = before


@attempt
def ftp(user, fast):
    ftplib.FTP().connect("127.0.0.1", PORT, timeout=1)


@attempt
def redis_client(user, fast):
    redis.Redis("127.0.0.1", PORT, socket_timeout=1, retry=None).ping()


@attempt
def python_process(user, fast):
    code = f"import socket; socket.create_connection(('127.0.0.1', {PORT})).close()"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=20)


@attempt
def shell(user, fast):
    assert os.system(f"exec 3<>/dev/tcp/127.0.0.1/{PORT}") is not None
    subprocess.run(["bash", "-c", f"exec 3<>/dev/tcp/127.0.0.1/{PORT}"], check=True, timeout=20)


@attempt
def posix_spawn(user, fast):
    code = f"import socket; socket.create_connection(('127.0.0.1', {PORT})).close()"
    os.waitpid(os.posix_spawn(sys.executable, [sys.executable, "-c", code], os.environ), 0)


@attempt
def fork(user, fast):
    pid = os.fork()
    if not pid:
        _socket.socket(*KINDS).connect(("127.0.0.1", PORT))
        os._exit(0)
    os.waitpid(pid, 0)


@attempt
def multiprocessing_spawn(user, fast):
    work = subprocess.list2cmdline  # any importable function: the process itself is the attempt
    process = multiprocessing.get_context("spawn").Process(target=work, args=([],))
    process.start()
    process.join(20)
    socket.create_connection(("127.0.0.1", PORT), timeout=3).close()


class Stray(HttpUser):
    wait_time = constant(60)

    @task
    def all(self):
        Quick.host = self.host
        fast = Quick(self.environment)
        found = {}
        for name, function in ATTEMPTS.items():
            before = self.hits()
            said = ""
            try:
                with gevent.Timeout(25):
                    function(self, fast)
            except BaseException as error:  # noqa: BLE001 - whatever an attempt ends with is its result
                said = f"{type(error).__name__}: {error}"
            found[name] = {"hits": self.hits() - before, "said": said[:300]}
        RESULTS.with_suffix(".new").write_text(json.dumps(found))
        RESULTS.with_suffix(".new").replace(RESULTS)

    def hits(self):
        gevent.sleep(0.02)
        return self.client.get("/hits").json()["hits"]


class Quick(FastHttpUser):
    weight = 0

    @task
    def nothing(self):
        pass
