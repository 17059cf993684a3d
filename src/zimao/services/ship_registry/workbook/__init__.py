"""The application as an Excel workbook: an empty or filled one to take away, and a filled one read back. Writes nothing."""

from zimao.services.ship_registry.workbook.reading import Filled, place_of, read_application
from zimao.services.ship_registry.workbook.writing import application_workbook

__all__ = ["Filled", "application_workbook", "place_of", "read_application"]
