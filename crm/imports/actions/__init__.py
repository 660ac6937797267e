"""The verbs of an import: upload, read, correct, commit, undo. Edges commit."""

from crm.imports.actions.batches import COUNT_LABELS as COUNT_LABELS
from crm.imports.actions.batches import INLINE_ROWS as INLINE_ROWS
from crm.imports.actions.batches import Opened as Opened
from crm.imports.actions.batches import answer as answer
from crm.imports.actions.batches import begin_reading as begin_reading
from crm.imports.actions.batches import claim as claim
from crm.imports.actions.batches import commit as commit
from crm.imports.actions.batches import discard as discard
from crm.imports.actions.batches import fail as fail
from crm.imports.actions.batches import forget_file as forget_file
from crm.imports.actions.batches import note as note
from crm.imports.actions.batches import prepare as prepare
from crm.imports.actions.batches import remap as remap
from crm.imports.actions.batches import remember as remember
from crm.imports.actions.batches import reopen as reopen
from crm.imports.actions.batches import upload as upload
from crm.imports.actions.preparing import Prepared as Prepared
from crm.imports.actions.staging import Reading as Reading
from crm.imports.actions.staging import begin as begin
from crm.imports.actions.staging import target_zone as target_zone
from crm.imports.actions.undoing import Undone as Undone
from crm.imports.actions.undoing import undo as undo
