"""The catalogue on paper."""

from crm.targeting.sheets.catalogue import DOCX as DOCX
from crm.targeting.sheets.catalogue import XLSX as XLSX
from crm.targeting.sheets.catalogue import write_docx as write_docx
from crm.targeting.sheets.catalogue import write_xlsx as write_xlsx
