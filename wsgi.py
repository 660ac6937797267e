"""Entry point of web servers and of plain `flask …` from the root."""

from crm.app import create_app

app = create_app()
