from __future__ import annotations

from pathlib import Path

from .seed import at, cells, missing, refs, rows_of, seed


def test_a_dashboard_that_any_site_may_show_is_an_item_for_review_and_one_with_a_list_is_not(tmp_path: Path) -> None:
    listed = cells(
        source_ref="embedded_dashboards:3",
        dashboard_id=3,
        name="Portal",
        allowed_domains="portal.example.com, shop.example.com",
        changed_by="bob",
        changed_at=at("08-12 09:30"),
    )
    opened = {**listed, "source_ref": "embedded_dashboards:5", "dashboard_id": 5, "allowed_domains": None}
    evidence = seed(tmp_path, embeddings=[opened, listed]).evidence("embedded_dashboards")
    assert rows_of(evidence) == [
        {**listed, "flag_reason": None, "flagged": False},
        {**opened, "flag_reason": "may be shown by any site", "flagged": True},
    ]
    assert (evidence.rows, evidence.flagged, evidence.population) == (2, 1, 2)


def test_rows_come_by_the_number_of_the_dashboard(tmp_path: Path) -> None:
    embeddings = [{"dashboard_id": number, "source_ref": f"embedded_dashboards:{number}"} for number in (10, 9)]
    assert refs(seed(tmp_path, embeddings=embeddings).run("embedded_dashboards"), "dashboard_id") == (9, 10)


def test_without_the_table_nothing_can_be_said(tmp_path: Path) -> None:
    evidence = seed(tmp_path, held={"embeddings_now": []}).evidence("embedded_dashboards")
    assert missing(evidence) == {"embeddings_now": [("07-01", "10-01")]}
