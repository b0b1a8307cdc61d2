"""Small files, small functions, names of the field: the first three rules of the house."""

from __future__ import annotations

from tests.house.tracked import functions, python_files, relative

LINES_OF_A_FILE, LINES_OF_A_FUNCTION, LINES_OF_SERVER = 300, 40, 120
GENERATED = {"clients/python/regulars_client.py"}  # one file for those who copy it; what makes it is small
BANNED = {
    "utils",
    "util",
    "helpers",
    "helper",
    "manager",
    "handler",
    "process",
    "data",
    "info",
    "core",
    "misc",
}


def test_no_file_is_longer_than_300_lines_and_server_stays_below_120() -> None:
    limits = {"server.py": LINES_OF_SERVER - 1}
    lengths = {
        relative(path): len(path.read_text(encoding="utf-8").splitlines())
        for path in python_files()
        if relative(path) not in GENERATED
    }
    assert [
        f"{name}: {n} lines" for name, n in lengths.items() if n > limits.get(name, LINES_OF_A_FILE)
    ] == []


def test_no_function_is_longer_than_40_lines() -> None:
    long = [
        f"{relative(path)}:{node.lineno}: {node.name} has {lines} lines"
        for path in python_files()
        for node in functions(path)
        if (lines := (node.end_lineno or 0) - node.lineno + 1) > LINES_OF_A_FUNCTION
    ]
    assert long == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    banned = [
        relative(path)
        for path in python_files()
        if BANNED & {part.removesuffix(".py").strip("_") for part in relative(path).split("/")}
    ]
    assert banned == []
