"""A locustfile that tries to send something to an address that nobody allowed, in every way that Python has.

ASTRAY_PORT is where the stranger listens (TCP on 127.0.0.1, 127.0.0.2 and ::1, UDP on 127.0.0.1); the target,
ASTRAY_TARGET, tells at /hits how often it was reached. Each attempt is a function, with a docstring that docs/safety.md
quotes; what became of each goes to the file ASTRAY_RESULTS, a JSON object a line.
"""

from __future__ import annotations

import _socket
import asyncio
import atexit
import concurrent.futures
import ftplib
import http.client
import json
import logging.handlers
import multiprocessing
import os
import pty
import smtplib
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import urllib.request
import xmlrpc.client
from pathlib import Path

import gevent
import gevent.socket
import httpx
import redis
import requests
import urllib3
import websocket
from locust import FastHttpUser, HttpUser, constant, events, task
from locust.contrib.fasthttp import FastHttpSession

PORT = int(os.environ["ASTRAY_PORT"])
STRANGER = f"http://127.0.0.1:{PORT}"
TARGET = os.environ["ASTRAY_TARGET"]
RESULTS = Path(os.environ["ASTRAY_RESULTS"])
CONNECT = f"import socket; socket.create_connection(('127.0.0.1', {PORT})).close()"
KINDS = (socket.AF_INET, socket.SOCK_STREAM)
ATTEMPTS = {}


def attempt(function):
    ATTEMPTS[function.__name__] = function
    return function


@attempt
def absolute_url(user, fast):
    """an absolute URL given to `self.client` of an HttpUser"""
    user.client.get(f"{STRANGER}/", name="astray")


@attempt
def absolute_url_of_the_fast_client(user, fast):
    """the same of a FastHttpUser"""
    fast.client.get(f"{STRANGER}/", name="astray")


@attempt
def redirect(user, fast):
    """the target answers 302 with another host"""
    user.client.get("/redirect", name="astray")


@attempt
def redirect_of_the_fast_client(user, fast):
    """the same with a FastHttpUser"""
    fast.client.get("/redirect", name="astray")


@attempt
def redirect_of_a_post(user, fast):
    """the target answers a POST with 307"""
    user.client.post("/redirect307", json={"a": 1}, name="astray")


@attempt
def redirect_without_a_scheme(user, fast):
    """the target redirects to `//host/…`"""
    user.client.get("/redirect-relative", name="astray")


@attempt
def changed_base_url(user, fast):
    """`self.client.base_url` is changed in a task"""
    before, user.client.base_url = user.client.base_url, STRANGER
    user.client.get("/", name="astray")
    user.client.base_url = before


@attempt
def changed_host(user, fast):
    """a session with another host"""
    session = FastHttpSession(STRANGER, fast.environment.events.request, fast)
    session.get("/", name="astray")


@attempt
def own_requests(user, fast):
    """`requests` beside Locust's clients"""
    requests.get(STRANGER, timeout=3)


@attempt
def proxy_of_a_session(user, fast):
    """a proxy given to `requests`"""
    requests.get(user.host, proxies={"http": STRANGER}, timeout=3)


@attempt
def proxy_in_the_environment(user, fast):
    """HTTP_PROXY set by the scenario"""
    os.environ["HTTP_PROXY"] = os.environ["http_proxy"] = STRANGER
    try:
        requests.get("http://127.0.0.1:1/", timeout=3)
    finally:
        del os.environ["HTTP_PROXY"], os.environ["http_proxy"]


@attempt
def urllib_request(user, fast):
    """`urllib.request`"""
    urllib.request.build_opener(urllib.request.ProxyHandler({})).open(STRANGER, timeout=3).read()


@attempt
def http_client(user, fast):
    """`http.client`"""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=3)
    connection.request("GET", "/")
    connection.getresponse().read()


@attempt
def urllib3_pool(user, fast):
    """`urllib3`"""
    urllib3.PoolManager().request("GET", STRANGER, retries=False, timeout=3)


@attempt
def httpx_client(user, fast):
    """`httpx`"""
    httpx.get(STRANGER, timeout=3, trust_env=False)


@attempt
def httpx_in_asyncio(user, fast):
    """`httpx.AsyncClient` in a thread with its own event loop"""

    async def ask():
        async with httpx.AsyncClient(trust_env=False, timeout=3) as client:
            await client.get(STRANGER)

    gevent.get_hub().threadpool.apply(lambda: asyncio.run(ask()))


