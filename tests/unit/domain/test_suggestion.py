"""Guesses at relations that are missing."""

from monitor_app.domain.suggestion import SUGGESTIONS_LIMIT, Because, Watched, suggestions


def pairs(*services: Watched, related: set[tuple[str, str]] = frozenset()) -> list[tuple[str, str]]:  # type: ignore[assignment]
    return [(one.source, one.target) for one in suggestions(services, related)]


def test_services_on_one_host_lean_on_the_next_lower_layer() -> None:
    at = [
        Watched(name, kind, host="a.example")
        for name, kind in (("web", "website"), ("api", "api"), ("db", "database"), ("ping", "device"), ("x", "other"))
    ]
    found = suggestions(at, set())
    assert [(one.source, one.target) for one in found] == [("api", "db"), ("db", "ping"), ("web", "api")]
    assert found[0].reasons == (Because("host", "both are looked at on a.example"),)
    assert found[0].key == "api db"


def test_group_pairs_applications_with_databases_only() -> None:
    shop = [
        Watched(name, kind, "Shop") for name, kind in (("app", "application"), ("db", "database"), ("nas", "device"))
    ]
    assert pairs(*shop, Watched("other", "database", "Blog"), Watched("lonely", "database")) == [("app", "db")]


def test_what_a_config_names_is_depended_on() -> None:
    web = Watched("web", "website", host="shop.example", names=("login.example", "db-main", "shop.example", "nobody"))
    login = Watched("login", "api", host="login.example", names=("shop.example",))
    found = suggestions([web, login, Watched("db-main", "database")], set())
    assert [(one.source, one.target) for one in found] == [("web", "db-main"), ("web", "login")]
    assert found[1].reasons == (Because("named", "web names its host login.example in how it is checked"),)


def test_composite_is_suggested_its_members_and_nothing_else() -> None:
    whole = Watched("shop", "application", "Shop", members=("web", "gone"))
    found = suggestions([whole, Watched("web", "website", "Shop"), Watched("db", "database", "Shop")], set())
    assert [(one.source, one.target) for one in found] == [("shop", "web"), ("web", "db")]
    assert found[0].reasons[0].text == "shop is made of it"


def test_more_reasons_make_it_surer_and_each_is_told_once() -> None:
    names = ("db-main", "db.example")
    app = Watched("app", "application", "Shop", "db.example", names=names)
    other = Watched("early", "application", "Blog", names=("db-main",))
    found = suggestions([other, app, Watched("db-main", "database", "Shop", "db.example")], set())
    assert [(one.source, [because.hint for because in one.reasons]) for one in found] == [
        ("app", ["named", "host", "group"]),
        ("early", ["named"]),
    ]


def test_what_is_related_in_either_direction_is_not_suggested() -> None:
    services = [Watched("app", "application", "Shop"), Watched("db", "database", "Shop")]
    assert pairs(*services, related={("app", "db")}) == []
    assert pairs(*services, related={("db", "app")}) == []


def test_crowd_says_nothing() -> None:
    apps = [Watched(f"app-{number}", "application", "All", "proxy.example") for number in range(51)]
    assert pairs(*apps, Watched("db", "database", "All", "proxy.example")) == []
    many = [Watched(f"db-{number}", "database", "Shop") for number in range(4)]
    assert pairs(*many, Watched("app", "application", "Shop")) == []


def test_there_are_no_more_than_people_could_read() -> None:
    services = [
        Watched(f"{name}-{number}", kind, f"group-{number}")
        for number in range(SUGGESTIONS_LIMIT + 5)
        for name, kind in (("app", "application"), ("db", "database"))
    ]
    assert len(suggestions(services, set())) == SUGGESTIONS_LIMIT


def test_what_a_source_says_is_needed_is_suggested_where_it_exists() -> None:
    told = (("db", "web names it in its meta depends_on"), ("gone", "an intention allows web to call it"))
    (found,) = suggestions([Watched("web", "consul_service", told=told), Watched("db", "consul_service")], set())
    assert (found.source, found.target) == ("web", "db")
    assert found.reasons == (Because("named", "web names it in its meta depends_on"),)
