"""Dates as text, as numbers, with zones."""

import datetime

import pandas as pd
import pytest

from clvlab.data.orders import read_orders
from clvlab.errors import InputError


def days(dates, **options):
    frame = pd.DataFrame({"customer": [f"c{i}" for i in range(len(dates))], "date": dates, "amount": 1.0})
    orders = read_orders(frame, **options)
    found = orders.purchases().set_index("customer_id")["date"]
    return [f"{found[f'c{i}']:%Y-%m-%d}" if f"c{i}" in found.index else None for i in range(len(dates))]


@pytest.mark.parametrize(
    "written",
    [
        ["2020-03-14", "2020-11-02"],
        ["2020-03-14 09:26:53", "2020-11-02 10:00:00"],
        ["2020-03-14T09:26:53.123", "2020-11-02"],
        ["2020/3/14", "2020/11/2"],
        ["14/03/2020", "02/11/2020"],
        ["3/14/2020 8:26", "11/2/2020 18:05"],
        ["3/14/20 8:26", "11/2/20 18:05"],
        ["14.03.2020", "02.11.2020"],
        ["14-Mar-2020", "02-Nov-2020"],
        ["14 March 2020", "2 November 2020"],
        ["Mar 14, 2020", "Nov 2, 2020"],
        ["3/14/2020 8:26 PM", "11/2/2020 10:05 AM"],
        ["20200314", "20201102"],
        ["2020年3月14日", "2020年11月2日"],
        [20200314, 20201102],
        [20200314.0, 20201102.0],
        [datetime.date(2020, 3, 14), datetime.date(2020, 11, 2)],
        [datetime.datetime(2020, 3, 14, 23, 59), datetime.datetime(2020, 11, 2)],
        [" 2020-03-14 ", "2020-11-02"],
    ],
)
def test_a_way_of_writing_days_is_read(written):
    assert days(written) == ["2020-03-14", "2020-11-02"]


def test_what_is_no_date_is_listed_and_not_dropped_in_silence():
    frame = pd.DataFrame(
        {
            "customer": list("abcdefg"),
            "date": ["2020-03-14", "2020-02-30", "soon", None, "", "1066-10-14", "0"],
            "amount": 1.0,
        }
    )
    orders = read_orders(frame)
    bad = orders.ledger.set_index("reason").loc["bad date"]
    assert bad["rows"] == 6
    assert bad["examples"] == (2, 3, 4, 5, 6)
    assert orders.n_purchases == 1


def test_day_and_month_that_cannot_be_told_apart_are_refused():
    with pytest.raises(InputError, match=r"cannot be told apart.*'03/04/2020' \(row 1\).*date_format='%d/%m/%Y'"):
        days(["03/04/2020", "05/06/2020"])
    assert days(["03/04/2020", "05/06/2020"], date_format="%m/%d/%Y") == ["2020-03-04", "2020-05-06"]
    assert days(["03/04/2020", "05/06/2020"], date_format="%d/%m/%Y") == ["2020-04-03", "2020-06-05"]


def test_one_row_settles_day_and_month_for_all():
    assert days(["03/04/2020", "25/06/2020"]) == ["2020-04-03", "2020-06-25"]
    assert days(["03/04/2020", "06/25/2020"]) == ["2020-03-04", "2020-06-25"]


def test_days_that_read_the_same_both_ways_are_no_matter():
    assert days(["03/03/2020", "05/05/2020"]) == ["2020-03-03", "2020-05-05"]


def test_two_orders_of_day_and_month_in_one_column_are_refused():
    with pytest.raises(InputError, match="two orders"):
        days(["25/06/2020", "06/25/2020", "26/06/2020"])


def test_text_in_no_known_format_is_refused_with_the_remedy():
    with pytest.raises(InputError, match=r"no format known here: 'monday' \(row 1\).*date_format="):
        days(["monday", "tuesday"])
    with pytest.raises(InputError, match="No value of 'date' is written as date_format"):
        days(["2020-01-01"], date_format="%d/%m/%Y")
    with pytest.raises(InputError, match="none is a day of the calendar"):
        days(["2020-13-41"])
    with pytest.raises(InputError, match="missing in every row"):
        days(["", " "])


def test_numbers_that_are_no_dates_are_refused():
    with pytest.raises(InputError, match=r"yyyymmdd .*'date' holds 439, 440"):
        days([439, 440])


