#!/usr/bin/env python3
"""What is in deploy/, tried with the real programs: Prometheus, nginx, dpkg, Podman.

  deploy_test.py metrics | prometheus | nginx | package | image   --binary usher --build FOLDER

Each needs packages of the group [deploy] of deploy/packages.txt; without them it says in one line
that it is skipped, and ends with status 77.
"""
import argparse
import contextlib
import json
import os
import re
import select
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
DEPLOY = SOURCE / "deploy"
SKIPPED = 77
WAIT_SECONDS_MAX = 60


def skip(why):
    print(f"skipped: {why}; ./dev test --deploy installs what it needs")
    sys.exit(SKIPPED)


def need(*programs):
    for program in programs:
        if not shutil.which(program):
            skip(f"there is no {program} here")


def check(holds, what):
    if not holds:
        raise AssertionError(what)


def wait_for(what, condition):
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    while time.monotonic() < deadline:
        result = condition()
        if result:
            return result
        time.sleep(0.05)
    raise AssertionError(f"never: {what}")


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def run(*command, **options):
    done = subprocess.run([str(word) for word in command], text=True, capture_output=True,
                          check=False, **options)
    check(done.returncode == 0, f"{command}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def fetch(address, path, headers=None, body=None, method=None, context=None):
    """Status and text; an error status is no exception, no answer is (None, '')."""
    request = urllib.request.Request(address + path, headers=headers or {}, method=method,
                                     data=None if body is None else json.dumps(body).encode())
    if body is not None:
        request.add_header("Content-Type", "application/json")
    try:
        with urllib.request.urlopen(request, timeout=30, context=context) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return None, ""


@contextlib.contextmanager
def child(command, **options):
    process = subprocess.Popen([str(word) for word in command], **options)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def node(binary, folder, *more):
    """A running node's address."""
    environment = {**os.environ, "JWT_KEY": "a key of the deploy tests"}
    command = [binary, "serve", "--data", folder / "data", "--listen", "127.0.0.1:0",
               "--set", "log.access=false", *more]
    with child(command, stdout=subprocess.PIPE, env=environment) as process:
        said = b""
        deadline = time.monotonic() + WAIT_SECONDS_MAX
        while time.monotonic() < deadline and process.poll() is None:
            if select.select([process.stdout], [], [], 0.2)[0]:
                said += os.read(process.stdout.fileno(), 4096)
            found = re.search(rb"Usher serves (http://\S+)\n", said)
            if found:
                break
        else:
            raise AssertionError("the node did not start")
        yield found.group(1).decode()


class Shopper:
    """Somebody who has signed up."""

    def __init__(self, address):
        self.address = address
        account = json.dumps({"email": "a@example.com", "password": "secret1"})
        jar = run("curl", "-fsS", "-c", "-", "-o", "/dev/null", "-H",
                  "Content-Type: application/json", "-d", account, address + "/api/users/signup")
        self.headers = {"Cookie": "express:sess=" + jar.strip().splitlines()[-1].split("\t")[-1]}

    def post(self, path, body, status):
        got, text = fetch(self.address, path, headers=self.headers, body=body)
        check(got == status, f"{path}: {got} {text}")
        return json.loads(text)


def use(address):
    """One sale, one cancellation, one decline, so that nothing that counts them is still at 0."""
    shopper = Shopper(address)
    post = shopper.post

    def order():
        ticket = post("/api/tickets", {"title": "Concert", "price": 20}, 201)
        return post("/api/orders", {"ticketId": ticket["id"]}, 201)["id"]

    post("/api/payments", {"orderId": order(), "token": "tok_visa"}, 201)
    post("/api/payments", {"orderId": order(), "token": "tok_chargeDeclined"}, 402)
    cancelled = order()
    got, text = fetch(address, f"/api/orders/{cancelled}", headers=shopper.headers,
                      method="DELETE")
    check(got == 204, f"DELETE: {got} {text}")


# ---- metrics: what the documents, the dashboard and the rules speak of exists

METRIC = re.compile(r"\b(?:usher|process)_[a-z0-9_]+")
NO_METRICS = {"usher_tests"}


def names_in(text):
    return set(METRIC.findall(text)) - NO_METRICS


def dashboard_expressions():
    dashboard = json.loads((DEPLOY / "grafana.json").read_text())
    return [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]


def value_of(address, name):
    _, text = fetch(address, "/metrics")
    found = re.search("^" + re.escape(name) + r" (\S+)$", text, re.MULTILINE)
    check(found, f"{name} is not there")
    return float(found.group(1))


def check_failures(binary, folder):
    """What goes wrong is counted: an expiry, an ask that is refused, a reminder that waits."""
    (folder / "expiring").mkdir()
    with node(binary, folder / "expiring", "--order-ttl", "200ms") as address:
        post = Shopper(address).post
        ticket = post("/api/tickets", {"title": "Concert", "price": 20}, 201)
        post("/api/orders", {"ticketId": ticket["id"]}, 201)
        wait_for("the order expires",
                 lambda: value_of(address, "usher_orders_expired_total") == 1)
        check(value_of(address, "usher_orders_cancelled_total") == 0, "nobody gave it back")
    (folder / "narrow").mkdir()
    with node(binary, folder / "narrow", "--set", "actors.asks_in_flight_max=1") as address:
        overloaded = 'usher_asks_failed_total{reason="overloaded"}'
        shopper = Shopper(address)
        ticket = shopper.post("/api/tickets", {"title": "Concert", "price": 20}, 201)
        order = shopper.post("/api/orders", {"ticketId": ticket["id"]}, 201)
        check(value_of(address, overloaded) == 0, "nothing was refused yet")
        # The gateway never answers this one: its ask stays in flight, and is all there may be.
        paying = threading.Thread(target=lambda: fetch(
            address, "/api/payments", headers=shopper.headers,
            body={"orderId": order["id"], "token": "tok_hang"}), daemon=True)
        paying.start()
        wait_for("the payment is in flight",
                 lambda: value_of(address, "usher_gateway_queue") == 1)
        status, _ = fetch(address, f"/api/tickets/{ticket['id']}")
        check(status == 503, f"there is no room for another ask: {status}")
        check(value_of(address, overloaded) == 1, "and that is counted")
        wait_for("the reminder to settle it is overdue",
                 lambda: value_of(address, "usher_reminders_overdue") == 1)


def test_metrics(binary, folder, _):
    check_failures(binary, folder)
    with node(binary, folder) as address:
        use(address)
        _, text = fetch(address, "/metrics")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    there = {re.match(r"[a-z0-9_]+", line).group(0) for line in lines}
    for file in ["deploy/alerts.yml", "deploy/grafana.json", "docs/operations.md"]:
        for name in sorted(names_in((SOURCE / file).read_text())):
            found = name in there or any(other.startswith(name + "_bucket") for other in there)
            check(found, f"{file} speaks of {name}, which /metrics does not have")

    values = {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in lines}
    for name, value in {"usher_orders_placed_total": 3, "usher_orders_paid_total": 1,
                        "usher_orders_cancelled_total": 1, "usher_payments_declined_total": 1,
                        "usher_orders_expired_total": 0, "usher_tickets_offered_total": 3,
                        "usher_accounts_created_total": 1,
                        "usher_reminders_overdue": 0}.items():
        check(values[name] == value, f"{name} is {values[name]}, not {value}")
    for histogram, count in {"usher_commit_seconds": "usher_commits_total",
                             "usher_commit_events": "usher_commits_total"}.items():
        check(values[histogram + "_count"] == values[count] > 0, f"{histogram}_count")
        check(values[histogram + '_bucket{le="+Inf"}'] == values[count], f"{histogram} +Inf")
    check(values["usher_commit_events_sum"] == values["usher_committed_records_total"], "events")
    check(any(name.startswith("usher_build_info{version=") for name in values), "build_info")
    check(values['usher_http_requests_total{method="POST",route="/api/payments",status="402"}'] == 1,
          "the decline has its own status")
    check(abs(values["process_start_time_seconds"] - time.time()) < 600, "start time")
    check(0 < values["process_open_fds"] < values["process_max_fds"], "open files")
    check(values["process_resident_memory_bytes"] > 1e6, "memory")
    check(values["process_cpu_seconds_total"] > 0, "processor time")
    if shutil.which("promtool"):
        run("promtool", "check", "metrics", input=text)
    else:
        print("without promtool here: the format is not checked by another program")


# ---- a real Prometheus scrapes a node, evaluates the rules and the dashboard's queries

def test_prometheus(binary, folder, _):
    need("prometheus", "promtool")
    run("promtool", "check", "rules", DEPLOY / "alerts.yml")
    run("promtool", "check", "config", DEPLOY / "prometheus.yml")
    run("promtool", "test", "rules", SOURCE / "tests/deploy/alerts_test.yml")
    with node(binary, folder) as address:
        use(address)
        port = free_port()
        config = (DEPLOY / "prometheus.yml").read_text()
        config = config.replace("127.0.0.1:3000", address.removeprefix("http://"))
        config = config.replace("15s", "1s").replace("alerts.yml", str(DEPLOY / "alerts.yml"))
        (folder / "prometheus.yml").write_text(config)
        log = open(folder / "prometheus.log", "w")
        with child(["prometheus", f"--config.file={folder}/prometheus.yml",
                    f"--storage.tsdb.path={folder}/tsdb",
                    f"--web.listen-address=127.0.0.1:{port}"], stderr=log, stdout=log):
            prometheus = f"http://127.0.0.1:{port}"

            def ask(expression):
                status, text = fetch(
                    prometheus, "/api/v1/query?query=" + urllib.parse.quote(expression))
                if status in (None, 503):  # it starts
                    return None
                answer = json.loads(text)
                check(answer["status"] == "success", f"{expression}: {text}")
                return answer["data"]["result"]

            wait_for("two scrapes", lambda: (ask('count_over_time(up{job="usher"}[1m])') or
                                             [{"value": [0, "0"]}])[0]["value"][1] >= "3")
            check(ask("up == 1"), "the node is up")
            check(ask("usher_orders_paid_total")[0]["value"][1] == "1", "one sale")
            for expression in dashboard_expressions():
                asked = expression.replace("$__rate_interval", "1m").replace("$instance", ".*")
                check(ask(asked), f"the dashboard asks for what is not there: {expression}")
            _, text = fetch(prometheus, "/api/v1/rules")
            rules = json.loads(text)["data"]["groups"][0]["rules"]
            wait_for("rules are evaluated", lambda: all(
                rule["health"] == "ok" for rule in json.loads(fetch(
                    prometheus, "/api/v1/rules")[1])["data"]["groups"][0]["rules"]))
            check(len(rules) >= 8, "all rules are loaded")
            firing = ask('ALERTS{alertstate="firing"}')
            check(firing == [], f"a healthy node alarms nobody: {firing}")


# ---- nginx: the guard, whatever the spelling, and streams that are not buffered

def test_nginx(binary, folder, _):
    need("nginx", "openssl", "curl")
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
        "-days", "1", "-subj", "/CN=tickets.example.com", "-keyout", folder / "key.pem", "-out",
        folder / "cert.pem")
    with node(binary, folder, "--set", "server.trusted_proxies=127.0.0.1") as address:
        port, plain = free_port(), free_port()
        site = (DEPLOY / "nginx.conf").read_text()
        site = site.replace("127.0.0.1:3000", address.removeprefix("http://"))
        site = re.sub(r"/etc/letsencrypt/\S*/fullchain.pem", str(folder / "cert.pem"), site)
        site = re.sub(r"/etc/letsencrypt/\S*/privkey.pem", str(folder / "key.pem"), site)
        site = site.replace("listen 80;", f"listen 127.0.0.1:{plain};")
        site = site.replace("listen 443 ssl", f"listen 127.0.0.1:{port} ssl")
        site = re.sub(r"\n *listen \[::\]:\S+.*;", "", site)
        # Everybody is somebody else here: what only this machine may see, nobody may.
        site = site.replace("allow 127.0.0.1;", "")
        (folder / "site.conf").write_text(site)
        (folder / "nginx.conf").write_text(
            f"daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log;\n"
            f"events {{}}\nhttp {{ access_log off; client_body_temp_path {folder}/body;\n"
            f"proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;\n"
            f"uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;\n"
            f"include {folder}/site.conf; }}\n")
        with child(["nginx", "-p", folder, "-c", folder / "nginx.conf"], stderr=subprocess.DEVNULL):
            front = f"https://127.0.0.1:{port}"
            trusting = ssl.create_default_context(cafile=str(folder / "cert.pem"))
            trusting.check_hostname = False

            def get(path):
                return fetch(front, path, context=trusting)

            wait_for("nginx answers", lambda: get("/healthz")[0] == 200)
            check(get("/api/tickets")[0] == 200, "the API is there")
            for path in ["/metrics", "/Metrics", "/METRICS", "/metrics/", "/%6detrics", "//metrics",
                         "/x/../metrics", "/readyz", "/ReadyZ", "/api/admin/stats",
                         "/API/Admin/stats", "/api/admin/", "/metrics?x=1"]:
                check(get(path)[0] == 403, f"{path} is guarded, not {get(path)[0]}")
            check(get("/metricsx")[0] in (200, 404), "what only begins alike is not")
            status = subprocess.run(
                ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}",
                 f"http://127.0.0.1:{plain}/"], capture_output=True, text=True, check=True).stdout
            check(status == "301", "plain HTTP leads to HTTPS")
            for path in ["/api/events?after=0", "/API/Events?after=0", "/api/events/?after=0"]:
                stream = subprocess.Popen(
                    ["curl", "-sN", "--cacert", str(folder / "cert.pem"), "-k", front + path],
                    stdout=subprocess.PIPE)
                try:
                    # The first bytes of an endless answer come while it goes on.
                    check(select.select([stream.stdout], [], [], WAIT_SECONDS_MAX)[0],
                          f"{path}: nothing comes")
                    check(os.read(stream.stdout.fileno(), 4096) != b"", f"{path}: it ended")
                finally:
                    stream.kill()
                    stream.wait()