@attempt
def asyncio_streams(user, fast):
    """`asyncio.open_connection`"""

    async def ask():
        _, writer = await asyncio.open_connection("127.0.0.1", PORT)
        writer.close()

    gevent.get_hub().threadpool.apply(lambda: asyncio.run(ask()))


@attempt
def create_connection(user, fast):
    """`socket.create_connection`"""
    socket.create_connection(("127.0.0.1", PORT), timeout=3).close()


@attempt
def create_connection_by_name(user, fast):
    """the same by the name localhost"""
    socket.create_connection(("localhost", PORT), timeout=3).close()


@attempt
def name_in_capitals(user, fast):
    """the same by LOCALHOST"""
    socket.create_connection(("LOCALHOST", PORT), timeout=3).close()


@attempt
def connect_ex(user, fast):
    """`socket.connect_ex`"""
    opened = socket.socket(*KINDS)
    opened.settimeout(3)
    assert opened.connect_ex(("127.0.0.1", PORT)) == 0


@attempt
def socket_below_gevent(user, fast):
    """`_socket.socket`, below gevent's patches"""
    _socket.socket(*KINDS).connect(("127.0.0.1", PORT))


@attempt
def gevent_socket(user, fast):
    """`gevent.socket`"""
    gevent.socket.create_connection(("127.0.0.1", PORT), timeout=3).close()


@attempt
def native_thread(user, fast):
    """a native thread of gevent's pool"""
    gevent.get_hub().threadpool.apply(lambda: _socket.socket(*KINDS).connect(("127.0.0.1", PORT)))


@attempt
def python_thread(user, fast):
    """`threading.Thread`"""
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
    """a TLS socket that connects by itself"""
    context = ssl.create_default_context()
    with context.wrap_socket(socket.socket(*KINDS), server_hostname="localhost") as opened:
        opened.settimeout(1)
        opened.connect(("127.0.0.1", PORT))


@attempt
def short_spelling_of_an_address(user, fast):
    """127.1"""
    _socket.socket(*KINDS).connect(("127.1", PORT))


@attempt
def hexadecimal_spelling(user, fast):
    """0x7f000001"""
    socket.create_connection(("0x7f000001", PORT), timeout=3).close()


@attempt
def one_number_spelling(user, fast):
    """2130706433"""
    socket.create_connection(("2130706433", PORT), timeout=3).close()


@attempt
def unspecified_address(user, fast):
    """0.0.0.0, which is this machine"""
    socket.create_connection(("0.0.0.0", PORT), timeout=3).close()


@attempt
def another_loopback_address(user, fast):
    """127.0.0.2"""
    socket.create_connection(("127.0.0.2", PORT), timeout=3).close()


@attempt
def ipv6(user, fast):
    """::1"""
    socket.create_connection(("::1", PORT), timeout=3).close()


@attempt
def ipv4_mapped_into_ipv6(user, fast):
    """::ffff:127.0.0.1"""
    opened = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    opened.connect(("::ffff:127.0.0.1", PORT))


@attempt
def udp_sendto(user, fast):
    """UDP by `sendto`"""
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", PORT))


@attempt
def udp_sendmsg(user, fast):
    """UDP by `sendmsg`"""
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendmsg([b"x"], [], 0, ("127.0.0.1", PORT))


@attempt
def udp_connected(user, fast):
    """UDP by `connect` and `send`"""
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    opened.connect(("127.0.0.1", PORT))
    opened.send(b"x")


@attempt
def user_in_the_url(user, fast):
    """the stranger behind an @: `http://target@stranger/`"""
    requests.get(f"{user.host}@127.0.0.1:{PORT}/", timeout=3)


@attempt
def names_that_change(user, fast):
    """DNS answers with another address after the check"""
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
    """`ftplib`"""
    ftplib.FTP().connect("127.0.0.1", PORT, timeout=1)


@attempt
def redis_client(user, fast):
    """the `redis` client"""
    redis.Redis("127.0.0.1", PORT, socket_timeout=1, retry=None).ping()


@attempt
def python_process(user, fast):
    """`subprocess` with Python"""
    subprocess.run([sys.executable, "-c", CONNECT], check=True, timeout=20)


@attempt
def shell(user, fast):
    """`os.system` with a shell's /dev/tcp"""
    os.system(f"bash -c 'exec 3<>/dev/tcp/127.0.0.1/{PORT}'")


@attempt
def subprocess_with_bash(user, fast):
    """`subprocess` with bash and its /dev/tcp"""
    subprocess.run(["bash", "-c", f"exec 3<>/dev/tcp/127.0.0.1/{PORT}"], check=True, timeout=20)


