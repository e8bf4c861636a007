"""What `deploy/` holds: the compose file by its schema, and what a service with people's data must not lack."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from kanmon.core.settings import SETTINGS
from tests.reference import kanmon_commands

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"].startswith("kanmon")}
DOCKERFILE = (DEPLOY / "container/Dockerfile").read_text(encoding="utf-8")
PROBE = """
import importlib.util, pathlib, kanmon.web.app, matplotlib_fontja
fonts = pathlib.Path(matplotlib_fontja.__file__).parent.rglob("*.ttf")
print(importlib.util.find_spec("playwright") is not None, any(fonts))
"""
"""Whether the crawler's library is there, and the reports' Japanese font."""
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))


def commands() -> list[list[str]]:
    """Every command of ours that is begun from here, without `kanmon`."""
    images = [json.loads(words) for words in re.findall(r'^CMD (\["(?:serve|worker)".*\])$', DOCKERFILE, re.MULTILINE)]
    units = [
        shlex.split(line.partition("bin/kanmon ")[2])
        for unit in UNITS
        for line in unit.read_text(encoding="utf-8").splitlines()
        if line.startswith("ExecStart=")
    ]
    return [*images, *units, *(service["command"] for service in OURS.values() if "command" in service)]


def test_the_compose_file_is_one() -> None:
    schema = json.loads((ROOT / "tests/compose-spec.json").read_text(encoding="utf-8"))
    assert [error.message for error in Draft7Validator(schema).iter_errors(COMPOSE)] == []
    assert {*SERVICES} >= {"database", "objects", "web", "worker", "proxy", "prometheus", "grafana"}


def test_what_services_name_is_there() -> None:
    declared = {part: {*COMPOSE[part]} for part in ("networks", "volumes", "secrets")}
    for service in SERVICES.values():
        assert {*service.get("networks", ())} <= declared["networks"]
        assert {*service.get("secrets", ())} <= declared["secrets"]
        assert {*service.get("depends_on", ())} <= {*SERVICES}
        for volume in service.get("volumes", ()):
            source = volume.partition(":")[0]
            assert (DEPLOY / source).exists() if source.startswith(".") else source in declared["volumes"]
        profile = [option for option in service.get("security_opt", ()) if option.startswith("seccomp:")]
        assert all((DEPLOY / option.removeprefix("seccomp:")).is_file() for option in profile)


def test_our_services_own_nothing_and_only_the_proxy_is_reached_from_outside() -> None:
    assert {*OURS} == {"init", "web", "worker"}
    for service in OURS.values():
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        assert "ports" not in service
        assert not service.get("privileged")
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"proxy": ["80:80", "443:443"], "grafana": ["127.0.0.1:3000:3000"]}
    assert {name for name, network in COMPOSE["networks"].items() if network.get("internal")} == {"inside", "watch"}
    assert SERVICES["database"]["image"] == "postgres:18"


def test_images_run_as_a_user_without_rights_and_say_whether_they_are_well() -> None:
    stages = re.split(r"^FROM ", DOCKERFILE, flags=re.MULTILINE)[1:]
    last = {stage.split()[2]: stage for stage in stages if stage.split()[2] in ("app", "worker")}
    assert {*last} == {"app", "worker"}
    for stage in last.values():
        assert "\nUSER 10001:10001\n" in stage
        assert "\nHEALTHCHECK " in stage
        assert "COPY --from=build" in stage
    assert "playwright" not in last["app"]
    assert "fonts-noto-cjk" in last["worker"]


def test_commands_that_are_begun_exist_with_their_options() -> None:
    known = kanmon_commands()
    for words in commands():
        options = {name for param in known[(words[0],)].params for name in param.opts}
        assert {word for word in words if word.startswith("--")} <= options
    assert len(commands()) == 6


def test_settings_that_are_given_exist() -> None:
    texts = [path.read_text(encoding="utf-8") for path in DEPLOY.rglob("*") if path.is_file()]
    named = {name for text in texts for name in re.findall(r"\bKANMON_[A-Z_]+\b", text)}
    assert named <= SETTINGS


def test_units_let_the_programs_end_by_themselves() -> None:
    assert [unit.name for unit in UNITS] == ["kanmon-web.service", "kanmon-worker.service"]
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8")
        assert "User=kanmon\n" in text
        assert "NoNewPrivileges=yes\n" in text
        assert int(re.findall(r"^TimeoutStopSec=(\d+)$", text, re.MULTILINE)[0]) >= 60
        assert "KillMode=mixed\n" in text


@pytest.mark.parametrize("left_out", [(), ("playwright", "pyee")], ids=["worker", "app"])
def test_the_steps_of_the_image_install_what_runs(tmp_path: Path, left_out: tuple[str, ...]) -> None:
    """As the Dockerfile calls them, in a fresh environment; packages come from uv's cache where it has them."""
    source, venv = tmp_path / "source", tmp_path / "venv"
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in ("src", "requirements", "deploy"):
        shutil.copytree(ROOT / name, source / name, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(ROOT / name, source / name)
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    if uv := shutil.which("uv", path=f"{Path(sys.executable).parent}:{environ['PATH']}"):
        environ["UV"] = uv
    script = source / "deploy/container/install.sh"
    made = subprocess.run(
        ["sh", script, source, venv, *left_out], capture_output=True, text=True, env=environ, check=False
    )
    assert made.returncode == 0, made.stderr
    assert made.stdout.startswith("kanmon ")
    told = subprocess.run([venv / "bin/python", "-c", PROBE], capture_output=True, text=True, env=environ, check=False)
    assert told.stdout.split() == [str(not left_out), "True"], told.stderr
