"""How much is said on standard error, and in which form, whichever way that is asked for."""

import io
import json
import os
from collections.abc import Callable, Iterator

import pytest

from kanmon.cli.app import command_line
from kanmon.cli.log_options import LogLevel, check_log_settings, is_json_log, log_level
from kanmon.cli.progress import LineProgress, NoProgress, progress_for
from kanmon.cli.terminal import LogStream
from kanmon.core.errors import UsageError


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing that an option sets here outlives the test."""
    with monkeypatch.context() as patch:
        for name in ("KANMON_LOG", "KANMON_LOG_FORMAT", "NO_COLOR"):
            patch.setenv(name, "")
        yield


def called(*arguments: str) -> None:
    command_line(str).main(list(arguments), standalone_mode=False)


@pytest.mark.parametrize("place", [lambda option: (*option, "version"), lambda option: ("version", *option)])
@pytest.mark.parametrize(
    ("option", "setting"),
    [
        (("-q",), ("KANMON_LOG", "quiet")),
        (("--verbose",), ("KANMON_LOG", "verbose")),
        (("--no-color",), ("NO_COLOR", "1")),
        (("--log-format", "json"), ("KANMON_LOG_FORMAT", "json")),
    ],
)
def test_every_command_takes_them_before_it_and_after(
    place: Callable[[tuple[str, ...]], tuple[str, ...]], option: tuple[str, ...], setting: tuple[str, str]
) -> None:
    arguments = [word if word != "version" else "schema" for word in place(option)]
    called(*arguments)
    assert os.environ[setting[0]] == setting[1]


def test_a_quiet_command_tells_of_no_step_and_a_verbose_one_how_long_it_took(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KANMON_LANG", "en")
    monkeypatch.setenv("KANMON_LOG", "quiet")
    assert isinstance(progress_for(stream_is_terminal=True), NoProgress)
    with progress_for(stream_is_terminal=False).step("link", 3) as step:
        step.advance()
    assert capsys.readouterr().err == ""
    monkeypatch.setenv("KANMON_LOG", LogLevel.VERBOSE)
    ticks = iter([0.0, 2.5])
    with LineProgress(10.0, lambda: next(ticks)).step("link"):
        pass
    assert capsys.readouterr().err == "link\n  link: done in 2.5 s\n"


def test_a_log_of_json_is_one_object_a_line_and_names_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KANMON_LOG_FORMAT", "json")
    assert is_json_log()
    stream = io.StringIO()
    log = LogStream(stream)
    log.write("link (3)\nkanmon: no such ")
    log.write("client [NOT_FOUND]\n\n")
    first, second = (json.loads(line) for line in stream.getvalue().splitlines())
    assert (first["level"], first["message"]) == ("info", "link (3)")
    assert (second["level"], second["code"], second["message"]) == ("error", "NOT_FOUND", "no such client")


@pytest.mark.parametrize("setting", ["KANMON_LOG", "KANMON_LOG_FORMAT"])
def test_a_setting_of_another_value_is_refused_with_those_that_there_are(
    setting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_log_settings()
    assert log_level() is LogLevel.NORMAL
    monkeypatch.setenv(setting, "loud")
    with pytest.raises(UsageError) as refused:
        check_log_settings()
    assert str(refused.value.values["known"]).count(",") >= 1
