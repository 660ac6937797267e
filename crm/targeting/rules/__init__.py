"""Whom we go after at which link of a chain, and what stands there."""

from crm.targeting.rules.pipeline import FURTHER as FURTHER
from crm.targeting.rules.pipeline import GROUPS as GROUPS
from crm.targeting.rules.pipeline import LIVE_PROGRESS as LIVE_PROGRESS
from crm.targeting.rules.pipeline import Cell as Cell
from crm.targeting.rules.pipeline import Companies as Companies
from crm.targeting.rules.pipeline import Direction as Direction
from crm.targeting.rules.pipeline import Line as Line
from crm.targeting.rules.pipeline import Node as Node
from crm.targeting.rules.pipeline import Pipeline as Pipeline
from crm.targeting.rules.pipeline import Sum as Sum
from crm.targeting.rules.pipeline import directions as directions
from crm.targeting.rules.pipeline import group_of as group_of
from crm.targeting.rules.pipeline import pipeline as pipeline
