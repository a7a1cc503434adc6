"""A payment gateway as bad as gateways are, in the form of Stripe's charges API. It takes money at
most once for each idempotency key, and answers a good part of the time with poison: wrong types,
half an answer, nothing at all, errors of every kind. From heal() on it tells the truth."""
import http.server
import json
import random
import threading
import time
import urllib.parse

SECRET_KEY = "sk_test_of_the_soak"
HANG_SECONDS = 1.0  # beyond the node's payments.stripe_timeout

POISON = ['{"id":"ch_9","paid":null,"captured":true}', '{"id":9,"paid":true}', "[]", "null", "\xff{",
          '{"id":"ch_9","captured":{}}', '{"id":"ch_9","amount":"much"}', "{" * 10_000,
          '{"id":"ch_9","paid":' + "[" * 400_000 + "]" * 400_000 + "}", '{"id":"ch_9"',
          '{"id":"ch_9","metadata":{"payment":"000000000000000000000000"}}',
          '{"id":"ch_9","status":"failed","amount":1}', '{"id":"ch_9","error":{}}',
          '{"data":[],"has_more":"true"}', '{"data":[7]}', '{"id":"ch_\\u202e9"}']
# Each says that nothing was charged.
REFUSALS = [(402, {"type": "card_error", "code": "card_declined", "message": "Declined."}),
            (402, {"type": "card_error", "code": "authentication_required"}),
            (400, {"type": "invalid_request_error", "code": "amount_too_small"}),
            (400, {"type": "invalid_request_error", "param": "source", "message": "No such token"})]
UNCLEAR = [(500, {"type": "api_error"}), (503, None), (409, {"type": "idempotency_error",
                                                           "code": "idempotency_key_in_use"}),
           (429, {"type": "rate_limit_error"}), (302, None), (204, None)]


class Books:
    def __init__(self):
        self.lock = threading.Lock()
        self.charges: dict[str, str] = {}  # by payment
        self.refused: dict[str, tuple] = {}
        self.poisonous = 0
        self.dice = random.Random(1)
        self.is_ill = True

    def decide(self, payment: str, token: str) -> tuple[int, str]:
        """What is answered; status 0: nothing."""
        with self.lock:
            ill = self.is_ill and self.dice.random() < 0.4
            if payment in self.refused:
                return self._refusal(payment)
            if payment not in self.charges and token == "tok_chargeDeclined":
                self.refused[payment] = self.dice.choice(REFUSALS)
            elif payment not in self.charges and not (ill and self.dice.random() < 0.5):
                self.charges[payment] = f"ch_{len(self.charges) + 1}"
            if ill:
                self.poisonous += 1
                kind = self.dice.randrange(3)
                if kind == 0:
                    return 200, self.dice.choice(POISON)
                if kind == 1:
                    status, error = self.dice.choice(UNCLEAR)
                    return status, json.dumps({"error": error}) if error else ""
                return 0, ""
            if payment in self.refused:
                return self._refusal(payment)
            return 200, json.dumps({"id": self.charges[payment], "paid": True, "captured": True,
                                    "status": "succeeded"})

    def _refusal(self, payment: str) -> tuple[int, str]:
        status, error = self.refused[payment]
        return status, json.dumps({"error": error})

    def look_up(self, query: str) -> tuple[int, str]:
        with self.lock:
            if self.is_ill and self.dice.random() < 0.3:
                return 200, self.dice.choice(POISON)
            found = [{"id": charge, "metadata": {"payment": payment}}
                     for payment, charge in self.charges.items() if payment in query]
            return 200, json.dumps({"data": found})


class Gateway:
    def __init__(self):
        self.books = books = Books()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def say(self, status: int, text: str) -> None:
                if status == 0:  # too late for whoever asked
                    time.sleep(HANG_SECONDS)
                    status, text = 200, "{}"
                body = text.encode("latin-1")
                try:
                    self.send_response(status)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                except OSError:
                    self.close_connection = True

            def do_POST(self):
                length = int(self.headers.get("Content-Length", 0))
                form = urllib.parse.parse_qs(self.rfile.read(length).decode())
                if self.headers.get("Authorization") != f"Bearer {SECRET_KEY}":
                    return self.say(401, "{}")
                if self.path == "/v1/refunds":
                    return self.say(200, '{"id":"re_1","status":"succeeded"}')
                payment = self.headers["Idempotency-Key"].removeprefix("usher-charge-")
                self.say(*books.decide(payment, form["source"][0]))

            def do_GET(self):
                self.say(*books.look_up(urllib.parse.unquote(self.path)))

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def heal(self) -> None:
        with self.books.lock:
            self.books.is_ill = False

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
