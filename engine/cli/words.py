"""Config, rulebook and templates of a command that needs no store."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from engine.cli.home import templates_of
from engine.config import Config, load_config
from engine.rulebook.ast import Rulebook
from engine.rulebook.load import load_rulebook
from engine.rulebook.server_words import templates_beside, vocabulary_of
from engine.rulebook.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Words:
    """What the marketer and the operator have written."""

    config: Config
    rulebook: Rulebook
    vocabulary: Vocabulary
    templates: Path


def words_of(args: argparse.Namespace) -> Words:
    """Reads config and rules as a command names them; raises where there is no such file or folder."""
    config = load_config(Path(args.config))
    vocabulary = vocabulary_of(config, templates_beside(Path(args.rules), Path(args.config), config))
    return Words(config, load_rulebook(Path(args.rules), vocabulary), vocabulary, templates_of(args, config))
