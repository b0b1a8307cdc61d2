"""A folder of YAML becomes a Rulebook: what can run, and every mistake with its place and remedy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

from engine.errors import Place, RulebookError
from engine.rulebook.advice import advise
from engine.rulebook.ast import Policy, Rule, Rulebook
from engine.rulebook.findings import Findings
from engine.rulebook.fingerprint import policy_digest, rule_digest, segment_digests, text_digest
from engine.rulebook.items import Item, rule_items
from engine.rulebook.nodes import Mapping as Keys
from engine.rulebook.nodes import shown
from engine.rulebook.policies import read_policy
from engine.rulebook.reader import read
from engine.rulebook.rules import read_rule, rule_name
from engine.rulebook.scope import Scope
from engine.rulebook.segments import Segments, read_segments
from engine.rulebook.vocabulary import Vocabulary

TESTS = "tests"
ENDINGS = (".yaml", ".yml")


def load_rulebook(folder: Path, vocabulary: Vocabulary) -> Rulebook:
    """Reads every YAML file of the folder but its tests; raises RulebookError only where there is no such folder."""
    findings = Findings()
    files = read_files(folder, findings)
    return _load(files, vocabulary, findings)


def load_text(files: Mapping[str, str], vocabulary: Vocabulary) -> Rulebook:
    """Reads a rulebook from texts by file name, as the store keeps them and rule tests write them."""
    kept = {name: text for name, text in files.items() if not _is_test(PurePosixPath(name))}
    return _load(kept, vocabulary, Findings())


def read_files(folder: Path, findings: Findings) -> dict[str, str]:
    """Reads the rulebook's files as text, by the names that errors show; what is not UTF-8 goes to the findings."""
    if not folder.is_dir():
        raise RulebookError(
            f"there is no folder {folder}", remedy="name the folder of the rules with --rules DIR"
        )
    root = folder.resolve()
    found: dict[str, str] = {}
    try:
        paths = sorted(
            path for path in root.rglob("*") if path.suffix in ENDINGS and not path.name.startswith(".")
        )
    except OSError as error:
        raise RulebookError(f"{folder} cannot be read: {error.strerror}") from error
    for path in paths:
        name = PurePosixPath(root.name, *path.relative_to(root).parts)
        if path.is_file() and not _is_test(name):
            text = _text_of(path, str(name), findings)
            if text is not None:
                found[str(name)] = text
    return found


def _is_test(name: PurePosixPath) -> bool:
    """Tells rules/tests/a.yaml from a rule file; the name may stand with or without the folder's own."""
    return TESTS in name.parts[:-1][:2]


def _text_of(path: Path, name: str, findings: Findings) -> str | None:
    try:
        content = path.read_bytes()
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        place = Place(name, before.count(b"\n") + 1, len(before) - before.rfind(b"\n"))
        findings.error(place, "this is not UTF-8; save the file as UTF-8")
    except OSError as error:
        findings.error(Place(name), f"the file cannot be read: {error.strerror}")
    return None


def _named(files: Mapping[str, str], stem: str) -> dict[str, str]:
    return {name: text for name, text in sorted(files.items()) if PurePosixPath(name).stem == stem}


def _load(files: Mapping[str, str], vocabulary: Vocabulary, findings: Findings) -> Rulebook:
    segment_files, policy_files = _named(files, "segments"), _named(files, "policy")
    items = [
        item for name, text in sorted(files.items()) if name not in segment_files and name not in policy_files
        for item in _items(text, name, findings)
    ]  # fmt: skip
    ids = frozenset(id_ for item in items if (id_ := _id_of(item)) is not None)
    segments = read_segments(segment_files, vocabulary, ids, findings)
    scope = Scope(vocabulary, findings, ids, segments.places, frozenset(segments.broken))
    policy = _policy(policy_files, scope)
    rules, broken = _rules(items, scope)
    advise(rules, segments.sound, policy or Policy(), findings, vocabulary.issues)
    return _complete(files, rules, broken, segments, policy, findings)


def _complete(
    files: Mapping[str, str], rules: Mapping[str, Rule], broken: list[str], segments: Segments,
    policy: Policy | None, findings: Findings,
) -> Rulebook:  # fmt: skip
    digests = segment_digests(segments.sound)
    sound = policy or Policy()
    return Rulebook(
        rules={id_: replace(rule, digest=rule_digest(rule, digests)) for id_, rule in sorted(rules.items())},
        segments=segments.sound,
        policy=replace(sound, digest=policy_digest(sound, digests)),
        problems=tuple(sorted(findings.problems, key=lambda p: (p.place.file, p.place.line, p.place.column))),
        broken=tuple(sorted(set(broken))),
        broken_segments=tuple(sorted(segments.broken)),
        policy_broken=policy is None,
        digest=text_digest(files),
        text=dict(files),
    )


def _items(text: str, name: str, findings: Findings) -> list[Item]:
    items, nobodys = rule_items(text, name)
    for fault in nobodys:
        findings.error(fault.place, fault.message)
    return items


def _id_of(item: Item) -> str | None:
    if item.node is None:
        return item.guessed_id
    found = rule_name(item.node)
    return found[0] if found else None


def _rules(items: list[Item], scope: Scope) -> tuple[dict[str, Rule], list[str]]:
    """Reads the rules one by one; what is wrong with one breaks it and no other."""
    sound: dict[str, Rule] = {}
    broken: list[str] = []
    first: dict[str, Place] = {}
    for item in items:
        id_ = _id_of(item)
        scope.findings.rule = id_
        rule = _read(item, scope)
        if id_ is not None and id_ in first:
            scope.findings.error(
                item.place, f"the rule {id_!r} is already written at {first[id_]}; give it another id"
            )
            broken.append(id_)
        elif id_ is not None:
            first[id_] = item.place
        if rule is None and id_ is not None:
            broken.append(id_)
        if rule is not None:
            sound[rule.id] = rule
    scope.findings.rule = None
    return {id_: rule for id_, rule in sound.items() if id_ not in broken}, broken


def _read(item: Item, scope: Scope) -> Rule | None:
    for fault in item.faults:
        scope.findings.error(fault.place, fault.message)
    if item.faults or item.node is None:
        return None
    if not isinstance(item.node, Keys):
        wrong = f"a rule takes keys and values, beginning with rule: ID, not {shown(item.node)}"
        scope.findings.error(item.place, wrong)
        return None
    return read_rule(item.node, scope)


def _policy(files: dict[str, str], scope: Scope) -> Policy | None:
    """Reads policy.yaml; no file or an empty one is the empty policy, None a broken one."""
    before = scope.findings.errors
    found: Policy | None = Policy()
    for number, (name, text) in enumerate(files.items()):
        document = read(text, name)
        for fault in document.faults:
            scope.findings.error(fault.place, fault.message)
        if number:
            scope.findings.error(Place(name), f"there is a policy already, in {next(iter(files))}; keep one")
        if document.root is not None and not document.faults:
            found = read_policy(document.root, scope)
    return None if scope.findings.errors > before else found