@attempt
def subprocess_with_a_shell(user, fast):
    """`subprocess` with shell=True"""
    subprocess.run(f"bash -c 'exec 3<>/dev/tcp/127.0.0.1/{PORT}'", shell=True, check=True, timeout=20)


@attempt
def popen(user, fast):
    """`os.popen`"""
    os.popen(f"bash -c 'exec 3<>/dev/tcp/127.0.0.1/{PORT}'").read()


@attempt
def curl(user, fast):
    """`subprocess` with curl"""
    subprocess.run(["curl", "-s", "-m", "3", f"{STRANGER}/"], check=True, timeout=20)


@attempt
def script_with_the_name_of_a_system_program(user, fast):
    """a script of the scenario's called `ip`, which Python's own library asks"""
    subprocess.run([_script("ip"), "link"], check=True, timeout=20)


@attempt
def script_found_through_path(user, fast):
    """the same, found through a changed PATH"""
    subprocess.run(["uname", "-p"], env={"PATH": str(Path(_script("uname")).parent)}, check=True, timeout=20)


@attempt
def script_named_relative_to_its_folder(user, fast):
    """the same by `./file` and another working directory"""
    subprocess.run(["./file", "-b"], cwd=Path(_script("file")).parent, check=True, timeout=20)


def _script(name):
    path = Path(tempfile.mkdtemp()) / name
    path.write_text(f"#!{sys.executable}\n{CONNECT}\n")
    path.chmod(0o755)
    return str(path)


@attempt
def pseudo_terminal(user, fast):
    """`pty.spawn`"""
    pty.spawn([sys.executable, "-c", CONNECT], lambda _: b"", lambda _: b"")


@attempt
def posix_spawnp(user, fast):
    """`os.posix_spawnp`"""
    os.waitpid(os.posix_spawnp("python3", ["python3", "-c", CONNECT], os.environ), 0)


@attempt
def spawnvp(user, fast):
    """`os.spawnvp`"""
    os.spawnvp(os.P_WAIT, "python3", ["python3", "-c", CONNECT])


@attempt
def posix_spawn(user, fast):
    """`os.posix_spawn`"""
    os.waitpid(os.posix_spawn(sys.executable, [sys.executable, "-c", CONNECT], os.environ), 0)


@attempt
def fork(user, fast):
    """`os.fork`"""
    pid = os.fork()
    if not pid:
        _socket.socket(*KINDS).connect(("127.0.0.1", PORT))
        os._exit(0)
    os.waitpid(pid, 0)


@attempt
def multiprocessing_spawn(user, fast):
    """`multiprocessing`, spawn"""
    _in_a_process("spawn")


@attempt
def multiprocessing_forkserver(user, fast):
    """`multiprocessing`, forkserver"""
    _in_a_process("forkserver")


def _in_a_process(method):
    process = multiprocessing.get_context(method).Process(target=urllib.request.urlopen, args=(STRANGER,))
    process.start()
    process.join(20)


@attempt
def second_interpreter(user, fast):
    """a second Python interpreter in the same process"""
    interpreters = __import__("_interpreters" if sys.version_info >= (3, 13) else "_xxsubinterpreters")
    found = interpreters.create()
    gevent.get_hub().threadpool.apply(lambda: interpreters.run_string(found, CONNECT))


@attempt
def redirect_to_a_name(user, fast):
    """the target redirects to a name that leads to an allowed address and another port"""
    user.client.get("/redirect-name", name="astray")


@attempt
def redirect_after_a_redirect(user, fast):
    """the target redirects to itself first"""
    user.client.get("/redirect-twice", name="astray")


@attempt
def redirect_with_a_user(user, fast):
    """the target redirects to `http://target@stranger/`"""
    user.client.get("/redirect-user", name="astray")


@attempt
def tunnel_through_a_proxy(user, fast):
    """CONNECT through a proxy"""
    requests.get("https://127.0.0.1:1/", proxies={"https": STRANGER}, timeout=3)


@attempt
def websocket_client(user, fast):
    """a WebSocket client"""
    websocket.create_connection(f"ws://127.0.0.1:{PORT}/", timeout=1)


@attempt
def asyncio_datagram(user, fast):
    """UDP in asyncio"""

    async def send():
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, remote_addr=("127.0.0.1", PORT))
        transport.sendto(b"x")
        transport.close()

    gevent.get_hub().threadpool.apply(lambda: asyncio.run(send()))


@attempt
def udp_by_name(user, fast):
    """UDP by `sendto` to a name"""
    _socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("localhost", PORT))


