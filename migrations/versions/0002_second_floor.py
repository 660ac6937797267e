"""The second floor: gates, phases, adjustments, monthly investment, truth checks, saved views, assessments, merges, filings, the calendar."""

import sqlalchemy as sa
from alembic import op

from crm.core.pinyin import pinyin_full


revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('companies_not_same',
    sa.Column('low_id', sa.Integer(), nullable=False),
    sa.Column('high_id', sa.Integer(), nullable=False),
    sa.Column('reason', sa.String(length=300), nullable=False),
    sa.Column('made_by', sa.Integer(), nullable=True),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('low_id < high_id', name=op.f('ck_companies_not_same_in_order')),
    sa.ForeignKeyConstraint(['high_id'], ['companies.id'], name=op.f('fk_companies_not_same_high_id')),
    sa.ForeignKeyConstraint(['low_id'], ['companies.id'], name=op.f('fk_companies_not_same_low_id')),
    sa.ForeignKeyConstraint(['made_by'], ['users.id'], name=op.f('fk_companies_not_same_made_by')),
    sa.PrimaryKeyConstraint('low_id', 'high_id', name=op.f('pk_companies_not_same'))
    )
    with op.batch_alter_table('companies_not_same', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_companies_not_same_high_id'), ['high_id'], unique=False)

    op.create_table('company_merges',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kept_id', sa.Integer(), nullable=False),
    sa.Column('merged_id', sa.Integer(), nullable=False),
    sa.Column('reason', sa.String(length=300), nullable=False),
    sa.Column('moved', sa.JSON(), nullable=False),
    sa.Column('filled', sa.JSON(), nullable=False),
    sa.Column('merged_by', sa.Integer(), nullable=True),
    sa.Column('merged_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('undone_by', sa.Integer(), nullable=True),
    sa.Column('undone_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('kept_id <> merged_id', name=op.f('ck_company_merges_two_companies')),
    sa.CheckConstraint('length(reason) > 0', name=op.f('ck_company_merges_has_a_reason')),
    sa.ForeignKeyConstraint(['kept_id'], ['companies.id'], name=op.f('fk_company_merges_kept_id')),
    sa.ForeignKeyConstraint(['merged_by'], ['users.id'], name=op.f('fk_company_merges_merged_by')),
    sa.ForeignKeyConstraint(['merged_id'], ['companies.id'], name=op.f('fk_company_merges_merged_id')),
    sa.ForeignKeyConstraint(['undone_by'], ['users.id'], name=op.f('fk_company_merges_undone_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_company_merges'))
    )
    with op.batch_alter_table('company_merges', schema=None) as batch_op:
        batch_op.create_index('ix_company_merges_kept', ['kept_id'], unique=False)
        batch_op.create_index('ix_company_merges_merged', ['merged_id'], unique=False)

    op.create_table('gate_rule_changes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=60), nullable=False),
    sa.Column('stage', sa.Enum('lead', 'filed', 'preliminary', 'in_depth', 'review', 'intent', 'signed', 'registered', 'approved', 'started', 'completed', 'producing', 'full', name='stage', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('needs', sa.String(length=60), nullable=False),
    sa.Column('span', sa.String(length=12), nullable=False),
    sa.Column('condition', sa.String(length=40), nullable=False),
    sa.Column('tiers', sa.JSON(), nullable=False),
    sa.Column('bars', sa.Boolean(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('words', sa.String(length=200), nullable=False),
    sa.Column('source', sa.String(length=200), nullable=False),
    sa.Column('replaces', sa.Integer(), nullable=False),
    sa.Column('changed_by', sa.Integer(), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['changed_by'], ['users.id'], name=op.f('fk_gate_rule_changes_changed_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_gate_rule_changes')),
    sa.UniqueConstraint('key', 'replaces', name=op.f('uq_gate_rule_changes_key_replaces'))
    )
    with op.batch_alter_table('gate_rule_changes', schema=None) as batch_op:
        batch_op.create_index('ix_gate_rule_changes_key', ['key', 'id'], unique=False)

    op.create_table('calendar_feeds',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('post_id', sa.Integer(), nullable=False),
    sa.Column('secret_hash', sa.String(length=64), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_read_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('hour_from', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reads', sa.Integer(), nullable=False),
    sa.Column('logged_on', sa.Date(), nullable=True),
    sa.Column('last_ip', sa.String(length=45), nullable=False),
    sa.ForeignKeyConstraint(['post_id'], ['posts.id'], name=op.f('fk_calendar_feeds_post_id')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_calendar_feeds_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_calendar_feeds')),
    sa.UniqueConstraint('secret_hash', name=op.f('uq_calendar_feeds_secret_hash'))
    )
    with op.batch_alter_table('calendar_feeds', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_calendar_feeds_user_id'), ['user_id'], unique=False)
        batch_op.create_index('uq_calendar_feeds_live', ['user_id'], unique=True, sqlite_where=sa.text('revoked_at IS NULL'), postgresql_where=sa.text('revoked_at IS NULL'))

    op.create_table('node_assessments',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('node_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.Enum('missing', 'weak', 'fair', 'strong', name='nodestate', native_enum=False, create_constraint=True, length=24), nullable=True),
    sa.Column('local_firms', sa.Integer(), nullable=True),
    sa.Column('local_share', sa.BigInteger(), nullable=True),
    sa.Column('depends_on', sa.String(length=300), nullable=False),
    sa.Column('gap', sa.String(length=300), nullable=False),
    sa.Column('priority', sa.Integer(), nullable=True),
    sa.Column('action', sa.Enum('build', 'fill', 'strengthen', 'extend', name='chainaction', native_enum=False, create_constraint=True, length=24), nullable=True),
    sa.Column('action_reason', sa.String(length=300), nullable=False),
    sa.Column('assessor', sa.String(length=60), nullable=False),
    sa.Column('assessed_on', sa.Date(), nullable=True),
    sa.Column('valid_until', sa.Date(), nullable=True),
    sa.Column('note', sa.String(length=300), nullable=False),
    sa.Column('made_by', sa.Integer(), nullable=True),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('action IS NULL OR length(action_reason) > 0', name=op.f('ck_node_assessments_an_override_has_a_reason')),
    sa.CheckConstraint('local_firms >= 0', name=op.f('ck_node_assessments_firms_not_negative')),
    sa.CheckConstraint('local_share BETWEEN 0 AND 1000000', name=op.f('ck_node_assessments_share_in_range')),
    sa.CheckConstraint('priority BETWEEN 1 AND 5', name=op.f('ck_node_assessments_priority_in_range')),
    sa.CheckConstraint('state IS NULL OR assessed_on IS NOT NULL', name=op.f('ck_node_assessments_assessed_on_a_day')),
    sa.ForeignKeyConstraint(['made_by'], ['users.id'], name=op.f('fk_node_assessments_made_by')),
    sa.ForeignKeyConstraint(['node_id'], ['chain_nodes.id'], name=op.f('fk_node_assessments_node_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_node_assessments'))
    )
    with op.batch_alter_table('node_assessments', schema=None) as batch_op:
        batch_op.create_index('ix_node_assessments_node', ['node_id', 'id'], unique=False)

    op.create_table('saved_views',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('zone_id', sa.Integer(), nullable=True),
    sa.Column('unit_id', sa.Integer(), nullable=True),
    sa.Column('shared', sa.Boolean(), nullable=False),
    sa.Column('page', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('query', sa.Text(), nullable=False),
    sa.Column('columns', sa.JSON(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['unit_id'], ['units.id'], name=op.f('fk_saved_views_unit_id')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_saved_views_user_id')),
    sa.ForeignKeyConstraint(['zone_id'], ['zones.id'], name=op.f('fk_saved_views_zone_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_saved_views')),
    sa.UniqueConstraint('user_id', 'page', 'name', name=op.f('uq_saved_views_user_id_page_name'))
    )
    with op.batch_alter_table('saved_views', schema=None) as batch_op:
        batch_op.create_index('ix_saved_views_zone', ['page', 'zone_id'], unique=False)

    op.create_table('adjustments',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('project_id', sa.Integer(), nullable=False),
    sa.Column('subject_type', sa.String(length=24), nullable=False),
    sa.Column('subject_id', sa.Integer(), nullable=False),
    sa.Column('month', sa.String(length=7), nullable=False),
    sa.Column('dated_in', sa.String(length=7), nullable=False),
    sa.Column('field', sa.String(length=40), nullable=False),
    sa.Column('before', sa.String(length=200), nullable=True),
    sa.Column('after', sa.String(length=200), nullable=True),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.Column('made_by', sa.Integer(), nullable=True),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('month < dated_in', name=op.f('ck_adjustments_dated_after_its_month')),
    sa.ForeignKeyConstraint(['made_by'], ['users.id'], name=op.f('fk_adjustments_made_by')),
    sa.ForeignKeyConstraint(['project_id'], ['projects.id'], name=op.f('fk_adjustments_project_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_adjustments'))
    )
    with op.batch_alter_table('adjustments', schema=None) as batch_op:
        batch_op.create_index('ix_adjustments_dated_in', ['dated_in', 'id'], unique=False)
        batch_op.create_index('ix_adjustments_month', ['month', 'id'], unique=False)
        batch_op.create_index('ix_adjustments_project', ['project_id', 'id'], unique=False)

    op.create_table('filings',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('project_id', sa.Integer(), nullable=False),
    sa.Column('zone_id', sa.Integer(), nullable=False),
    sa.Column('company_id', sa.Integer(), nullable=False),
    sa.Column('filed_by', sa.Integer(), nullable=True),
    sa.Column('filed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('contact_on', sa.Date(), nullable=False),
    sa.Column('visit_id', sa.Integer(), nullable=True),
    sa.Column('note', sa.String(length=500), nullable=False),
    sa.Column('months', sa.Integer(), nullable=False),
    sa.Column('extension_months', sa.Integer(), nullable=False),
    sa.Column('state', sa.Enum('pending', 'suspect', 'accepted', 'returned', 'refused', 'lapsed', 'released', name='filingstate', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('decided_by', sa.Integer(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decision_reason', sa.String(length=500), nullable=False),
    sa.Column('protected_from', sa.Date(), nullable=True),
    sa.Column('protected_until', sa.Date(), nullable=True),
    sa.Column('extension', sa.Enum('asked', 'granted', 'refused', name='extension', native_enum=False, create_constraint=True, length=24), nullable=True),
    sa.Column('extension_reason', sa.String(length=500), nullable=False),
    sa.Column('extension_asked_by', sa.Integer(), nullable=True),
    sa.Column('extension_asked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('extension_decided_by', sa.Integer(), nullable=True),
    sa.Column('extension_decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('extension_note', sa.String(length=500), nullable=False),
    sa.Column('chosen', sa.Boolean(), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_on', sa.Date(), nullable=True),
    sa.Column('ended_by', sa.Integer(), nullable=True),
    sa.Column('end_kind', sa.Enum('expired', 'silent', 'released', 'choice', 'claimed', 'project', name='endkind', native_enum=False, create_constraint=True, length=24), nullable=True),
    sa.Column('end_reason', sa.String(length=500), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('protected_until >= protected_from', name=op.f('ck_filings_protection_in_order')),
    sa.ForeignKeyConstraint(['company_id'], ['companies.id'], name=op.f('fk_filings_company_id')),
    sa.ForeignKeyConstraint(['decided_by'], ['users.id'], name=op.f('fk_filings_decided_by')),
    sa.ForeignKeyConstraint(['filed_by'], ['users.id'], name=op.f('fk_filings_filed_by')),
    sa.ForeignKeyConstraint(['project_id'], ['projects.id'], name=op.f('fk_filings_project_id')),
    sa.ForeignKeyConstraint(['visit_id'], ['visits.id'], name=op.f('fk_filings_visit_id')),
    sa.ForeignKeyConstraint(['zone_id'], ['zones.id'], name=op.f('fk_filings_zone_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_filings'))
    )
    with op.batch_alter_table('filings', schema=None) as batch_op:
        batch_op.create_index('ix_filings_company', ['company_id', 'state'], unique=False)
        batch_op.create_index('ix_filings_project', ['project_id', 'id'], unique=False)
        batch_op.create_index('ix_filings_state', ['state', 'id'], unique=False)
        batch_op.create_index('ix_filings_zone', ['zone_id', 'state', 'id'], unique=False)
        batch_op.create_index('uq_filings_live', ['project_id'], unique=True, sqlite_where=sa.text("state IN ('pending', 'suspect', 'accepted')"), postgresql_where=sa.text("state IN ('pending', 'suspect', 'accepted')"))

    op.create_table('list_columns',
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('page', sa.String(length=40), nullable=False),
    sa.Column('columns', sa.JSON(), nullable=False),
    sa.Column('opens_with', sa.Integer(), nullable=True),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['opens_with'], ['saved_views.id'], name=op.f('fk_list_columns_opens_with'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_list_columns_user_id')),
    sa.PrimaryKeyConstraint('user_id', 'page', name=op.f('pk_list_columns'))
    )
    op.create_table('truth_answers',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('project_id', sa.Integer(), nullable=False),
    sa.Column('question', sa.String(length=40), nullable=False),
    sa.Column('fingerprint', sa.String(length=64), nullable=False),
    sa.Column('facts', sa.JSON(), nullable=False),
    sa.Column('asked_of', sa.Integer(), nullable=True),
    sa.Column('asked_by', sa.Integer(), nullable=True),
    sa.Column('asked_note', sa.String(length=300), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('answer', sa.String(length=500), nullable=False),
    sa.Column('answered_by', sa.Integer(), nullable=True),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('answered_at IS NOT NULL OR asked_at IS NOT NULL', name=op.f('ck_truth_answers_asked_or_answered')),
    sa.ForeignKeyConstraint(['answered_by'], ['users.id'], name=op.f('fk_truth_answers_answered_by')),
    sa.ForeignKeyConstraint(['asked_by'], ['users.id'], name=op.f('fk_truth_answers_asked_by')),
    sa.ForeignKeyConstraint(['asked_of'], ['users.id'], name=op.f('fk_truth_answers_asked_of')),
    sa.ForeignKeyConstraint(['project_id'], ['projects.id'], name=op.f('fk_truth_answers_project_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_truth_answers'))
    )
    with op.batch_alter_table('truth_answers', schema=None) as batch_op:
        batch_op.create_index('ix_truth_answers_answered', ['answered_at', 'id'], unique=False)
        batch_op.create_index('ix_truth_answers_project', ['project_id', 'question', 'id'], unique=False)
        batch_op.create_index('uq_truth_answers_waiting', ['project_id', 'question', 'fingerprint'], unique=True, sqlite_where=sa.text('answered_at IS NULL'), postgresql_where=sa.text('answered_at IS NULL'))

    op.create_table('duty_reminders',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('followup_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Enum('soon', 'due', 'late', name='reminderkind', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['followup_id'], ['followups.id'], name=op.f('fk_duty_reminders_followup_id')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_duty_reminders_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_duty_reminders')),
    sa.UniqueConstraint('followup_id', 'kind', 'due_on', 'user_id', name=op.f('uq_duty_reminders_followup_id_kind_due_on_user_id'))
    )
    op.create_table('filing_evidence',
    sa.Column('filing_id', sa.Integer(), nullable=False),
    sa.Column('attachment_id', sa.Integer(), nullable=False),
    sa.Column('purpose', sa.Enum('contact', 'extension', 'choice', name='purpose', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.ForeignKeyConstraint(['attachment_id'], ['attachments.id'], name=op.f('fk_filing_evidence_attachment_id')),
    sa.ForeignKeyConstraint(['filing_id'], ['filings.id'], name=op.f('fk_filing_evidence_filing_id')),
    sa.PrimaryKeyConstraint('filing_id', 'attachment_id', 'purpose', name=op.f('pk_filing_evidence'))
    )
    op.create_table('filing_hits',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('filing_id', sa.Integer(), nullable=False),
    sa.Column('rival_id', sa.Integer(), nullable=False),
    sa.Column('reason', sa.Enum('company', 'group', 'phone', 'name', name='hitreason', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('found_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['filing_id'], ['filings.id'], name=op.f('fk_filing_hits_filing_id')),
    sa.ForeignKeyConstraint(['rival_id'], ['filings.id'], name=op.f('fk_filing_hits_rival_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_filing_hits')),
    sa.UniqueConstraint('filing_id', 'rival_id', name=op.f('uq_filing_hits_filing_id_rival_id'))
    )
    with op.batch_alter_table('filing_hits', schema=None) as batch_op:
        batch_op.create_index('ix_filing_hits_rival', ['rival_id'], unique=False)

    op.create_table('investor_changes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('project_id', sa.Integer(), nullable=False),
    sa.Column('before_id', sa.Integer(), nullable=True),
    sa.Column('after_id', sa.Integer(), nullable=False),
    sa.Column('before_text', sa.String(length=300), nullable=False),
    sa.Column('on', sa.Date(), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.Column('attachment_id', sa.Integer(), nullable=True),
    sa.Column('changed_by', sa.Integer(), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['after_id'], ['companies.id'], name=op.f('fk_investor_changes_after_id')),
    sa.ForeignKeyConstraint(['attachment_id'], ['attachments.id'], name=op.f('fk_investor_changes_attachment_id')),
    sa.ForeignKeyConstraint(['before_id'], ['companies.id'], name=op.f('fk_investor_changes_before_id')),
    sa.ForeignKeyConstraint(['changed_by'], ['users.id'], name=op.f('fk_investor_changes_changed_by')),
    sa.ForeignKeyConstraint(['project_id'], ['projects.id'], name=op.f('fk_investor_changes_project_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_investor_changes'))
    )
    with op.batch_alter_table('investor_changes', schema=None) as batch_op:
        batch_op.create_index('ix_investor_changes_before', ['before_id'], unique=False)
        batch_op.create_index('ix_investor_changes_project', ['project_id', 'id'], unique=False)

    op.create_table('monthly_investments',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('project_id', sa.Integer(), nullable=False),
    sa.Column('phase_id', sa.Integer(), nullable=True),
    sa.Column('month', sa.String(length=7), nullable=False),
    sa.Column('adjusts', sa.String(length=7), nullable=False),
    sa.Column('completed', sa.BigInteger(), nullable=True),
    sa.Column('paid_in', sa.BigInteger(), nullable=True),
    sa.Column('equipment', sa.BigInteger(), nullable=True),
    sa.Column('progress', sa.String(length=500), nullable=False),
    sa.Column('in_statistics', sa.Boolean(), nullable=False),
    sa.Column('in_statistics_on', sa.Date(), nullable=True),
    sa.Column('note', sa.String(length=300), nullable=False),
    sa.Column('batch_id', sa.Integer(), nullable=True),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("adjusts <> '' OR (completed >= 0 AND paid_in >= 0 AND equipment >= 0)", name=op.f('ck_monthly_investments_not_negative')),
    sa.CheckConstraint("adjusts = '' OR adjusts < month", name=op.f('ck_monthly_investments_adjusts_an_earlier_month')),
    sa.ForeignKeyConstraint(['created_by'], ['users.id'], name=op.f('fk_monthly_investments_created_by')),
    sa.ForeignKeyConstraint(['phase_id'], ['phases.id'], name=op.f('fk_monthly_investments_phase_id')),
    sa.ForeignKeyConstraint(['project_id'], ['projects.id'], name=op.f('fk_monthly_investments_project_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_monthly_investments')),
    sa.UniqueConstraint('project_id', 'month', 'adjusts', 'phase_id', name=op.f('uq_monthly_investments_project_id_month_adjusts_phase_id'))
    )
    with op.batch_alter_table('monthly_investments', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_monthly_investments_batch_id'), ['batch_id'], unique=False)
        batch_op.create_index('ix_monthly_investments_month', ['month', 'project_id'], unique=False)
        batch_op.create_index('uq_monthly_investments_project', ['project_id', 'month', 'adjusts'], unique=True, sqlite_where=sa.text('phase_id IS NULL'), postgresql_where=sa.text('phase_id IS NULL'))

    op.create_table('pool_claims',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('filing_id', sa.Integer(), nullable=False),
    sa.Column('zone_id', sa.Integer(), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.Column('proposed_by', sa.Integer(), nullable=True),
    sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('approved', sa.Boolean(), nullable=True),
    sa.Column('decided_by', sa.Integer(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('note', sa.String(length=500), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['decided_by'], ['users.id'], name=op.f('fk_pool_claims_decided_by')),
    sa.ForeignKeyConstraint(['filing_id'], ['filings.id'], name=op.f('fk_pool_claims_filing_id')),
    sa.ForeignKeyConstraint(['proposed_by'], ['users.id'], name=op.f('fk_pool_claims_proposed_by')),
    sa.ForeignKeyConstraint(['zone_id'], ['zones.id'], name=op.f('fk_pool_claims_zone_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_pool_claims'))
    )
    with op.batch_alter_table('pool_claims', schema=None) as batch_op:
        batch_op.create_index('ix_pool_claims_zone', ['zone_id', 'id'], unique=False)
        batch_op.create_index('uq_pool_claims_open', ['filing_id', 'zone_id'], unique=True, sqlite_where=sa.text('approved IS NULL'), postgresql_where=sa.text('approved IS NULL'))

    op.create_table('truth_files',
    sa.Column('answer_id', sa.Integer(), nullable=False),
    sa.Column('attachment_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['answer_id'], ['truth_answers.id'], name=op.f('fk_truth_files_answer_id')),
    sa.ForeignKeyConstraint(['attachment_id'], ['attachments.id'], name=op.f('fk_truth_files_attachment_id')),
    sa.PrimaryKeyConstraint('answer_id', 'attachment_id', name=op.f('pk_truth_files'))
    )
    op.create_table('investment_files',
    sa.Column('investment_id', sa.Integer(), nullable=False),
    sa.Column('attachment_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['attachment_id'], ['attachments.id'], name=op.f('fk_investment_files_attachment_id')),
    sa.ForeignKeyConstraint(['investment_id'], ['monthly_investments.id'], name=op.f('fk_investment_files_investment_id')),
    sa.PrimaryKeyConstraint('investment_id', 'attachment_id', name=op.f('pk_investment_files'))
    )
    with op.batch_alter_table('chain_nodes', schema=None) as batch_op:
        batch_op.add_column(sa.Column('action', sa.String(length=24), nullable=True))
        batch_op.create_check_constraint('chainaction', "action IN ('build', 'fill', 'strengthen', 'extend')")
        batch_op.add_column(sa.Column('priority', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('valid_until', sa.Date(), nullable=True))

    # Not as a batch: a rebuilt table would lose the triggers of its search index.
    op.add_column('companies', sa.Column('sound', sa.String(length=200), nullable=False, server_default=''))
    op.create_index('ix_companies_no_code', 'companies', ['loose_key', 'id'], unique=False, sqlite_where=sa.text('uscc IS NULL AND merged_into_id IS NULL'), postgresql_where=sa.text('uscc IS NULL AND merged_into_id IS NULL'))
    op.create_index('ix_companies_sound', 'companies', ['sound'], unique=False, sqlite_where=sa.text('merged_into_id IS NULL'), postgresql_where=sa.text('merged_into_id IS NULL'))

    with op.batch_alter_table('milestones', schema=None) as batch_op:
        batch_op.add_column(sa.Column('agreement_land_mu', sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column('agreement_start_by', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('agreement_complete_by', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('agreement_obligations', sa.Text(), nullable=False, server_default=''))

    with op.batch_alter_table('phases', schema=None) as batch_op:
        batch_op.add_column(sa.Column('kind', sa.String(length=24), nullable=False, server_default='phase'))
        batch_op.create_check_constraint('phasekind', "kind IN ('phase', 'increase')")
        batch_op.add_column(sa.Column('fixed_investment', sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column('content', sa.Text(), nullable=False, server_default=''))

    with op.batch_alter_table('project_changes', schema=None) as batch_op:
        batch_op.create_index('ix_project_changes_field', ['field', 'changed_at', 'project_id'], unique=False)

    # Not as a batch: a rebuilt table would lose the triggers of its search index.
    op.add_column('projects', sa.Column('registered_capital', sa.BigInteger(), nullable=True))
    op.add_column('projects', sa.Column('registered_capital_usd', sa.BigInteger(), nullable=True))
    op.add_column('projects', sa.Column('statistics_amount', sa.BigInteger(), nullable=True))
    op.create_index('ix_projects_address', 'projects', ['address'], unique=False)
    op.create_index('ix_projects_board', 'projects', ['stage', 'status', 'total_investment', 'id'], unique=False)
    op.create_index('ix_projects_stay', 'projects', ['status', 'stage', 'tier', 'stage_since', 'zone_id'], unique=False)

    with op.batch_alter_table('recognitions', schema=None) as batch_op:
        batch_op.add_column(sa.Column('phase_id', sa.Integer(), nullable=True))
        batch_op.drop_index(batch_op.f('ix_recognitions_board'))
        batch_op.create_index('ix_recognitions_board', ['kind', 'statistical_on', 'zone_id', 'project_id', 'amount', 'amount_usd', 'phase_id'], unique=False)
        batch_op.drop_index(batch_op.f('uq_recognitions_in_force'))
        batch_op.create_index('uq_recognitions_in_force', ['milestone_id'], unique=True, sqlite_where=sa.text('ended_at IS NULL'), postgresql_where=sa.text('ended_at IS NULL'))
        batch_op.create_foreign_key(batch_op.f('fk_recognitions_phase_id'), 'phases', ['phase_id'], ['id'])

    _kinds("'companies', 'projects', 'investment'")
    _sounds()


def _sounds() -> None:
    """How the names already registered are read; newer ones say it themselves."""
    connection, companies = op.get_bind(), sa.table('companies', sa.column('id'), sa.column('loose_key'), sa.column('sound'))
    at = 0
    while rows := connection.execute(
        sa.select(companies.c.id, companies.c.loose_key).where(companies.c.id > at).order_by(companies.c.id).limit(1000)
    ).all():
        at = rows[-1].id
        connection.execute(
            companies.update().where(companies.c.id == sa.bindparam('of')).values(sound=sa.bindparam('read')),
            [{'of': row.id, 'read': pinyin_full(row.loose_key or '')[:200]} for row in rows],
        )


def _kinds(kinds: str) -> None:
    """What may be imported, as the two tables check it."""
    for table in ('heading_templates', 'import_batches'):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_constraint(op.f(f'ck_{table}_batchkind'), type_='check')
            batch_op.create_check_constraint(op.f(f'ck_{table}_batchkind'), f"kind IN ({kinds})")


def downgrade() -> None:
    op.execute("DELETE FROM import_rows WHERE batch_id IN (SELECT id FROM import_batches WHERE kind = 'investment')")
    for table in ('heading_templates', 'import_batches'):
        op.execute(f"DELETE FROM {table} WHERE kind = 'investment'")
    _kinds("'companies', 'projects'")
    with op.batch_alter_table('recognitions', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_recognitions_phase_id'), type_='foreignkey')
        batch_op.drop_index('uq_recognitions_in_force', sqlite_where=sa.text('ended_at IS NULL'), postgresql_where=sa.text('ended_at IS NULL'))
        batch_op.create_index(batch_op.f('uq_recognitions_in_force'), ['project_id', 'kind'], unique=True, sqlite_where=sa.text('ended_at IS NULL'), postgresql_where=sa.text('ended_at IS NULL'))
        batch_op.drop_index('ix_recognitions_board')
        batch_op.create_index(batch_op.f('ix_recognitions_board'), ['kind', 'statistical_on', 'zone_id', 'project_id', 'amount', 'amount_usd'], unique=False)
        batch_op.drop_column('phase_id')

    # Not as a batch: a rebuilt table would lose the triggers of its search index.
    op.drop_index('ix_projects_stay', table_name='projects')
    op.drop_index('ix_projects_board', table_name='projects')
    op.drop_index('ix_projects_address', table_name='projects')
    op.drop_column('projects', 'statistics_amount')
    op.drop_column('projects', 'registered_capital_usd')
    op.drop_column('projects', 'registered_capital')

    with op.batch_alter_table('project_changes', schema=None) as batch_op:
        batch_op.drop_index('ix_project_changes_field')

    with op.batch_alter_table('phases', schema=None) as batch_op:
        batch_op.drop_column('content')
        batch_op.drop_column('fixed_investment')
        batch_op.drop_constraint('phasekind', type_='check')
        batch_op.drop_column('kind')

    with op.batch_alter_table('milestones', schema=None) as batch_op:
        batch_op.drop_column('agreement_obligations')
        batch_op.drop_column('agreement_complete_by')
        batch_op.drop_column('agreement_start_by')
        batch_op.drop_column('agreement_land_mu')

    # Not as a batch: a rebuilt table would lose the triggers of its search index.
    op.drop_index('ix_companies_sound', table_name='companies')
    op.drop_index('ix_companies_no_code', table_name='companies')
    op.drop_column('companies', 'sound')

    with op.batch_alter_table('chain_nodes', schema=None) as batch_op:
        batch_op.drop_column('valid_until')
        batch_op.drop_column('priority')
        batch_op.drop_constraint('chainaction', type_='check')
        batch_op.drop_column('action')

    op.drop_table('investment_files')
    op.drop_table('truth_files')
    with op.batch_alter_table('pool_claims', schema=None) as batch_op:
        batch_op.drop_index('uq_pool_claims_open', sqlite_where=sa.text('approved IS NULL'), postgresql_where=sa.text('approved IS NULL'))
        batch_op.drop_index('ix_pool_claims_zone')

    op.drop_table('pool_claims')
    with op.batch_alter_table('monthly_investments', schema=None) as batch_op:
        batch_op.drop_index('uq_monthly_investments_project', sqlite_where=sa.text('phase_id IS NULL'), postgresql_where=sa.text('phase_id IS NULL'))
        batch_op.drop_index('ix_monthly_investments_month')
        batch_op.drop_index(batch_op.f('ix_monthly_investments_batch_id'))

    op.drop_table('monthly_investments')
    with op.batch_alter_table('investor_changes', schema=None) as batch_op:
        batch_op.drop_index('ix_investor_changes_project')
        batch_op.drop_index('ix_investor_changes_before')

    op.drop_table('investor_changes')
    with op.batch_alter_table('filing_hits', schema=None) as batch_op:
        batch_op.drop_index('ix_filing_hits_rival')

    op.drop_table('filing_hits')
    op.drop_table('filing_evidence')
    op.drop_table('duty_reminders')
    with op.batch_alter_table('truth_answers', schema=None) as batch_op:
        batch_op.drop_index('uq_truth_answers_waiting', sqlite_where=sa.text('answered_at IS NULL'), postgresql_where=sa.text('answered_at IS NULL'))
        batch_op.drop_index('ix_truth_answers_project')
        batch_op.drop_index('ix_truth_answers_answered')

    op.drop_table('truth_answers')
    op.drop_table('list_columns')
    with op.batch_alter_table('filings', schema=None) as batch_op:
        batch_op.drop_index('uq_filings_live', sqlite_where=sa.text("state IN ('pending', 'suspect', 'accepted')"), postgresql_where=sa.text("state IN ('pending', 'suspect', 'accepted')"))
        batch_op.drop_index('ix_filings_zone')
        batch_op.drop_index('ix_filings_state')
        batch_op.drop_index('ix_filings_project')
        batch_op.drop_index('ix_filings_company')

    op.drop_table('filings')
    with op.batch_alter_table('adjustments', schema=None) as batch_op:
        batch_op.drop_index('ix_adjustments_project')
        batch_op.drop_index('ix_adjustments_month')
        batch_op.drop_index('ix_adjustments_dated_in')

    op.drop_table('adjustments')
    with op.batch_alter_table('saved_views', schema=None) as batch_op:
        batch_op.drop_index('ix_saved_views_zone')

    op.drop_table('saved_views')
    with op.batch_alter_table('node_assessments', schema=None) as batch_op:
        batch_op.drop_index('ix_node_assessments_node')

    op.drop_table('node_assessments')
    with op.batch_alter_table('calendar_feeds', schema=None) as batch_op:
        batch_op.drop_index('uq_calendar_feeds_live', sqlite_where=sa.text('revoked_at IS NULL'), postgresql_where=sa.text('revoked_at IS NULL'))
        batch_op.drop_index(batch_op.f('ix_calendar_feeds_user_id'))

    op.drop_table('calendar_feeds')
    with op.batch_alter_table('gate_rule_changes', schema=None) as batch_op:
        batch_op.drop_index('ix_gate_rule_changes_key')

    op.drop_table('gate_rule_changes')
    with op.batch_alter_table('company_merges', schema=None) as batch_op:
        batch_op.drop_index('ix_company_merges_merged')
        batch_op.drop_index('ix_company_merges_kept')

    op.drop_table('company_merges')
    with op.batch_alter_table('companies_not_same', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_companies_not_same_high_id'))

    op.drop_table('companies_not_same')
