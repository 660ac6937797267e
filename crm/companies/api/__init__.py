"""The register, links and contacts for other systems, under the rules of the pages."""

from crm.web import api as web_api

blp = web_api.blueprint("companies", "企业：全市名录、本单位联系、联系人")

from crm.companies.api import companies, contacts, merges  # noqa: E402, F401  (registers their operations)
