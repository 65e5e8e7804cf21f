"""The pages of docs/ as help inside the program: rendered here, found by name or by words."""

from monitor_app.use_cases.handbook.book import FOLDER, Handbook, handbook
from monitor_app.use_cases.handbook.contents import SECTIONS
from monitor_app.use_cases.handbook.names import name_of

__all__ = ["FOLDER", "SECTIONS", "Handbook", "handbook", "name_of"]
