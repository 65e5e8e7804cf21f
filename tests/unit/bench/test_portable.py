"""The benchmark of export and import: everything that it makes up is good."""

import argparse

from monitor_app.bench import portable


def test_all_of_it_goes_in_and_once_more_changes_nothing() -> None:
    figures = portable.run(argparse.Namespace(services=20))
    assert (figures["failed"], figures["unchanged"]) == (0, 30)
