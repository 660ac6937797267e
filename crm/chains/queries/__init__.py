"""Chains, their nodes and how strong these are."""

from crm.chains.queries.assessments import Due as Due
from crm.chains.queries.assessments import Gap as Gap
from crm.chains.queries.assessments import States as States
from crm.chains.queries.assessments import assessment_of as assessment_of
from crm.chains.queries.assessments import assessments_of as assessments_of
from crm.chains.queries.assessments import due as due
from crm.chains.queries.assessments import gaps as gaps
from crm.chains.queries.assessments import is_link as is_link
from crm.chains.queries.assessments import states as states
from crm.chains.queries.choosing import NodeName as NodeName
from crm.chains.queries.choosing import lookup_nodes as lookup_nodes
from crm.chains.queries.trees import ChainRow as ChainRow
from crm.chains.queries.trees import NodeRow as NodeRow
from crm.chains.queries.trees import by_code as by_code
from crm.chains.queries.trees import chains as chains
from crm.chains.queries.trees import codes_of as codes_of
from crm.chains.queries.trees import has_active_children as has_active_children
from crm.chains.queries.trees import in_use as in_use
from crm.chains.queries.trees import node as node
from crm.chains.queries.trees import node_by_code as node_by_code
from crm.chains.queries.trees import nodes as nodes
from crm.chains.queries.trees import siblings as siblings
