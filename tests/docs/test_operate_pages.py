"""docs/operate is true: its files can be parsed, its commands called, its metrics asked for, and its image would start."""

from __future__ import annotations

import configparser
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from ruamel.yaml import YAML

from engine.cli.main import _parser
from engine.config import Limits, Retention, read_config
from engine.store import Store
from engine.web.app import create_app
from tests.story.served import free_port
from tests.waiting import until
from tests.web.api.serving import Calls

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "operate"
PAGES = {path.name: path.read_text("utf-8") for path in FOLDER.glob("*.md")}
UNITS = sorted((FOLDER / "systemd").iterdir())
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]
HARDENED = {
    "NoNewPrivileges": "yes", "ProtectSystem": "strict", "ProtectHome": "yes", "PrivateTmp": "yes", "PrivateDevices": "yes",
    "CapabilityBoundingSet": "", "RestrictNamespaces": "yes", "LockPersonality": "yes", "UMask": "0077",
}  # fmt: skip


def unit(path: Path) -> configparser.ConfigParser:
    """Reads a unit; a key that stands twice keeps its last value, as is enough here."""
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(path.read_text("utf-8"))
    return parser


def called(words: list[str]) -> object:
    return _parser(words).parse_args(words)


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_a_service_is_hardened_runs_as_nobody_special_and_calls_a_command_that_there_is(path: Path) -> None:
    service = dict(unit(path)["Service"])
    assert {key: service.get(key) for key in HARDENED} == HARDENED
    assert (service["User"], service["StateDirectory"]) == ("regulars", "regulars")
    words = shlex.split(service["ExecStart"].replace("%i", "sender"))
    assert words[:2] == ["/srv/regulars/.venv/bin/python", "/srv/regulars/server.py"]
    args = called(words[2:])
    assert args.home == f"/var/lib/{service['StateDirectory']}"  # type: ignore[attr-defined]


def test_every_timer_has_its_service() -> None:
    timers = [path for path in UNITS if path.suffix == ".timer"]
    assert len(timers) == 2
    for path in timers:
        assert path.with_suffix(".service") in UNITS
        assert unit(path)["Timer"]["OnCalendar"]


def test_systemd_itself_finds_nothing_wrong(tmp_path: Path) -> None:
    systemd = shutil.which("systemd-analyze")
    if systemd is None:  # then the parsing above is what there is
        assert UNITS
        return
    for path in UNITS:
        text = path.read_text("utf-8").replace("/srv/regulars/.venv/bin/python", sys.executable)
        (tmp_path / path.name).write_text(text, "utf-8")
    names = [str(tmp_path / path.name) for path in UNITS if "@" not in path.name]
    done = subprocess.run(
        [systemd, "verify", *names], capture_output=True, text=True, check=False, timeout=60
    )
    assert [line for line in done.stderr.splitlines() if str(tmp_path) in line or "regulars" in line] == []


CONTAINER = (FOLDER / "Containerfile").read_text("utf-8").replace("\\\n", " ")
STEPS = [line.split(None, 1) for line in CONTAINER.splitlines() if line.strip() and not line.startswith("#")]


def test_the_image_installs_by_hash_and_runs_as_no_root() -> None:
    of = {
        name: [value for word, value in STEPS if word == name]
        for name in ("RUN", "USER", "HEALTHCHECK", "FROM")
    }
    assert "python setup/install.py main" in of["RUN"]
    assert not [line for line in of["RUN"] if "pip install" in line]
    assert of["USER"] == ["10001:10001"]
    assert len(of["FROM"]) == 2, "the compiler stays behind"
    assert "/health" in of["HEALTHCHECK"][0]


def test_what_the_image_copies_is_enough_to_serve_and_its_health_check_sees_it(tmp_path: Path) -> None:
    for word, value in STEPS:
        if word == "COPY" and not value.startswith("--from"):
            *sources, to = value.split()
            for source in sources:
                there = tmp_path / source if to == "./" else tmp_path / to
                (shutil.copytree if (ROOT / source).is_dir() else shutil.copy)(ROOT / source, there)
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    port, words = free_port(), YAML(typ="safe", pure=True)
    entry, command, check = (
        words.load(
            next(
                value.partition("CMD ")[2] if word == "HEALTHCHECK" else value
                for word, value in STEPS
                if word == name
            )
        )
        for name in ("ENTRYPOINT", "CMD", "HEALTHCHECK")
    )
    command = [
        str(port) if word == "8000" else "127.0.0.1" if word == "0.0.0.0" else word for word in command
    ]
    check = [word.replace("8000", str(port)) for word in check]
    home = {"REGULARS_HOME": str(tmp_path / "home"), "REGULARS_LOGS": "json", "PATH": os.environ["PATH"]}
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen([*entry, *command], cwd=tmp_path, env=home, stdout=log, stderr=log)
        try:
            until(
                lambda: subprocess.run(check, cwd=tmp_path, capture_output=True, check=False).returncode == 0,
                60,
                0.5,
            )
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0, (tmp_path / "log").read_text()


