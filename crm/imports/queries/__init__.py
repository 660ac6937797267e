"""What imports read. Callers write `queries.find(actor, batch_id)`."""

from crm.imports.queries.batches import BatchRow as BatchRow
from crm.imports.queries.batches import StagedRow as StagedRow
from crm.imports.queries.batches import find as find
from crm.imports.queries.batches import held as held
from crm.imports.queries.batches import made as made
from crm.imports.queries.batches import recent as recent
from crm.imports.queries.batches import rows as rows
from crm.imports.queries.batches import staged as staged
from crm.imports.queries.batches import stranded as stranded
from crm.imports.queries.batches import template as template
from crm.imports.queries.batches import templates as templates
from crm.imports.queries.matching import CompanyFacts as CompanyFacts
from crm.imports.queries.matching import ProjectFacts as ProjectFacts
from crm.imports.queries.matching import company_facts as company_facts
from crm.imports.queries.matching import contacts_of as contacts_of
from crm.imports.queries.matching import linked_in as linked_in
from crm.imports.queries.matching import milestones_of as milestones_of
from crm.imports.queries.matching import notes_of as notes_of
from crm.imports.queries.matching import owners as owners
from crm.imports.queries.matching import projects_by_code as projects_by_code
from crm.imports.queries.matching import projects_by_name as projects_by_name
from crm.imports.queries.matching import zone_names as zone_names
from crm.imports.queries.phases import phases_of as phases_of