# ---- the .deb: what is in it, and that it installs what it needs

def make_package(build, folder):
    need("cpack", "dpkg-shlibdeps", "dpkg-deb", "file")
    run("cpack", "--config", build / "CPackConfig.cmake", "-B", folder / "package", cwd=build)
    (deb,) = (folder / "package").glob("*.deb")
    return deb


FILES = ["./usr/bin/usher", "./lib/systemd/system/usher.service",
         "./lib/systemd/system/usher.socket", "./etc/usher/production.toml",
         "./etc/usher/environment", "./usr/share/man/man1/usher.1",
         "./usr/share/bash-completion/completions/usher", "./usr/share/doc/usher/operations.md",
         "./usr/share/doc/usher/usher.toml", "./usr/share/doc/usher/examples/nginx.conf"]


def test_package(_, folder, build):
    deb = make_package(build, folder)
    listed = run("dpkg-deb", "--contents", deb)
    names = {line.split()[5] for line in listed.splitlines()}
    for name in FILES:
        name = name.replace("./lib", "./usr/lib") if "./usr" + name[1:] in names else name
        check(name in names or name + ".gz" in names, f"{name} is not in the package:\n{listed}")
    if (SOURCE / "web/dist/index.html").exists():
        check("./usr/share/usher/web/dist/index.html" in names, "the page is in the package")
    secret = [line for line in listed.splitlines() if line.endswith("etc/usher/environment")]
    check(secret[0].startswith("-rw-------"), f"secrets are their owner's: {secret}")
    fields = run("dpkg-deb", "--field", deb)
    for library in ["libjemalloc2", "librocksdb7.8", "libcaf-core0.17", "libssl3", "ca-certificates"]:
        check(library in fields, f"it depends on {library}:\n{fields}")
    check("libjwt" not in fields, "only tests use libjwt")
    check("/etc/usher/environment" in run("dpkg-deb", "--info", deb, "conffiles"), "conffiles")
    run("dpkg-deb", "--extract", deb, folder / "root")
    for word in ["first", "second"]:  # installing again takes nobody's secrets away
        run("cmake", "--install", build, "--prefix", folder / "prefix")
        environment = folder / "prefix/etc/usher/environment"
        check(word == "first" or "JWT_KEY=mine" in environment.read_text(), "the secrets are kept")
        environment.write_text("JWT_KEY=mine\n")
    check((folder / "prefix/bin/usher").exists(), "cmake --install has the program")
    check(run(folder / "root" / "usr/bin/usher", "--version").startswith("usher "), "it runs")
    if shutil.which("systemd-analyze"):
        for name in ["usher.service", "usher.socket"]:
            (found,) = (folder / "root").glob(f"**/systemd/system/{name}")
            unit = found.read_text().replace("/usr/bin/usher", str(folder / "root" / "usr/bin/usher"))
            (folder / name).write_text(unit.replace("file:/usr", f"file:{folder / 'root' / 'usr'}"))
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", f"{folder}/usher.service",
                               f"{folder}/usher.socket"], capture_output=True, text=True,
                              check=False)
        check(done.returncode == 0 and "usher." not in done.stderr, done.stderr)
    if shutil.which("man"):
        page = next((folder / "root/usr/share/man/man1").glob("usher.1*"))
        done = subprocess.run(["man", "--warnings", "-l", str(page)], capture_output=True,
                              text=True, check=False, env={**os.environ, "MAN_KEEP_STDERR": "1"})
        check("warning" not in done.stderr, done.stderr)


