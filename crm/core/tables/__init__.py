"""Tables in and out: workbooks and CSV files read cell by cell, refused when dangerous, written in streams."""

from crm.core.tables.reading import Book as Book
from crm.core.tables.reading import Cell as Cell
from crm.core.tables.reading import Merged as Merged
from crm.core.tables.reading import Sheet as Sheet
from crm.core.tables.reading import open_book as open_book
from crm.core.tables.refusals import LIMIT_BYTES as LIMIT_BYTES
from crm.core.tables.refusals import SUFFIXES as SUFFIXES
from crm.core.tables.writing import csv_chunks as csv_chunks
from crm.core.tables.writing import safe as safe
from crm.core.tables.writing import stream_xlsx as stream_xlsx
from crm.core.tables.writing import tidy as tidy
