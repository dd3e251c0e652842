"""What of other people's texts reaches a terminal, and what of a secret that was typed in the wrong place."""

import io
import json
import sys
import unicodedata
from pathlib import Path

import pytest
from rich.progress import ProgressColumn

from sharectl import keys
from sharectl.errors import Fault, secrets_given
from sharectl.output import Output
from sharectl.terminal import printable, printable_json, without_secrets
from tests.tools.conftest import Operator

TOKEN = "AbC-_" * 10 + "A"
HIDDEN = {
    "\x1b[2J": "\\x1b[2J",
    "\x9b31m": "\\x9b31m",
    "\x07\x08\x7f": "\\x07\\x08\\x7f",
    "a\r\nb\tc": "a\\r\\nb\\tc",
    "\u202eevil\u2066": "\\u202eevil\\u2066",
    "zero\u200bwidth\ufeff": "zero\\u200bwidth\\ufeff",
    "line\u2028end\u2029": "line\\u2028end\\u2029",
    "\u2800\u3164\xad": "\\u2800\\u3164\\xad",
    "\U000e0041": "\\U000e0041",
    "\U00013441": "\\U00013441",
    "\ud800": "\\ud800",
}
SEEN = ("", "plain", "Zoë's brand", "日本語 レポート", "\xa0no break", "back\\slash", "[bold]:smile:[/]", "🎉", "שלום")


@pytest.mark.parametrize(("text", "shown"), HIDDEN.items(), ids=ascii)
def test_a_character_that_is_not_seen_as_itself_is_shown_as_an_escape(text: str, shown: str) -> None:
    assert printable(text) == shown


@pytest.mark.parametrize("text", SEEN)
def test_what_is_seen_stays_as_it_is(text: str) -> None:
    assert printable(text) == text


def test_no_control_or_format_character_of_unicode_passes() -> None:
    every = "".join(map(chr, range(0x110000)))

    for shown in (printable(every), printable_json(every)):
        assert {unicodedata.category(character) for character in shown} & {"Cc", "Cf", "Cs", "Zl", "Zp"} == set()


@pytest.mark.parametrize("text", [*HIDDEN, *SEEN, '"\\\x1b'], ids=ascii)
def test_json_says_the_same_as_before(text: str) -> None:
    value = {"name": text, text: [text]}

    assert json.loads(printable_json(value)) == value


def test_results_errors_and_notes_are_escaped_wherever_a_command_says_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for as_json in (False, True):
        output = Output(as_json=as_json)
        output.note("note \x1b[2J [red]")
        output.result({"name": "\x9b\u202e"}, "line \u202e\n")
        output.faults.append(Fault("pa\x1bth", "message \u200b"))
        with pytest.raises(RuntimeError), output.reporting():
            raise RuntimeError
        said = capsys.readouterr()
        assert said.err.splitlines() == [
            "sharectl: note \\x1b[2J [red]",
            "sharectl: pa\\x1bth: message \\u200b",
        ]
        written = json.loads(said.out)["name"] if as_json else said.out
        assert written == ("\x9b\u202e" if as_json else "line \\u202e\\n\n")
        assert said.out.isascii()


def test_a_progress_bars_description_is_escaped_and_no_markup() -> None:
    progress = Output(as_json=False).progress()
    progress.add_task("[red]\x1b[2J\u202e")
    (description, *_) = progress.columns
    assert isinstance(description, ProgressColumn)

    assert str(description(progress.tasks[0])) == "[red]\\x1b[2J\\u202e"


def fail(operator: Operator, key: str, reason: str) -> None:
    body = {"key": key, "reason": reason, "failed_at": "2026-01-01T00:00:00Z", "event": {}}
    operator.stack.sqs.send_message(QueueUrl=operator.stack.dead_letter_queue_url, MessageBody=json.dumps(body))


def test_a_failed_files_key_and_reason_do_not_reach_the_terminal_raw(operator: Operator) -> None:
    fail(operator, "runs/\x1b]0;x\x07", "no \u202enumber\nat all")

    plain, as_json = operator.say("runs", "failed"), operator.say("runs", "failed", "--json")

    assert plain.stdout == "failed  2026-01-01T00:00:00Z  runs/\\x1b]0;x\\x07: no \\u202enumber\\nat all\n"
    assert as_json.stdout.strip().isprintable()
    assert as_json.json["failed"][0]["key"] == "runs/\x1b]0;x\x07"


@pytest.mark.parametrize("name", ["runs/\x1b", "runs/\\x1b"], ids=ascii)
def test_a_failed_file_is_dropped_by_its_key_or_by_what_it_is_listed_as(operator: Operator, name: str) -> None:
    fail(operator, "runs/\x1b", "broken")

    said = operator.say("runs", "failed", "--drop", name, "--json")

    assert (said.code, said.json["failed"][0]["dropped"]) == (0, True)