def test_the_proxies_pass_on_what_is_believed_and_take_as_much_as_we_do() -> None:
    nginx, caddy = (FOLDER / "nginx.conf").read_text("utf-8"), (FOLDER / "Caddyfile").read_text("utf-8")
    assert nginx.count("{") == nginx.count("}")
    headers = dict(re.findall(r"proxy_set_header (\S+)\s+(\S+);", nginx))
    assert (headers["Host"], headers["X-Forwarded-For"], headers["X-Forwarded-Proto"]) == (
        "$host", "$proxy_add_x_forwarded_for", "$scheme",
    )  # fmt: skip
    most = Limits().body_bytes
    assert int(re.findall(r"client_max_body_size (\d+)m;", nginx)[0]) * 2**20 >= most
    assert int(re.findall(r"max_size (\d+)MB", caddy)[0]) * 10**6 >= most
    assert "/metrics" in nginx
    assert "/metrics" in caddy
    public = re.findall(r"server_name (\S+);", nginx) + re.findall(r"^(\S+) \{$", caddy, re.MULTILINE)
    assert set(public) == {"r.optica.example"}


def names_of(text: str) -> set[str]:
    return set(re.findall(r"\bregulars_[a-z_]+\b", text))


def test_every_metric_is_on_the_page_and_no_other_and_alerts_ask_only_for_these(store: Store) -> None:
    text = Calls(store).client.get("/metrics").text
    families = {
        f"{each.name}_total" if each.type == "counter" else each.name
        for each in text_string_to_metric_families(text)
    }
    assert names_of(PAGES["metrics.md"]) == families
    rules = YAML(typ="safe", pure=True).load((FOLDER / "alerts.yaml").read_text("utf-8"))["groups"][0][
        "rules"
    ]
    assert names_of(" ".join(rule["expr"] for rule in rules)) - families == set()
    assert {rule["labels"]["severity"] for rule in rules} == {"page", "ticket"}
    assert all(rule["annotations"]["todo"] and rule["annotations"]["summary"] for rule in rules)
    assert create_app


def test_every_log_event_of_the_page_stands_in_the_code() -> None:
    code = "".join(path.read_text("utf-8") for path in (ROOT / "engine").rglob("*.py"))
    table = PAGES["metrics.md"].partition("| event | when |")[2]
    events = [
        name
        for row in table.splitlines()
        if row.startswith("| `")
        for name in re.findall(r"`([^`]+)`", row.split("|")[1])
    ]
    states = {
        "queued",
        "claimed",
        "sending",
        "sent",
        "deferred",
        "refused",
        "unknown",
        "cancelled",
        "expired",
    }
    lacking = []
    for event in events:
        word = event.partition(" ")[2]
        said = (f'"{event}"', f'_tell("{word}"', f'"{word}" if active', f'else "{word}"')
        told = (event.startswith("mail ") and word in states) or any(each in code for each in said)
        lacking += [] if told else [event]
    assert lacking == []
    assert {event.removeprefix("mail ") for event in events if event.startswith("mail ")} == states


COMMANDS = [
    (name, found.partition(" # ")[0].strip())
    for name, page in PAGES.items()
    for found in re.findall(
        r"server\.py ((?:doctor|backup|restore|users|serve|migrate|audit|pause|erase)[^`\n|,;]*)", page
    )
]


@pytest.mark.parametrize(("page", "command"), COMMANDS)
def test_a_command_can_be_called_as_a_page_says(page: str, command: str) -> None:
    words = shlex.split(command.replace("CUSTOMER", "anna"))
    assert callable(called(words).run), page  # type: ignore[attr-defined]


def test_settings_on_the_pages_are_read_and_are_the_defaults() -> None:
    shop = {"shop": "optyk", "name": "Optyk", "postal": "Optyk, ul. Szeroka 14",
            "sender": {"name": "Optyk", "address": "sklep@optyk.example"}}  # fmt: skip
    found = {}
    for page in PAGES.values():
        for text in re.findall(r"^```yaml\n# config\.yaml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL):
            found |= YAML(typ="safe", pure=True).load(text)
    config = read_config({"shops": [shop], **found})
    assert config.retention == Retention()
    assert config.limits == Limits()
    assert config.trusted_proxies == read_config({"shops": [shop]}).trusted_proxies
