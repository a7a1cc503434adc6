"""People who behave: they sign up, sell, edit, look, buy, pay and cancel. Each request of theirs
has to be answered, and with what the contract says."""
import http.client
import json
import random
import threading
import time
from collections import Counter

ANSWER_SECONDS_MAX = 30
NEWEST_TICKETS = 40
PAUSE_SECONDS = 0.02  # between two requests of one shopper: a soak is long, not loud


class Market:
    """What all shoppers know."""

    def __init__(self):
        self.lock = threading.Lock()
        self.tickets: list[str] = []
        self.answers: Counter = Counter()
        self.unanswered: list[str] = []
        self.surprises: list[str] = []

    def add_ticket(self, ticket: str) -> None:
        with self.lock:
            self.tickets = [*self.tickets[1 - NEWEST_TICKETS:], ticket]

    def any_ticket(self, dice: random.Random) -> str | None:
        with self.lock:
            return dice.choice(self.tickets) if self.tickets else None

    def saw(self, what: str, status: int, expected: tuple[int, ...]) -> None:
        with self.lock:
            self.answers[f"{what} {status}"] += 1
            if status not in expected:
                self.surprises.append(f"{what}: {status}")


class Shopper(threading.Thread):
    def __init__(self, port: int, number: int, market: Market, stop: threading.Event):
        super().__init__(daemon=True)
        self.port, self.number, self.market, self.stop_event = port, number, market, stop
        self.dice = random.Random(number)
        self.cookie = ""
        self.connection: http.client.HTTPConnection | None = None

    def ask(self, method: str, path: str, body: dict | None = None) -> tuple[int, object]:
        headers = {"Cookie": self.cookie} if self.cookie else {}
        if body is not None:
            headers["Content-Type"] = "application/json"
        for attempt in (1, 2):
            fresh = self.connection is None
            if fresh:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port,
                                                             timeout=ANSWER_SECONDS_MAX)
            try:
                self.connection.request(method, path, json.dumps(body) if body is not None else None,
                                        headers)
                answer = self.connection.getresponse()
                text = answer.read()
                cookie = answer.getheader("Set-Cookie")
                if cookie:
                    self.cookie = cookie.split(";")[0]
                return answer.status, json.loads(text) if text else None
            except (OSError, http.client.HTTPException) as error:
                self.connection.close()
                self.connection = None
                # An idle connection may be closed at any time; a fresh one owes us an answer.
                if fresh or attempt == 2:
                    with self.market.lock:
                        self.market.unanswered.append(f"{method} {path}: {error!r}")
                    return 0, None
        return 0, None

    def tell(self, what: str, expected: tuple[int, ...], method: str, path: str,
             body: dict | None = None) -> tuple[int, object]:
        status, answer = self.ask(method, path, body)
        if status:
            self.market.saw(what, status, expected)
        return status, answer

    def run(self) -> None:
        self.tell("sign up", (201,), "POST", "/api/users/signup",
                  {"email": f"soak{self.number}@example.com", "password": "password"})
        deeds = [self.sell, self.edit, self.look, self.buy, self.buy, self.sign_in]
        while not self.stop_event.is_set():
            self.dice.choice(deeds)()
            time.sleep(PAUSE_SECONDS)
        if self.connection:
            self.connection.close()

    def sell(self) -> None:
        status, ticket = self.tell("sell", (201,), "POST", "/api/tickets",
                                   {"title": "soak " + "x" * self.dice.randrange(120),
                                    "price": self.dice.randrange(1, 500)})
        if status == 201:
            self.market.add_ticket(ticket["id"])

    def edit(self) -> None:
        ticket = self.market.any_ticket(self.dice)
        if ticket:  # reserved: 400, another's: 401
            self.tell("edit", (200, 400, 401), "PUT", f"/api/tickets/{ticket}",
                      {"title": "edited", "price": self.dice.randrange(1, 500)})

    def look(self) -> None:
        ticket = self.market.any_ticket(self.dice)
        paths = ["/api/tickets?limit=20", "/api/orders?limit=20", "/api/users/currentuser",
                 "/api/tickets?limit=10&q=edited"]
        if ticket:
            paths += [f"/api/tickets/{ticket}", f"/api/tickets/{ticket}/history"]
        self.tell("look", (200,), "GET", self.dice.choice(paths))

    def buy(self) -> None:
        ticket = self.market.any_ticket(self.dice)
        if not ticket:
            return
        status, order = self.tell("reserve", (201, 400), "POST", "/api/orders",
                                  {"ticketId": ticket})
        if status != 201:
            return
        fate = self.dice.randrange(4)  # of four orders one is left to expire
        if fate < 2:
            token = "tok_visa" if fate == 0 else "tok_chargeDeclined"
            # 503: the gateway is ill, and the order goes on by itself.
            self.tell("pay", (201, 400, 402, 503), "POST", "/api/payments",
                      {"orderId": order["id"], "token": token})
        elif fate == 2:
            self.tell("cancel", (204,), "DELETE", f"/api/orders/{order['id']}")

    def sign_in(self) -> None:
        right = self.dice.randrange(2)
        self.tell("sign in", (200,) if right else (400,), "POST", "/api/users/signin",
                  {"email": f"soak{self.number}@example.com",
                   "password": "password" if right else "wrong password"})