def test_names_of_files_are_escaped_in_errors(operator: Operator) -> None:
    said = operator.say("runs", "put", str(operator.folder / "a\x1b[2J\u202e.json"))

    assert said.code == 2
    assert "a\\x1b[2J\\u202e.json: No such file" in said.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("\x1b[2J\u202e",),
        ("--\x1b[2J\u202e",),
        ("runs", "\x1b[2J\u202e"),
        ("runs", "failed", "\x1b[2J\u202e"),
        ("runs", "put", "x", "--timeout", "\x1b[2J\u202e"),
        ("links", "list", "--schedule", "\x1b[2J\u202e"),
    ],
    ids=ascii,
)
def test_how_a_command_was_called_wrongly_is_told_without_control_characters(
    operator: Operator, arguments: tuple[str, ...]
) -> None:
    said = operator.say(*arguments)

    assert said.code == 2
    assert not {"\x1b", "\u202e"} & set(said.stdout + said.stderr)
    assert said.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("{}",),
        ("links", "{}"),
        ("links", "revoke", "-", "{}"),
        ("links", "list", "--schedule", "{}"),
        ("links", "list", "{}"),
        ("keys", "{}"),
        ("--{}",),
        ("secrets", "use", "{}"),
        ("rollup", "rebuild", "{}"),
        ("runs", "put", "{}"),
        ("runs", "put", "x", "--timeout", "{}"),
        ("runs", "failed", "--drop", "{}"),
        ("apply", "{}"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("form", [(), ("--json",)], ids=["text", "JSON"])
def test_a_key_or_token_in_the_wrong_place_is_not_repeated(
    operator: Operator, arguments: tuple[str, ...], form: tuple[str, ...]
) -> None:
    operator.stack.secretsmanager.create_secret(Name="tokens", SecretString=json.dumps({"current": "1", "1": "s" * 32}))
    for secret in (keys.mint(), TOKEN, f"https://reports.example.com/shared/{TOKEN}"):
        said = operator.say(*form, *(argument.format(secret) for argument in arguments), stdin="{}")

        shown = "".join(character for character in said.stdout + said.stderr if character.isalnum())
        assert said.code != 0
        assert "".join(filter(str.isalnum, secret.rpartition("/")[2]))[:20] not in shown


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("https%3A%2F%2Freports.example.com%2Fshared%2F", "%2Ftable.csv"),
        ("https%3a%2f%2freports.example.com%2fshared%2f", "%3fx"),
        ("?next=%252Fshared%252F", "%252Freport.html"),
        ("%25252Fshared%25252f", "%25252F"),
        ("'\\n", "\\n'"),
        ("'\\x1b", "\\x1b'"),
        ('"\\u002f', '\\u002f"'),
        ("/", "/"),
        ("C:\\", "\\x"),
    ],
)
def test_a_token_is_left_out_whatever_stands_for_its_delimiters(before: str, after: str) -> None:
    assert without_secrets(f"{before}{TOKEN}{after} and {TOKEN}") == f"{before}(left out){after} and (left out)"


def test_what_only_looks_a_little_like_a_secret_is_shown() -> None:
    text = "runs/3f9c7e8a-1b6a-4d8e-92cf-7d9c8b1e2a04/x.json is neither a key (rp_live_...) nor " + "a" * 64

    assert without_secrets(text) == text


# ---- keys from standard input ----------------------------------------------------------------------------------------


def key_of(operator: Operator, principal: str) -> str:
    key = keys.mint()
    entry = {"key": key, "principal_id": principal, "workspace_id": "northlight", "scopes": ["*"]}
    assert operator.apply({"api_keys": [entry]}).code == 0
    return key


def test_keys_are_read_from_standard_input_one_a_line(operator: Operator) -> None:
    ada, bob = key_of(operator, "ada"), key_of(operator, "bob")

    said = operator.say("keys", "revoke", "-", "--json", stdin=f"{ada}\n\n  {bob}\r\n")

    assert said.code == 0
    assert [one["principal_id"] for one in said.json["revoked"]] == ["ada", "bob"]
    assert not any(key in said.stdout + said.stderr for key in (ada, bob))


def test_a_line_that_is_no_key_is_named_by_its_number_and_no_key_is_revoked(operator: Operator) -> None:
    ada = key_of(operator, "ada")

    said = operator.say("keys", "revoke", "-", stdin=f"{ada}\n\nrp_live_cut-off\n")

    assert said.code == 2
    assert said.stderr.startswith("sharectl: line 3: is neither a key")
    assert "cut-off" not in said.stderr
    assert operator.say("keys", "revoke", ada, "--json").json["revoked"][0]["already_revoked"] is False


@pytest.mark.parametrize("command", [("keys", "revoke"), ("links", "revoke")], ids=" ".join)
def test_an_empty_standard_input_is_said_to_be_empty(operator: Operator, command: tuple[str, str]) -> None:
    said = operator.say(*command, "-", stdin="\n")

    assert (said.code, said.stderr) == (2, "sharectl: argument 1: there is nothing on standard input\n")


def test_no_byte_on_standard_input_ends_in_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xff\xfe\n")))

    assert [name for name, _ in secrets_given(["-"])] == ["line 1"]


def test_sharectls_own_texts_hold_no_hidden_character() -> None:
    for module in Path(keys.__file__).parent.glob("*.py"):
        assert printable(module.read_text(encoding="utf-8").replace("\n", "")).isprintable(), module
