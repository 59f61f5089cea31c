"""The calendar of working days through HTTP: what is put is there, whole."""

from client import Api

from app.access import Role


def test_a_calendar_that_is_put_takes_the_place_of_the_one_before(api: Api) -> None:
    days = [
        {"on": "2026-10-01", "is_working": False, "note": "国庆节"},
        {"on": "2026-10-10", "is_working": True, "note": None},
    ]
    assert api.call("PUT", "/v1/calendar", Role.ADMIN, json={"days": days}).status_code == 200
    assert api.call("GET", "/v1/calendar", Role.ANALYST).json() == {"days": days}
    assert api.call("PUT", "/v1/calendar", Role.ADMIN, json={"days": days[:1]}).status_code == 200
    assert api.call("GET", "/v1/calendar", Role.ANALYST).json() == {"days": days[:1]}