@pytest.mark.parametrize("text", [False, True])
def test_numbers_that_count_from_a_day_are_dates(text):
    def written(values):
        return [str(each) for each in values] if text else values

    assert days(written([43904, 44137])) == ["2020-03-14", "2020-11-02"]
    assert days(written([43904.75, 44137.0])) == ["2020-03-14", "2020-11-02"]
    late = 1584229000  # 2020-03-14 23:36 in UTC, a day later in Shanghai
    assert days(written([late, late * 1])) == ["2020-03-14"] * 2
    assert days(written([late * 1000, late * 1000 + 5]), timezone="Asia/Shanghai") == ["2020-03-15"] * 2


def test_a_year_of_two_digits_may_stand_first_or_last():
    with pytest.raises(InputError, match=r"cannot be told apart.*'24-01-15'.*date_format="):
        days(["24-01-15", "24-02-20"])
    assert days(["24-01-15", "24-02-20"], date_format="%y-%m-%d") == ["2024-01-15", "2024-02-20"]
    assert days(["97-01-15", "97-02-20"]) == ["1997-01-15", "1997-02-20"]


def test_the_day_may_stand_in_the_middle_where_a_row_says_so():
    assert days(["2024-13-01", "2024-05-06"]) == ["2024-01-13", "2024-06-05"]
    assert days(["2024-01-13", "2024-05-06"]) == ["2024-01-13", "2024-05-06"]
    with pytest.raises(InputError, match="follow two orders"):
        days(["2024-01-13", "2024-13-01"])


def test_dates_that_cannot_be_a_record_are_listed():
    frame = pd.DataFrame(
        {
            "customer": list("abcde"),
            "date": ["2020-03-14", "2099-01-01", "1900-01-01", "1970-01-01", "2020-03-15"],
            "amount": 1.0,
        }
    )
    ledger = read_orders(frame).ledger.set_index("reason")["examples"]
    assert ledger["future date"] == (2,)
    assert ledger["placeholder date"] == (3, 4)
    assert read_orders(frame.assign(date="1970-01-01")).n_purchases == 5
    assert days(["1970-01-01", "1970-02-01"]) == ["1970-01-01", "1970-02-01"]


def test_a_zone_decides_the_day():
    late = pd.Series(pd.to_datetime(["2020-06-01 23:30", "2020-06-02 12:00"])).dt.tz_localize("UTC")
    assert days(late) == ["2020-06-01", "2020-06-02"]
    assert days(late.dt.tz_convert("Europe/Paris")) == ["2020-06-02", "2020-06-02"]
    assert days(late, timezone="America/New_York") == ["2020-06-01", "2020-06-02"]
    assert days(late, timezone="+09:00") == ["2020-06-02", "2020-06-02"]
    fixed = late.dt.tz_convert(datetime.timezone(datetime.timedelta(hours=2)))
    assert days(fixed) == ["2020-06-02", "2020-06-02"]


def test_one_offset_in_text_is_taken_as_written():
    assert days(["2020-06-01T23:30:00+02:00", "2020-06-02T00:30:00+02:00"]) == ["2020-06-01", "2020-06-02"]
    assert days(["2020-06-01T23:30:00Z", "2020-06-02T00:30:00Z"]) == ["2020-06-01", "2020-06-02"]
    assert days(["2020-06-01T23:30:00Z", "2020-06-02T00:30:00Z"], timezone="Europe/Paris") == ["2020-06-02"] * 2


def test_mixed_offsets_need_a_zone():
    mixed = ["2020-06-01T23:30:00+02:00", "2020-06-01T23:30:00-05:00"]
    with pytest.raises(InputError, match=r"more than one offset from UTC.*timezone="):
        days(mixed)
    assert days(mixed, timezone="UTC") == ["2020-06-01", "2020-06-02"]
    assert days(mixed, timezone="Asia/Tokyo") == ["2020-06-02", "2020-06-02"]
    with pytest.raises(InputError, match="no offset"):
        days(["2020-06-01T23:30:00+02:00", "2020-06-01T23:30:00"], timezone="UTC")


def test_python_datetimes_of_several_zones_need_a_zone():
    east = datetime.timezone(datetime.timedelta(hours=9))
    mixed = pd.Series(
        [datetime.datetime(2020, 6, 1, 23, tzinfo=east), datetime.datetime(2020, 6, 1, 23, tzinfo=datetime.UTC)],
        dtype=object,
    )
    with pytest.raises(InputError, match="more than one offset"):
        days(mixed)
    assert days(mixed, timezone="UTC") == ["2020-06-01", "2020-06-01"]


def test_an_unknown_zone_is_refused():
    with pytest.raises(InputError, match="Europe/Londres"):
        days(["2020-06-01"], timezone="Europe/Londres")
