"""Tables: what a spreadsheet leaves behind is ignored, and every row is told by its own line."""

import pytest


def test_a_cell_may_be_longer_than_the_csv_module_allows(read):
    for length in (131_072, 131_073, 200_000, 1_000_000):
        (item,) = read("b.csv", b"id,data_type,t\na,x," + b"t" * length + b"\n")
        assert len(item["t"]) == length


@pytest.mark.parametrize(
    "content",
    [
        "id,data_type,,\na,x,,\nb,x,,\n",
        "id,data_type\na,x,,,\nb,x\n",
        ",id,data_type\n,a,x\n,b,x\n",
        "\n,,\nid,data_type\n\na,x\n,\nb,x\n,,,\n\n",
        "id,data_type, \na,x,\nb,x,\n",
    ],
)
def test_what_a_spreadsheet_leaves_behind_is_ignored(read, content):
    assert read("b.csv", content.encode()) == [{"id": "a", "data_type": "x"}, {"id": "b", "data_type": "x"}]


def test_a_cell_below_no_name_is_refused(refused):
    (problem,) = refused("b.csv", b"id,data_type,,\na,x,,\nb,x,,7\nc,x,,8\n")
    assert "line 3: cell '7' stands in a column without a name; name it in the header (and 1 more: line 4)" in problem


def test_the_line_of_a_row_of_several_lines_is_where_it_begins(refused):
    found = refused("b.csv", b'id,data_type,t\na,x,"1\n2\n3"\n,x,"4\n5"\nc,x\n')
    assert "line 5: no usable" in found[0] and "line 7: 2 cells" in found[1]


def test_a_quote_that_is_never_closed_is_told_where_it_opens(refused):
    (problem,) = refused("b.csv", b'id,data_type,t\na,x,1\nb,x,"2\n' + b"c,x,3\n" * 1000)
    assert "line 3: a quote that opens here is never closed; close or double it; nothing after this line" in problem


def test_quotes_in_the_middle_of_a_quoted_cell_are_told_with_their_line(refused):
    (problem,) = refused("b.csv", b'id,data_type,t\na,x,"1"\nb,x,"2"3"\nc,x,4\n')
    assert "line 3: not valid CSV (',' expected after '\"'); double the quotes" in problem
