"""A shop with half a year behind it, on either database, and the command line over it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.desk import Desk, new_desk

ORDERS = """order_id,placed_at,customer_id,email,first_name,product,category,quantity,price
1,2025-10-05 12:00,anna,anna@example.com,Anna,A,lenses,1,60
2,2025-10-26 12:00,anna,anna@example.com,Anna,A,lenses,1,60
3,2025-10-10 12:00,borys,borys@example.com,Borys,B,lenses,1,60
4,2025-11-01 12:00,celina,celina@example.com,Celina,B,lenses,1,60
5,2025-11-24 18:00,celina,celina@example.com,Celina,B,lenses,1,60
6,2025-12-20 12:00,anna,anna@example.com,Anna,A,lenses,1,60
"""


@pytest.fixture
def desk(tmp_path: Path, database_url: str, capsys: pytest.CaptureFixture[str]) -> Desk:
    """A home whose clock shows 15 January 2026, with three customers' autumn and one rule: 20 days after a purchase."""
    return new_desk(tmp_path, database_url, capsys, orders=ORDERS)