# ---- the image, built by Podman on a base of Debian's packages

def test_image(_, folder, build):
    need("podman", "runc", "mmdebstrap")
    if os.geteuid() != 0:
        skip("containers are started as root")
    (folder / "containers.conf").write_text(
        '[containers]\ndefault_ulimits = ["nofile=20000:20000", "nproc=10000:10000"]\n'
        '[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n')
    environment = {**os.environ, "CONTAINERS_CONF": str(folder / "containers.conf")}
    storage = ["podman", "--root", folder / "storage", "--runroot", folder / "run"]

    def podman(*arguments):
        return run(*storage, *arguments, env=environment)

    context = folder / "context"
    shutil.copytree(DEPLOY, context / "deploy")
    shutil.copytree(SOURCE / "config", context / "config")
    (context / "build/package").mkdir(parents=True)
    shutil.copy(make_package(build, folder), context / "build/package")
    shutil.copy(SOURCE / ".dockerignore", context)
    run("mmdebstrap", "--quiet", "--variant=minbase", "bookworm", folder / "rootfs.tar")
    name = f"usher-deploy-test-{os.getpid()}"
    try:
        podman("import", folder / "rootfs.tar", "docker.io/library/debian:12-slim")
        podman("build", "--pull=never", "--build-arg", "PACKAGE=made", "-f",
               context / "deploy/Dockerfile", "-t", name, context)
        check(podman("run", "--rm", "--network=none", name, "--version").startswith("usher "),
              "the program in the image runs")
        port = free_port()
        podman("run", "-d", "--name", name, "-p", f"127.0.0.1:{port}:3000", name)
        address = f"http://127.0.0.1:{port}"
        try:
            wait_for("the node in the container answers",
                     lambda: fetch(address, "/readyz")[0] == 200)
            use(address)
            podman("stop", "-t", "30", name)
            check(podman("inspect", "-f", "{{.State.ExitCode}}", name).strip() == "0",
                  "SIGTERM ends it with 0")
            podman("start", name)
            wait_for("it starts again",
                     lambda: "Concert" in fetch(address, "/metrics")[1] or
                     "usher_feed_end" in fetch(address, "/metrics")[1])
            check("usher_feed_end 0\n" not in fetch(address, "/metrics")[1], "its data is there")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{podman('logs', name)}") from error
    finally:
        subprocess.run([*map(str, storage), "rm", "-f", "-t", "0", name], env=environment,
                       capture_output=True, check=False)
        subprocess.run([*map(str, storage), "rmi", "-a", "-f"], env=environment,
                       capture_output=True, check=False)


def main():
    tests = {name.removeprefix("test_"): test for name, test in globals().items()
             if name.startswith("test_")}
    parser = argparse.ArgumentParser()
    parser.add_argument("test", choices=tests)
    parser.add_argument("--binary", type=Path, required=True)
    parser.add_argument("--build", type=Path, required=True)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="usher-deploy-") as folder:
        tests[arguments.test](arguments.binary.resolve(), Path(folder), arguments.build.resolve())


if __name__ == "__main__":
    main()