@attempt
def fast_open(user, fast):
    """TCP Fast Open: `sendto` in place of `connect`"""
    opened = _socket.socket(*KINDS)
    opened.settimeout(3)
    opened.sendto(b"GET / HTTP/1.0\r\n\r\n", socket.MSG_FASTOPEN, ("127.0.0.1", PORT))


@attempt
def name_below_gevent(user, fast):
    """`_socket.socket.connect` with a name"""
    _socket.socket(*KINDS).connect(("localhost", PORT))


@attempt
def address_looked_up_by_itself(user, fast):
    """`gethostbyname`, then the address"""
    socket.create_connection((socket.gethostbyname("localhost"), PORT), timeout=3).close()


@attempt
def ipv6_with_a_scope(user, fast):
    """::1 with a flow and a scope"""
    _socket.socket(socket.AF_INET6, socket.SOCK_STREAM).connect(("::1", PORT, 0, 1))


@attempt
def socket_of_a_descriptor(user, fast):
    """a socket made of another one's file descriptor"""
    first = _socket.socket(*KINDS)
    socket.socket(fileno=os.dup(first.fileno())).connect(("127.0.0.1", PORT))


@attempt
def pool_of_threads(user, fast):
    """`concurrent.futures`"""
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        pool.submit(socket.create_connection, ("127.0.0.1", PORT), 3).result().close()


@attempt
def mail(user, fast):
    """`smtplib`"""
    smtplib.SMTP("127.0.0.1", PORT, timeout=0.5)


@attempt
def remote_procedure_call(user, fast):
    """`xmlrpc.client`"""
    xmlrpc.client.ServerProxy(STRANGER).ping()


@attempt
def log_sent_by_http(user, fast):
    """a log handler that sends by HTTP"""
    _log(logging.handlers.HTTPHandler(f"127.0.0.1:{PORT}", "/"))


@attempt
def log_sent_by_udp(user, fast):
    """a log handler that sends by UDP"""
    _log(logging.handlers.DatagramHandler("127.0.0.1", PORT))


def _log(handler):
    handler.handleError = lambda record: None
    handler.emit(logging.makeLogRecord({"msg": "astray"}))


def hits():
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"{TARGET}/hits", timeout=5) as answer:
        return json.load(answer)["hits"]


def tell(name, function, *arguments):
    """Make an attempt and keep what became of it."""
    before, said = hits(), ""
    try:
        with gevent.Timeout(25):
            function(*arguments)
    except BaseException as error:  # noqa: BLE001 - whatever an attempt ends with is its result
        said = f"{type(error).__name__}: {error}"
    gevent.sleep(0.02)
    with RESULTS.open("a") as file:
        file.write(json.dumps({"name": name, "hits": hits() - before, "said": said[:300]}) + "\n")


def ask():
    requests.get(f"{TARGET}/redirect", timeout=3)


def execute():
    """The copy of Python that takes the place of this process tells of itself."""
    row = json.dumps({"name": "exec_at_exit", "hits": 1, "said": ""})
    os.execv(sys.executable, [sys.executable, "-c", f"{CONNECT}; open({str(RESULTS)!r}, 'a').write({row!r} + chr(10))"])


# Attempts at other times than in a task.
MOMENTS = {
    "sitecustomize": "`sitecustomize`, which Python imports before anything else",
    "import_time": "while the locustfile is imported; the very first request is redirected",
    "init_event": "in the event `init`",
    "test_start": "in the event `test_start`",
    "test_stop": "in the event `test_stop`",
    "quitting": "in the event `quitting`",
    "at_exit": "in a function registered with `atexit`",
    "exec_at_exit": "`os.execv`: another program takes the place of the load process",
}
tell("import_time", ask)
events.init.add_listener(lambda **_: tell("init_event", ask))
events.test_start.add_listener(lambda **_: tell("test_start", ask))
events.test_stop.add_listener(lambda **_: tell("test_stop", ask))
events.quitting.add_listener(lambda **_: tell("quitting", ask))
atexit.register(lambda: tell("exec_at_exit", execute))
atexit.register(lambda: tell("at_exit", ask))  # registered last, runs first


class Stray(HttpUser):
    wait_time = constant(60)

    @task
    def all(self):
        Quick.host = self.host
        fast = Quick(self.environment)
        for name, function in ATTEMPTS.items():
            tell(name, function, self, fast)
        RESULTS.with_suffix(".done").touch()


class Quick(FastHttpUser):
    weight = 0

    @task
    def nothing(self):
        pass
