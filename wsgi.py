"""Entry point of web servers and of plain `flask …` from the root."""

import gc

from crm.app import create_app

app = create_app()

# What is loaded now stays until the end: the collector need not walk some hundred thousand objects again and again
# in the middle of pages, which cost a tenth of them.
gc.collect()
gc.freeze()
gc.set_threshold(10_000, 20, 20)
