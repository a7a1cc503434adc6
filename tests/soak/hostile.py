"""Clients that do not behave. Each does one nasty thing again and again, and counts what the node
did about it. A nasty client has to be answered with an error or cut off; it never hangs for longer
than the node's own time limits allow."""
import random
import select
import socket
import struct
import threading
import time
from collections import Counter
from pathlib import Path

# Far beyond every time limit in node.LIMITS: who is still connected then has been forgotten.
FORGOTTEN_SECONDS = 60
STREAM_RECEIVE_BYTES = 4096
HEAD = b"POST /api/tickets HTTP/1.1\r\nHost: soak\r\nContent-Type: application/json\r\n"


class Results:
    def __init__(self):
        self.lock = threading.Lock()
        self.counts: Counter = Counter()
        self.forgotten: list[str] = []

    def add(self, what: str) -> None:
        with self.lock:
            self.counts[what] += 1

    def forgot(self, what: str) -> None:
        with self.lock:
            self.forgotten.append(what)


class Hostile(threading.Thread):
    def __init__(self, name: str, deed, port: int, stop: threading.Event, results: Results,
                 seed: int):
        super().__init__(daemon=True)
        self.what, self.deed, self.port = name, deed, port
        self.stop_event, self.results = stop, results
        self.dice = random.Random(seed)

    def run(self) -> None:
        while not self.stop_event.is_set():
            started = time.monotonic()
            try:
                outcome = self.deed(self)
            except TimeoutError:
                outcome = "timed out"
            except OSError:
                outcome = "cut off"
            if time.monotonic() - started > FORGOTTEN_SECONDS or outcome == "timed out":
                self.results.forgot(self.what)
            self.results.add(f"{self.what}: {outcome}")
            time.sleep(0.05)

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=FORGOTTEN_SECONDS)

    def sleep(self, seconds: float) -> bool:
        """False when it is time to go."""
        return not self.stop_event.wait(seconds)


def status_of(connection: socket.socket) -> str:
    """The answer's status, and then the connection read to its end."""
    answer = b""
    while True:
        try:
            piece = connection.recv(65536)
        except ConnectionResetError:
            break
        if not piece:
            break
        answer = (answer + piece)[:4096]
    return answer[9:12].decode(errors="replace") if answer.startswith(b"HTTP/1.1 ") else "cut off"


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def drip(client: Hostile, connection: socket.socket, text: bytes, pause: float) -> str:
    """Byte by byte, until the node has had enough: what is sent after its answer would reset the
    connection, and the answer with it."""
    for byte in text:
        if select.select([connection], [], [], pause)[0]:
            return status_of(connection)
        if client.stop_event.is_set():
            return "left"
        connection.sendall(bytes([byte]))
    return status_of(connection)


def slow_head(client: Hostile) -> str:
    with client.connect() as connection:
        return drip(client, connection, HEAD + b"X-Slow: " + b"x" * 200, pause=0.1)


def slow_body(client: Hostile) -> str:
    with client.connect() as connection:
        connection.sendall(HEAD + b"Content-Length: 1000\r\n\r\n{")
        return drip(client, connection, b" " * 100, pause=0.2)


def huge_body(client: Hostile) -> str:
    with client.connect() as connection:
        if client.dice.randrange(2):
            connection.sendall(HEAD + b"Content-Length: 9999999999\r\n\r\n" + b"x" * 4096)
            return status_of(connection)
        connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        for _ in range(64):
            connection.sendall(b"4000\r\n" + b"x" * 0x4000 + b"\r\n")
        return status_of(connection)


def header_bomb(client: Hostile) -> str:
    with client.connect() as connection:
        lines = b"".join(b"X-%d: %s\r\n" % (i, b"v" * 500) for i in range(1000))
        connection.sendall(HEAD + lines + b"\r\n")
        return status_of(connection)


def deep_json(client: Hostile) -> str:
    body = b'{"title":' + b"[" * 30000 + b"]" * 30000 + b"}"
    with client.connect() as connection:
        connection.sendall(HEAD + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        return status_of(connection)


def malformed(corpus: list[bytes]):
    def deed(client: Hostile) -> str:
        text = bytearray(client.dice.choice(corpus))
        for _ in range(client.dice.randrange(6)):
            text[client.dice.randrange(len(text))] = client.dice.randrange(256)
        with client.connect() as connection:
            connection.sendall(text)
            connection.shutdown(socket.SHUT_WR)
            status = status_of(connection)
        return "cut off" if status == "cut off" else status[0] + "xx"
    return deed


def disconnect_within(client: Hostile) -> str:
    body = b'{"title":"never heard","price":5}'
    request = HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body
    connection = client.connect()
    connection.sendall(request[:client.dice.randrange(1, len(request) + 1)])
    reset(connection)
    return "left"


def disconnect_before_the_answer(client: Hostile) -> str:
    connection = client.connect()
    connection.sendall(b"GET /api/tickets HTTP/1.1\r\nHost: soak\r\n\r\n" * client.dice.randrange(1, 20))
    if client.dice.randrange(2):
        client.sleep(0.01)
    reset(connection)
    return "left"


def slow_stream_reader(client: Hostile) -> str:
    """Asks for all events since the beginning and hardly reads."""
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, STREAM_RECEIVE_BYTES)
        connection.settimeout(FORGOTTEN_SECONDS)
        connection.connect(("127.0.0.1", client.port))
        connection.sendall(b"GET /api/events?after=0 HTTP/1.1\r\nHost: soak\r\n\r\n")
        for _ in range(12):
            if not connection.recv(64):
                return "cut off"
            if not client.sleep(1):
                break
        return "left"


def leave_streams(client: Hostile) -> str:
    connections = [client.connect() for _ in range(20)]
    for connection in connections:
        connection.sendall(b"GET /api/events HTTP/1.1\r\nHost: soak\r\n\r\n")
    client.sleep(0.5)
    for connection in connections:
        reset(connection)
    return "left"


def hoard_connections(client: Hostile) -> str:
    """Opens many and says nothing: all of them have to be closed by the node."""
    connections = [client.connect() for _ in range(100)]
    for connection in connections:
        if status_of(connection) not in ("cut off", "408"):
            return "answered"
        connection.close()
    return "cut off"


def deeds(corpus_folder: Path) -> dict:
    corpus = [path.read_bytes() for path in sorted(corpus_folder.iterdir())]
    return {
        "slow head": slow_head, "slow body": slow_body, "huge body": huge_body,
        "header bomb": header_bomb, "deep JSON": deep_json, "malformed": malformed(corpus),
        "disconnects within a request": disconnect_within,
        "disconnects before the answer": disconnect_before_the_answer,
        "slow reader of events": slow_stream_reader, "leaves event streams": leave_streams,
        "hoards connections": hoard_connections,
    }


# What the node must do at least once to each of them in a run of a minute or more.
EXPECTED = {"slow head": "408", "slow body": "408", "huge body": "413", "header bomb": "431",
            "deep JSON": "400", "malformed": "4xx", "hoards connections": "cut off"}
