from embedded_cloud.extension import snapshots


def test_the_code_an_earlier_snapshot_names_is_kept_until_the_next_is_in_place(monkeypatch):
    monkeypatch.setattr(snapshots, "_known_code", None)
    kept = []
    for referenced in ({"old"}, {"new"}, {"newer"}):
        snapshots.keep_code_of_earlier_snapshot(kept.append, referenced)
    assert kept == [{"old", "new"}, {"new", "newer"}]
