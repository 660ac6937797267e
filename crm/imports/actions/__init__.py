"""The verbs of an import: upload, read, correct, commit, undo. Edges commit."""

from crm.imports.actions.batches import INLINE_ROWS as INLINE_ROWS
from crm.imports.actions.batches import Opened as Opened
from crm.imports.actions.batches import answer as answer
from crm.imports.actions.batches import begin_reading as begin_reading
from crm.imports.actions.batches import discard as discard
from crm.imports.actions.batches import fail as fail
from crm.imports.actions.batches import forget_file as forget_file
from crm.imports.actions.batches import note as note
from crm.imports.actions.batches import remap as remap
from crm.imports.actions.batches import remember as remember
from crm.imports.actions.batches import reopen as reopen
from crm.imports.actions.batches import upload as upload
from crm.imports.actions.committing import COUNT_LABELS as COUNT_LABELS
from crm.imports.actions.committing import claim as claim
from crm.imports.actions.committing import commit as commit
from crm.imports.actions.committing import commit_in_steps as commit_in_steps
from crm.imports.actions.staging import Reading as Reading
from crm.imports.actions.staging import begin as begin
from crm.imports.actions.staging import target_zone as target_zone
from crm.imports.actions.undoing import Undone as Undone
from crm.imports.actions.undoing import claim_undo as claim_undo
from crm.imports.actions.undoing import take_back as take_back
from crm.imports.actions.undoing import undo as undo
from crm.imports.actions.undoing import undo_in_steps as undo_in_steps
