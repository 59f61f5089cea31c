"""Records of a CSV file: what a plain reader sees where all is well, and damage that stays where it is."""

import csv
import io

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.bulk.readers.csv_records import Form, bounds, split

_HEADER = b"id,name,memo"


def records(text: bytes) -> list[tuple[bytes, Form]]:
    found = split(text, b",", _HEADER, 3)
    spans = zip(found.start.tolist(), found.end.tolist(), found.form.tolist(), strict=True)
    return [(text[start:end], Form(form)) for start, end, form in spans]


def forms(text: bytes) -> list[str]:
    return [form.name for _, form in records(text)]


# A line inside quotes that would be a whole record by itself is taken for one: such texts are left out.
_CELLS = st.text(st.sampled_from('ab福建",; \n\r'), max_size=6).filter(lambda text: "," not in text or "\n" not in text)


@settings(deadline=None)
@example([["\n", ",,", "\n"]], "\n")  # its second line is three fields, if one takes it by itself
@given(st.lists(st.lists(_CELLS, min_size=3, max_size=3), max_size=8), st.sampled_from(["\n", "\r\n"]))
def test_what_a_csv_writer_writes_is_cut_as_a_csv_reader_reads_it(rows: list[list[str]], end: str) -> None:
    file = io.StringIO()
    csv.writer(file, lineterminator=end, quoting=csv.QUOTE_ALL).writerows(rows)
    found = records(file.getvalue().encode())
    assert {form for _, form in found} <= {Form.WHOLE}
    read = [next(csv.reader(io.StringIO(text.decode(), newline=""))) for text, _ in found]
    assert read == [next(csv.reader(io.StringIO(file_row(row), newline=""))) for row in rows]


def file_row(row: list[str]) -> str:
    file = io.StringIO()
    csv.writer(file, quoting=csv.QUOTE_ALL).writerow(row)
    return file.getvalue()


@pytest.mark.parametrize(
    ("line", "form"),
    [
        (b'2,"open,x', "BROKEN_QUOTES"),
        (b'2,a"b,x', "BROKEN_QUOTES"),
        (b'2,"a"b,x', "BROKEN_QUOTES"),
        (b'2,"a""b,x', "BROKEN_QUOTES"),
        (b'2,a,"', "BROKEN_QUOTES"),
        (b"2,few", "WRONG_FIELD_COUNT"),
        (b"2,too,many,fields", "WRONG_FIELD_COUNT"),
        (b",,,,", "WRONG_FIELD_COUNT"),
        (b"2,a\rb,x", "STRAY_RETURN"),
        (b"id,name,memo", "REPEATED_HEADER"),
        (b'2,"a,b",x', "WHOLE"),
        (b'2,"say ""x""",y', "WHOLE"),
        (b",,", "WHOLE"),
    ],
)
def test_a_line_is_judged_alone_and_its_neighbours_stay_whole(line: bytes, form: str) -> None:
    text = b"1,a,b\n" + line + b"\n3,c,d\n4,e,f"
    assert forms(text) == ["WHOLE", form, "WHOLE", "WHOLE"]
    assert records(text)[1][0] == line


def test_every_second_line_may_be_broken() -> None:
    text = b"".join(b'%d,"open,x\n%d,a,b\n' % (i, i) for i in range(50))
    assert forms(text) == ["BROKEN_QUOTES", "WHOLE"] * 50


def test_a_field_over_several_lines_is_one_record() -> None:
    text = b'1,"a\nb, still\n""c""",d\n2,e,f\n'
    assert [form for _, form in records(text)] == [Form.WHOLE, Form.WHOLE]
    assert records(text)[0][0] == b'1,"a\nb, still\n""c""",d'


def test_blank_lines_are_no_records_and_the_last_line_needs_no_end() -> None:
    assert [text for text, _ in records(b"\n1,a,b\n\r\n\n2,c,d")] == [b"1,a,b", b"2,c,d"]


@settings(deadline=None)
@given(st.integers(1, 60))
def test_a_file_cut_into_blocks_gives_the_same_records(size: int) -> None:
    text = b'1,"a\nb",c\n2,"open,x\n3,c,d\n4,"e, ""f""",g\r\n5,h\n6,i,j\n'
    pending, found = b"", []
    for start in range(0, len(text) + size, size):
        block = pending + text[start : start + size]
        (starts, ends), consumed = bounds(block, b",", 3, final=start + size >= len(text) + size)
        found += [block[s:e] for s, e in zip(starts.tolist(), ends.tolist(), strict=True)]
        pending = block[consumed:]
    assert found == [record for record, _ in records(text)]


def test_an_open_quote_without_end_is_given_up_after_a_while() -> None:
    text = b'1,"open,x\n' + b"words without a delimiter\n" * 5000 + b"2,a,b\n"
    (starts, _), _ = bounds(text, b",", 3, final=False)
    assert len(starts) == 5002
    assert [form for _, form in records(text)][:: len(starts) - 1] == [Form.BROKEN_QUOTES, Form.WHOLE]
