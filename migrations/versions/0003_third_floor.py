"""The third floor: targets, scores, the catalogue, disputes, transfers, handovers, reminders, trips, offline visits."""

import sqlalchemy as sa
from alembic import op


revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('catalogue_releases',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('released_on', sa.Date(), nullable=False),
    sa.Column('note', sa.String(length=500), nullable=False),
    sa.Column('rows', sa.JSON(), nullable=False),
    sa.Column('changes', sa.JSON(), nullable=False),
    sa.Column('released_by', sa.Integer(), nullable=True),
    sa.Column('by_name', sa.String(length=60), nullable=False),
    sa.Column('released_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('length(note) > 0', name=op.f('ck_catalogue_releases_says_why')),
    sa.CheckConstraint('number > 0', name=op.f('ck_catalogue_releases_numbered_from_one')),
    sa.ForeignKeyConstraint(['released_by'], ['users.id'], name=op.f('fk_catalogue_releases_released_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_catalogue_releases')),
    sa.UniqueConstraint('number', name=op.f('uq_catalogue_releases_number'))
    )
    op.create_table('chain_plan_dues',
    sa.Column('year', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('source', sa.String(length=300), nullable=False),
    sa.Column('changed_by', sa.Integer(), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['changed_by'], ['users.id'], name=op.f('fk_chain_plan_dues_changed_by')),
    sa.PrimaryKeyConstraint('year', name=op.f('pk_chain_plan_dues'))
    )
    op.create_table('notify_choices',
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('lead_days', sa.Integer(), nullable=False),
    sa.Column('email', sa.Text(), nullable=True),
    sa.Column('ways', sa.JSON(), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('lead_days BETWEEN 0 AND 10', name=op.f('ck_notify_choices_lead_days_in_range')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_notify_choices_user_id')),
    sa.PrimaryKeyConstraint('user_id', name=op.f('pk_notify_choices'))
    )
    op.create_table('outbox',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('channel', sa.String(length=40), nullable=False),
    sa.Column('topic', sa.Enum('soon', 'due', 'late', 'neglected', 'escalated', 'demand', 'digest', name='topic', native_enum=False, create_constraint=True, length=24), nullable=True),
    sa.Column('subject', sa.String(length=120), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('url', sa.String(length=300), nullable=False),
    sa.Column('dedupe', sa.String(length=160), nullable=True),
    sa.Column('state', sa.Enum('queued', 'sending', 'sent', 'failed', name='outgoingstate', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('next_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('claimed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reason', sa.String(length=300), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("state <> 'sent' OR sent_at IS NOT NULL", name=op.f('ck_outbox_sent_has_a_moment')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_outbox_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outbox')),
    sa.UniqueConstraint('dedupe', name=op.f('uq_outbox_dedupe'))
    )
    with op.batch_alter_table('outbox', schema=None) as batch_op:
        batch_op.create_index('ix_outbox_queue', ['state', 'next_at', 'id'], unique=False)
        batch_op.create_index('ix_outbox_user', ['user_id', 'id'], unique=False)

    op.create_table('told',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('topic', sa.Enum('soon', 'due', 'late', 'neglected', 'escalated', 'demand', 'digest', name='topic', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('subject_type', sa.String(length=40), nullable=False),
    sa.Column('subject_id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=40), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('told_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_told_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_told')),
    sa.UniqueConstraint('topic', 'subject_type', 'subject_id', 'key', 'user_id', name=op.f('uq_told_topic_subject_type_subject_id_key_user_id'))
    )
    op.create_table('absences',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('zone_id', sa.Integer(), nullable=True),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('note', sa.String(length=200), nullable=False),
    sa.Column('checked_by', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('withdrawn_by', sa.Integer(), nullable=True),
    sa.Column('withdrawn_reason', sa.String(length=200), nullable=False),
    sa.CheckConstraint('checked_by <> user_id', name=op.f('ck_absences_checked_by_another')),
    sa.ForeignKeyConstraint(['checked_by'], ['users.id'], name=op.f('fk_absences_checked_by')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_absences_user_id')),
    sa.ForeignKeyConstraint(['withdrawn_by'], ['users.id'], name=op.f('fk_absences_withdrawn_by')),
    sa.ForeignKeyConstraint(['zone_id'], ['zones.id'], name=op.f('fk_absences_zone_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_absences'))
    )
    with op.batch_alter_table('absences', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_absences_checked_by'), ['checked_by'], unique=False)
        batch_op.create_index('ix_absences_user', ['user_id', 'day'], unique=False)
        batch_op.create_index(batch_op.f('ix_absences_zone_id'), ['zone_id'], unique=False)

    op.create_table('campaigns',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('zone_id', sa.Integer(), nullable=True),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('note', sa.String(length=500), nullable=False),
    sa.Column('is_demo', sa.Boolean(), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('ends_on >= starts_on', name=op.f('ck_campaigns_term_in_order')),
    sa.CheckConstraint('length(name) > 0', name=op.f('ck_campaigns_has_a_name')),
    sa.ForeignKeyConstraint(['owner_id'], ['users.id'], name=op.f('fk_campaigns_owner_id')),
    sa.ForeignKeyConstraint(['zone_id'], ['zones.id'], name=op.f('fk_campaigns_zone_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_campaigns')),
    sa.UniqueConstraint('zone_id', 'name', name=op.f('uq_campaigns_zone_id_name'))
    )
    with op.batch_alter_table('campaigns', schema=None) as batch_op:
        batch_op.create_index('uq_campaigns_city', ['name'], unique=True, sqlite_where=sa.text('zone_id IS NULL'), postgresql_where=sa.text('zone_id IS NULL'))

    op.create_table('catalogue_entries',
    sa.Column('node_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('direction', sa.String(length=300), nullable=False),
    sa.Column('land', sa.String(length=200), nullable=False),
    sa.Column('energy', sa.String(length=200), nullable=False),
    sa.Column('environment', sa.String(length=200), nullable=False),
    sa.Column('zone_codes', sa.JSON(), nullable=False),
    sa.Column('lead_department', sa.String(length=80), nullable=False),
    sa.Column('updated_by', sa.Integer(), nullable=True),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['node_id'], ['chain_nodes.id'], name=op.f('fk_catalogue_entries_node_id')),
    sa.ForeignKeyConstraint(['updated_by'], ['users.id'], name=op.f('fk_catalogue_entries_updated_by')),
    sa.PrimaryKeyConstraint('node_id', name=op.f('pk_catalogue_entries'))
    )
    op.create_table('catalogue_namings',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('node_id', sa.Integer(), nullable=False),
    sa.Column('company_id', sa.Integer(), nullable=False),
    sa.Column('named', sa.Boolean(), nullable=False),
    sa.Column('decided_by', sa.Integer(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['company_id'], ['companies.id'], name=op.f('fk_catalogue_namings_company_id')),
    sa.ForeignKeyConstraint(['decided_by'], ['users.id'], name=op.f('fk_catalogue_namings_decided_by')),
    sa.ForeignKeyConstraint(['node_id'], ['chain_nodes.id'], name=op.f('fk_catalogue_namings_node_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_catalogue_namings')),
    sa.UniqueConstraint('node_id', 'company_id', name=op.f('uq_catalogue_namings_node_id_company_id'))
    )
    with op.batch_alter_table('catalogue_namings', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_catalogue_namings_company_id'), ['company_id'], unique=False)

    op.create_table('chain_plans',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('zone_id', sa.Integer(), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('state', sa.Enum('draft', 'submitted', 'returned', 'confirmed', name='planstate', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('note', sa.String(length=500), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.Column('submitted_by', sa.Integer(), nullable=True),
    sa.Column('submitted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by', sa.Integer(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('is_demo', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("state <> 'returned' OR length(reason) > 0", name=op.f('ck_chain_plans_returned_for_a_reason')),
    sa.CheckConstraint("state = 'draft' OR submitted_at IS NOT NULL", name=op.f('ck_chain_plans_submitted_at_a_moment')),
    sa.ForeignKeyConstraint(['decided_by'], ['users.id'], name=op.f('fk_chain_plans_decided_by')),
    sa.ForeignKeyConstraint(['submitted_by'], ['users.id'], name=op.f('fk_chain_plans_submitted_by')),
    sa.ForeignKeyConstraint(['zone_id'], ['zones.id'], name=op.f('fk_chain_plans_zone_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_chain_plans')),
    sa.UniqueConstraint('zone_id', 'year', name=op.f('uq_chain_plans_zone_id_year'))
    )
    with op.batch_alter_table('chain_plans', schema=None) as batch_op:
        batch_op.create_index('ix_chain_plans_year', ['year', 'state'], unique=False)

    op.create_table('escalations',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('ladder', sa.String(length=40), nullable=False),
    sa.Column('subject_type', sa.String(length=40), nullable=False),
    sa.Column('subject_id', sa.Integer(), nullable=False),
    sa.Column('due_key', sa.String(length=40), nullable=False),
    sa.Column('level', sa.Integer(), nullable=False),
    sa.Column('to_user_id', sa.Integer(), nullable=True),
    sa.Column('to_role', sa.Enum('officer', 'specialist', 'chief', 'county', 'dept', 'bureau', 'leader', 'sysadmin', 'secadmin', 'auditor', name='role', native_enum=False, create_constraint=True, length=24), nullable=True),
    sa.Column('to_unit_id', sa.Integer(), nullable=True),
    sa.Column('zone_id', sa.Integer(), nullable=True),
    sa.Column('reason', sa.String(length=300), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('resolved_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('level > 0', name=op.f('ck_escalations_level_from_one')),
    sa.ForeignKeyConstraint(['to_unit_id'], ['units.id'], name=op.f('fk_escalations_to_unit_id')),
    sa.ForeignKeyConstraint(['to_user_id'], ['users.id'], name=op.f('fk_escalations_to_user_id')),
    sa.ForeignKeyConstraint(['zone_id'], ['zones.id'], name=op.f('fk_escalations_zone_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_escalations')),
    sa.UniqueConstraint('ladder', 'subject_type', 'subject_id', 'due_key', 'level', name=op.f('uq_escalations_ladder_subject_type_subject_id_due_key_level'))
    )
    with op.batch_alter_table('escalations', schema=None) as batch_op:
        batch_op.create_index('ix_escalations_role', ['to_role', 'resolved_at', 'to_unit_id', 'id'], unique=False)
        batch_op.create_index('ix_escalations_subject', ['subject_type', 'subject_id'], unique=False)
        batch_op.create_index('ix_escalations_user', ['to_user_id', 'resolved_at', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_escalations_zone_id'), ['zone_id'], unique=False)

    op.create_table('handovers',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('zone_id', sa.Integer(), nullable=True),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('note', sa.String(length=2000), nullable=False),
    sa.Column('made_by', sa.Integer(), nullable=True),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('length(note) > 0', name=op.f('ck_handovers_has_a_note')),
    sa.ForeignKeyConstraint(['made_by'], ['users.id'], name=op.f('fk_handovers_made_by')),
    sa.ForeignKeyConstraint(['person_id'], ['users.id'], name=op.f('fk_handovers_person_id')),
    sa.ForeignKeyConstraint(['zone_id'], ['zones.id'], name=op.f('fk_handovers_zone_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_handovers'))
    )
    with op.batch_alter_table('handovers', schema=None) as batch_op:
        batch_op.create_index('ix_handovers_person', ['person_id', 'id'], unique=False)
        batch_op.create_index('ix_handovers_zone', ['zone_id', 'id'], unique=False)

    op.create_table('occasions',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('client_id', sa.String(length=36), nullable=False),
    sa.Column('kind', sa.Enum('trip', 'reception', 'event', name='occasionkind', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('zone_id', sa.Integer(), nullable=True),
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.Column('place', sa.String(length=120), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('starts_at', sa.String(length=5), nullable=False),
    sa.Column('organiser', sa.String(length=120), nullable=False),
    sa.Column('guests', sa.Integer(), nullable=True),
    sa.Column('signed_count', sa.Integer(), nullable=True),
    sa.Column('signed_amount', sa.BigInteger(), nullable=True),
    sa.Column('result', sa.Text(), nullable=False),
    sa.Column('is_demo', sa.Boolean(), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('ends_on >= starts_on', name=op.f('ck_occasions_ends_after_it_starts')),
    sa.CheckConstraint('guests IS NULL OR guests >= 0', name=op.f('ck_occasions_guests_not_negative')),
    sa.CheckConstraint('signed_count IS NULL OR signed_count >= 0', name=op.f('ck_occasions_signed_not_negative')),
    sa.ForeignKeyConstraint(['created_by'], ['users.id'], name=op.f('fk_occasions_created_by')),
    sa.ForeignKeyConstraint(['zone_id'], ['zones.id'], name=op.f('fk_occasions_zone_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_occasions')),
    sa.UniqueConstraint('client_id', name=op.f('uq_occasions_client_id'))
    )
    with op.batch_alter_table('occasions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_occasions_created_by'), ['created_by'], unique=False)
        batch_op.create_index('ix_occasions_kind', ['kind', 'starts_on', 'id'], unique=False)
        batch_op.create_index('ix_occasions_zone', ['zone_id', 'kind', 'starts_on', 'id'], unique=False)

    op.create_table('station_days',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('zone_id', sa.Integer(), nullable=True),
    sa.Column('station_id', sa.Integer(), nullable=True),
    sa.Column('station', sa.String(length=60), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('leads', sa.Integer(), nullable=False),
    sa.Column('referrals', sa.Integer(), nullable=False),
    sa.Column('work', sa.String(length=500), nullable=False),
    sa.Column('is_demo', sa.Boolean(), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('leads >= 0 AND referrals >= 0', name=op.f('ck_station_days_counts_not_negative')),
    sa.ForeignKeyConstraint(['created_by'], ['users.id'], name=op.f('fk_station_days_created_by')),
    sa.ForeignKeyConstraint(['station_id'], ['units.id'], name=op.f('fk_station_days_station_id')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_station_days_user_id')),
    sa.ForeignKeyConstraint(['zone_id'], ['zones.id'], name=op.f('fk_station_days_zone_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_station_days')),
    sa.UniqueConstraint('user_id', 'day', name='one_day_a_person')
    )
    with op.batch_alter_table('station_days', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_station_days_created_by'), ['created_by'], unique=False)
        batch_op.create_index('ix_station_days_day', ['day', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_station_days_station_id'), ['station_id'], unique=False)
        batch_op.create_index('ix_station_days_zone', ['zone_id', 'day', 'id'], unique=False)

    op.create_table('zone_chains',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('zone_id', sa.Integer(), nullable=False),
    sa.Column('chain_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Enum('leading', 'other', name='chainrole', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('source', sa.String(length=300), nullable=False),
    sa.Column('to_confirm', sa.Boolean(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('edited', sa.Boolean(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('length(source) > 0', name=op.f('ck_zone_chains_has_a_source')),
    sa.ForeignKeyConstraint(['chain_id'], ['chains.id'], name=op.f('fk_zone_chains_chain_id')),
    sa.ForeignKeyConstraint(['zone_id'], ['zones.id'], name=op.f('fk_zone_chains_zone_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_zone_chains')),
    sa.UniqueConstraint('zone_id', 'chain_id', name=op.f('uq_zone_chains_zone_id_chain_id'))
    )
    with op.batch_alter_table('zone_chains', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_zone_chains_chain_id'), ['chain_id'], unique=False)

    op.create_table('campaign_nodes',
    sa.Column('campaign_id', sa.Integer(), nullable=False),
    sa.Column('node_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaigns.id'], name=op.f('fk_campaign_nodes_campaign_id')),
    sa.ForeignKeyConstraint(['node_id'], ['chain_nodes.id'], name=op.f('fk_campaign_nodes_node_id')),
    sa.PrimaryKeyConstraint('campaign_id', 'node_id', name=op.f('pk_campaign_nodes'))
    )
    with op.batch_alter_table('campaign_nodes', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_campaign_nodes_node_id'), ['node_id'], unique=False)

    op.create_table('chain_plan_files',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('plan_id', sa.Integer(), nullable=False),
    sa.Column('filename', sa.String(length=200), nullable=False),
    sa.Column('media_type', sa.String(length=100), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('uploaded_by', sa.Integer(), nullable=True),
    sa.Column('uploaded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('deleted_by', sa.Integer(), nullable=True),
    sa.Column('deleted_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['deleted_by'], ['users.id'], name=op.f('fk_chain_plan_files_deleted_by')),
    sa.ForeignKeyConstraint(['plan_id'], ['chain_plans.id'], name=op.f('fk_chain_plan_files_plan_id')),
    sa.ForeignKeyConstraint(['uploaded_by'], ['users.id'], name=op.f('fk_chain_plan_files_uploaded_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_chain_plan_files'))
    )
    with op.batch_alter_table('chain_plan_files', schema=None) as batch_op:
        batch_op.create_index('ix_chain_plan_files_plan', ['plan_id', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_chain_plan_files_sha256'), ['sha256'], unique=False)

    op.create_table('chain_plan_steps',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('plan_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.Enum('draft', 'submitted', 'returned', 'confirmed', name='planstate', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('note', sa.String(length=500), nullable=False),
    sa.Column('made_by', sa.Integer(), nullable=True),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['made_by'], ['users.id'], name=op.f('fk_chain_plan_steps_made_by')),
    sa.ForeignKeyConstraint(['plan_id'], ['chain_plans.id'], name=op.f('fk_chain_plan_steps_plan_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_chain_plan_steps'))
    )
    with op.batch_alter_table('chain_plan_steps', schema=None) as batch_op:
        batch_op.create_index('ix_chain_plan_steps_plan', ['plan_id', 'id'], unique=False)

    op.create_table('filing_checks',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('zone_id', sa.Integer(), nullable=True),
    sa.Column('company_id', sa.Integer(), nullable=False),
    sa.Column('project_id', sa.Integer(), nullable=False),
    sa.Column('via', sa.Enum('saved', 'asked', 'filed', name='checkvia', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['company_id'], ['companies.id'], name=op.f('fk_filing_checks_company_id')),
    sa.ForeignKeyConstraint(['project_id'], ['projects.id'], name=op.f('fk_filing_checks_project_id')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_filing_checks_user_id')),
    sa.ForeignKeyConstraint(['zone_id'], ['zones.id'], name=op.f('fk_filing_checks_zone_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_filing_checks'))
    )
    with op.batch_alter_table('filing_checks', schema=None) as batch_op:
        batch_op.create_index('ix_filing_checks_user', ['user_id', 'asked_at'], unique=False)

    op.create_table('handover_items',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('handover_id', sa.Integer(), nullable=False),
    sa.Column('part', sa.Enum('projects', 'companies', 'targets', 'followups', 'demands', 'filings', 'assignments', name='part', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('subject_id', sa.Integer(), nullable=False),
    sa.Column('label', sa.String(length=300), nullable=False),
    sa.Column('url', sa.String(length=120), nullable=False),
    sa.Column('note', sa.String(length=120), nullable=False),
    sa.Column('to_user_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['handover_id'], ['handovers.id'], name=op.f('fk_handover_items_handover_id')),
    sa.ForeignKeyConstraint(['to_user_id'], ['users.id'], name=op.f('fk_handover_items_to_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_handover_items'))
    )
    with op.batch_alter_table('handover_items', schema=None) as batch_op:
        batch_op.create_index('ix_handover_items_handover', ['handover_id', 'part', 'id'], unique=False)

    op.create_table('occasion_ours',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('occasion_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('leader_id', sa.Integer(), nullable=True),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.Column('level', sa.Enum('city_main', 'city_charge', 'county_main', 'county_charge', 'department', name='leaderlevel', native_enum=False, create_constraint=True, length=24), nullable=True),
    sa.Column('leads', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['leader_id'], ['leaders.id'], name=op.f('fk_occasion_ours_leader_id')),
    sa.ForeignKeyConstraint(['occasion_id'], ['occasions.id'], name=op.f('fk_occasion_ours_occasion_id')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_occasion_ours_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_occasion_ours'))
    )
    with op.batch_alter_table('occasion_ours', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_occasion_ours_leader_id'), ['leader_id'], unique=False)
        batch_op.create_index('ix_occasion_ours_occasion', ['occasion_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_occasion_ours_user_id'), ['user_id'], unique=False)

    op.create_table('targets',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('company_id', sa.Integer(), nullable=False),
    sa.Column('node_id', sa.Integer(), nullable=True),
    sa.Column('zone_id', sa.Integer(), nullable=True),
    sa.Column('progress', sa.Enum('untouched', 'contacted', 'talking', 'given_up', name='linkprogress', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('progress_on', sa.Date(), nullable=False),
    sa.Column('entry_kind', sa.Enum('townsfolk', 'supplier', 'fund', 'association', 'existing_firm', 'other', name='entrykind', native_enum=False, create_constraint=True, length=24), nullable=True),
    sa.Column('entry_note', sa.String(length=300), nullable=False),
    sa.Column('standing', sa.String(length=120), nullable=False),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('given_up_reason', sa.String(length=500), nullable=False),
    sa.Column('source', sa.Enum('manual', 'imported', 'proposed', name='targetsource', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('project_id', sa.Integer(), nullable=True),
    sa.Column('chain_action', sa.Enum('build', 'fill', 'strengthen', 'extend', name='chainaction', native_enum=False, create_constraint=True, length=24), nullable=True),
    sa.Column('converted_by', sa.Integer(), nullable=True),
    sa.Column('converted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('batch_id', sa.Integer(), nullable=True),
    sa.Column('is_demo', sa.Boolean(), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("progress <> 'given_up' OR length(given_up_reason) > 0", name=op.f('ck_targets_given_up_for_a_reason')),
    sa.CheckConstraint('project_id IS NULL OR (node_id IS NOT NULL AND converted_at IS NOT NULL)', name=op.f('ck_targets_converted_whole')),
    sa.ForeignKeyConstraint(['company_id'], ['companies.id'], name=op.f('fk_targets_company_id')),
    sa.ForeignKeyConstraint(['converted_by'], ['users.id'], name=op.f('fk_targets_converted_by')),
    sa.ForeignKeyConstraint(['node_id'], ['chain_nodes.id'], name=op.f('fk_targets_node_id')),
    sa.ForeignKeyConstraint(['owner_id'], ['users.id'], name=op.f('fk_targets_owner_id')),
    sa.ForeignKeyConstraint(['project_id'], ['projects.id'], name=op.f('fk_targets_project_id')),
    sa.ForeignKeyConstraint(['zone_id'], ['zones.id'], name=op.f('fk_targets_zone_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_targets')),
    sa.UniqueConstraint('company_id', 'node_id', 'zone_id', name=op.f('uq_targets_company_id_node_id_zone_id'))
    )
    with op.batch_alter_table('targets', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_targets_batch_id'), ['batch_id'], unique=False)
        batch_op.create_index('ix_targets_node', ['node_id', 'zone_id', 'progress'], unique=False)
        batch_op.create_index(batch_op.f('ix_targets_owner_id'), ['owner_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_targets_project_id'), ['project_id'], unique=False)
        batch_op.create_index('ix_targets_updated', ['updated_at', 'id'], unique=False)
        batch_op.create_index('ix_targets_zone', ['zone_id', 'updated_at', 'id'], unique=False)
        batch_op.create_index('uq_targets_city', ['company_id', 'node_id'], unique=True, sqlite_where=sa.text('zone_id IS NULL AND node_id IS NOT NULL'), postgresql_where=sa.text('zone_id IS NULL AND node_id IS NOT NULL'))
        batch_op.create_index('uq_targets_open', ['company_id', 'zone_id'], unique=True, sqlite_where=sa.text('node_id IS NULL AND zone_id IS NOT NULL'), postgresql_where=sa.text('node_id IS NULL AND zone_id IS NOT NULL'))
        batch_op.create_index('uq_targets_open_city', ['company_id'], unique=True, sqlite_where=sa.text('node_id IS NULL AND zone_id IS NULL'), postgresql_where=sa.text('node_id IS NULL AND zone_id IS NULL'))

    op.create_table('campaign_targets',
    sa.Column('campaign_id', sa.Integer(), nullable=False),
    sa.Column('target_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaigns.id'], name=op.f('fk_campaign_targets_campaign_id')),
    sa.ForeignKeyConstraint(['target_id'], ['targets.id'], name=op.f('fk_campaign_targets_target_id')),
    sa.PrimaryKeyConstraint('campaign_id', 'target_id', name=op.f('pk_campaign_targets'))
    )
    with op.batch_alter_table('campaign_targets', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_campaign_targets_target_id'), ['target_id'], unique=False)

    op.create_table('demands',
    sa.Column('followup_id', sa.Integer(), nullable=False),
    sa.Column('leader_id', sa.Integer(), nullable=True),
    sa.Column('answer_due_on', sa.Date(), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('answered_by', sa.Integer(), nullable=True),
    sa.Column('satisfaction', sa.Enum('satisfied', 'fair', 'dissatisfied', name='satisfaction', native_enum=False, create_constraint=True, length=24), nullable=True),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('confirmed_by', sa.Enum('company', 'leader', name='confirmer', native_enum=False, create_constraint=True, length=24), nullable=True),
    sa.Column('confirmed_name', sa.String(length=80), nullable=False),
    sa.Column('confirm_note', sa.String(length=300), nullable=False),
    sa.Column('reopened', sa.Integer(), nullable=False),
    sa.Column('forwarded', sa.Integer(), nullable=False),
    sa.Column('urged', sa.Integer(), nullable=False),
    sa.Column('urged_on', sa.Date(), nullable=True),
    sa.CheckConstraint('confirmed_at IS NULL OR confirmed_by IS NOT NULL', name=op.f('ck_demands_confirmed_by_somebody')),
    sa.CheckConstraint('reopened >= 0 AND urged >= 0 AND forwarded >= 0', name=op.f('ck_demands_counts_not_negative')),
    sa.ForeignKeyConstraint(['answered_by'], ['users.id'], name=op.f('fk_demands_answered_by')),
    sa.ForeignKeyConstraint(['followup_id'], ['followups.id'], name=op.f('fk_demands_followup_id')),
    sa.ForeignKeyConstraint(['leader_id'], ['leaders.id'], name=op.f('fk_demands_leader_id')),
    sa.PrimaryKeyConstraint('followup_id', name=op.f('pk_demands'))
    )
    with op.batch_alter_table('demands', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_demands_leader_id'), ['leader_id'], unique=False)

    op.create_table('target_signals',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('target_id', sa.Integer(), nullable=False),
    sa.Column('happened_on', sa.Date(), nullable=False),
    sa.Column('what', sa.String(length=300), nullable=False),
    sa.Column('source', sa.String(length=120), nullable=False),
    sa.Column('url', sa.String(length=300), nullable=False),
    sa.Column('batch_id', sa.Integer(), nullable=True),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['created_by'], ['users.id'], name=op.f('fk_target_signals_created_by')),
    sa.ForeignKeyConstraint(['target_id'], ['targets.id'], name=op.f('fk_target_signals_target_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_target_signals'))
    )
    with op.batch_alter_table('target_signals', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_target_signals_batch_id'), ['batch_id'], unique=False)
        batch_op.create_index('ix_target_signals_target', ['target_id', 'happened_on'], unique=False)

    op.create_table('target_steps',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('target_id', sa.Integer(), nullable=False),
    sa.Column('before', sa.Enum('untouched', 'contacted', 'talking', 'given_up', name='before', native_enum=False, create_constraint=True, length=24), nullable=True),
    sa.Column('after', sa.Enum('untouched', 'contacted', 'talking', 'given_up', name='after', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('on', sa.Date(), nullable=False),
    sa.Column('note', sa.String(length=500), nullable=False),
    sa.Column('made_by', sa.Integer(), nullable=True),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['made_by'], ['users.id'], name=op.f('fk_target_steps_made_by')),
    sa.ForeignKeyConstraint(['target_id'], ['targets.id'], name=op.f('fk_target_steps_target_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_target_steps'))
    )
    with op.batch_alter_table('target_steps', schema=None) as batch_op:
        batch_op.create_index('ix_target_steps_target', ['target_id', 'id'], unique=False)

    op.create_table('disputes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('earlier_id', sa.Integer(), nullable=False),
    sa.Column('later_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.Enum('open', 'settled', 'moot', name='disputestate', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.Column('opened_zone_id', sa.Integer(), nullable=True),
    sa.Column('opened_by', sa.Integer(), nullable=True),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('acted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('winner_id', sa.Integer(), nullable=True),
    sa.Column('closed_by', sa.Integer(), nullable=True),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("state <> 'settled' OR winner_id IS NOT NULL", name=op.f('ck_disputes_settled_has_a_winner')),
    sa.CheckConstraint('earlier_id <> later_id', name=op.f('ck_disputes_two_filings')),
    sa.ForeignKeyConstraint(['closed_by'], ['users.id'], name=op.f('fk_disputes_closed_by')),
    sa.ForeignKeyConstraint(['earlier_id'], ['filings.id'], name=op.f('fk_disputes_earlier_id')),
    sa.ForeignKeyConstraint(['later_id'], ['filings.id'], name=op.f('fk_disputes_later_id')),
    sa.ForeignKeyConstraint(['opened_by'], ['users.id'], name=op.f('fk_disputes_opened_by')),
    sa.ForeignKeyConstraint(['opened_zone_id'], ['zones.id'], name=op.f('fk_disputes_opened_zone_id')),
    sa.ForeignKeyConstraint(['winner_id'], ['filings.id'], name=op.f('fk_disputes_winner_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_disputes'))
    )
    with op.batch_alter_table('disputes', schema=None) as batch_op:
        batch_op.create_index('ix_disputes_later', ['later_id'], unique=False)
        batch_op.create_index('ix_disputes_state', ['state', 'id'], unique=False)
        batch_op.create_index('uq_disputes_open', ['earlier_id', 'later_id'], unique=True, sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'"))

    op.create_table('filing_check_hits',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('check_id', sa.Integer(), nullable=False),
    sa.Column('filing_id', sa.Integer(), nullable=False),
    sa.Column('reason', sa.Enum('company', 'group', 'phone', 'name', name='hitreason', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.ForeignKeyConstraint(['check_id'], ['filing_checks.id'], name=op.f('fk_filing_check_hits_check_id')),
    sa.ForeignKeyConstraint(['filing_id'], ['filings.id'], name=op.f('fk_filing_check_hits_filing_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_filing_check_hits'))
    )
    with op.batch_alter_table('filing_check_hits', schema=None) as batch_op:
        batch_op.create_index('ix_filing_check_hits_check', ['check_id'], unique=False)
        batch_op.create_index('ix_filing_check_hits_filing', ['filing_id'], unique=False)

    op.create_table('filing_sanctions',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('filing_id', sa.Integer(), nullable=False),
    sa.Column('project_id', sa.Integer(), nullable=False),
    sa.Column('zone_id', sa.Integer(), nullable=False),
    sa.Column('offence', sa.Enum('poaching', 'false_data', name='offence', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('circulated', sa.Boolean(), nullable=False),
    sa.Column('no_credit', sa.Boolean(), nullable=False),
    sa.Column('removed', sa.Boolean(), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.Column('basis', sa.String(length=200), nullable=False),
    sa.Column('made_by', sa.Integer(), nullable=True),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revoked_by', sa.Integer(), nullable=True),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revoke_reason', sa.String(length=500), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('length(basis) > 0', name=op.f('ck_filing_sanctions_has_a_basis')),
    sa.CheckConstraint('revoked_at IS NULL OR length(revoke_reason) > 0', name=op.f('ck_filing_sanctions_revoked_with_a_reason')),
    sa.ForeignKeyConstraint(['filing_id'], ['filings.id'], name=op.f('fk_filing_sanctions_filing_id')),
    sa.ForeignKeyConstraint(['made_by'], ['users.id'], name=op.f('fk_filing_sanctions_made_by')),
    sa.ForeignKeyConstraint(['project_id'], ['projects.id'], name=op.f('fk_filing_sanctions_project_id')),
    sa.ForeignKeyConstraint(['revoked_by'], ['users.id'], name=op.f('fk_filing_sanctions_revoked_by')),
    sa.ForeignKeyConstraint(['zone_id'], ['zones.id'], name=op.f('fk_filing_sanctions_zone_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_filing_sanctions'))
    )
    with op.batch_alter_table('filing_sanctions', schema=None) as batch_op:
        batch_op.create_index('ix_filing_sanctions_project', ['project_id'], unique=False)
        batch_op.create_index('ix_filing_sanctions_zone', ['zone_id', 'id'], unique=False)
        batch_op.create_index('uq_filing_sanctions_standing', ['filing_id', 'offence'], unique=True, sqlite_where=sa.text('revoked_at IS NULL'), postgresql_where=sa.text('revoked_at IS NULL'))

    op.create_table('transfers',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('project_id', sa.Integer(), nullable=False),
    sa.Column('first_zone_id', sa.Integer(), nullable=False),
    sa.Column('from_zone_id', sa.Integer(), nullable=False),
    sa.Column('to_zone_id', sa.Integer(), nullable=True),
    sa.Column('state', sa.Enum('waiting', 'city', 'refused', 'done', 'withdrawn', name='transferstate', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('trigger', sa.Enum('positioning', 'factors', 'investor', 'lapsed', name='trigger', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.Column('proposed_by', sa.Integer(), nullable=True),
    sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('first_contact', sa.String(length=40), nullable=False),
    sa.Column('first_contact_way', sa.String(length=60), nullable=False),
    sa.Column('landing_contact', sa.String(length=40), nullable=False),
    sa.Column('landing_contact_way', sa.String(length=60), nullable=False),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('decided_by', sa.Integer(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('done_on', sa.Date(), nullable=True),
    sa.Column('sheet_id', sa.Integer(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("state <> 'done' OR (done_on IS NOT NULL AND to_zone_id IS NOT NULL)", name=op.f('ck_transfers_done_has_a_day')),
    sa.CheckConstraint("state <> 'waiting' OR (due_on IS NOT NULL AND to_zone_id IS NOT NULL)", name=op.f('ck_transfers_waiting_has_a_day')),
    sa.CheckConstraint('to_zone_id IS NULL OR to_zone_id <> from_zone_id', name=op.f('ck_transfers_to_another_zone')),
    sa.ForeignKeyConstraint(['decided_by'], ['users.id'], name=op.f('fk_transfers_decided_by')),
    sa.ForeignKeyConstraint(['first_zone_id'], ['zones.id'], name=op.f('fk_transfers_first_zone_id')),
    sa.ForeignKeyConstraint(['from_zone_id'], ['zones.id'], name=op.f('fk_transfers_from_zone_id')),
    sa.ForeignKeyConstraint(['owner_id'], ['users.id'], name=op.f('fk_transfers_owner_id')),
    sa.ForeignKeyConstraint(['project_id'], ['projects.id'], name=op.f('fk_transfers_project_id')),
    sa.ForeignKeyConstraint(['proposed_by'], ['users.id'], name=op.f('fk_transfers_proposed_by')),
    sa.ForeignKeyConstraint(['sheet_id'], ['attachments.id'], name=op.f('fk_transfers_sheet_id')),
    sa.ForeignKeyConstraint(['to_zone_id'], ['zones.id'], name=op.f('fk_transfers_to_zone_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_transfers'))
    )
    with op.batch_alter_table('transfers', schema=None) as batch_op:
        batch_op.create_index('ix_transfers_due', ['state', 'due_on', 'id'], unique=False)
        batch_op.create_index('ix_transfers_from', ['from_zone_id', 'state', 'id'], unique=False)
        batch_op.create_index('ix_transfers_project', ['project_id', 'id'], unique=False)
        batch_op.create_index('ix_transfers_to', ['to_zone_id', 'state', 'id'], unique=False)
        batch_op.create_index('uq_transfers_open', ['project_id'], unique=True, sqlite_where=sa.text("state IN ('waiting', 'city', 'refused')"), postgresql_where=sa.text("state IN ('waiting', 'city', 'refused')"))

    op.create_table('dispute_steps',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('dispute_id', sa.Integer(), nullable=False),
    sa.Column('rung', sa.Enum('talks', 'mediation', 'ruling', name='rung', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('began_on', sa.Date(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('end', sa.Enum('agreed', 'mediated', 'ruled', 'raised', 'lapsed', 'moot', name='stepend', native_enum=False, create_constraint=True, length=24), nullable=True),
    sa.Column('ended_on', sa.Date(), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_by', sa.Integer(), nullable=True),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('document', sa.String(length=100), nullable=False),
    sa.Column('attachment_id', sa.Integer(), nullable=True),
    sa.CheckConstraint('due_on >= began_on', name=op.f('ck_dispute_steps_due_after_begun')),
    sa.ForeignKeyConstraint(['attachment_id'], ['attachments.id'], name=op.f('fk_dispute_steps_attachment_id')),
    sa.ForeignKeyConstraint(['dispute_id'], ['disputes.id'], name=op.f('fk_dispute_steps_dispute_id')),
    sa.ForeignKeyConstraint(['ended_by'], ['users.id'], name=op.f('fk_dispute_steps_ended_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_dispute_steps')),
    sa.UniqueConstraint('dispute_id', 'rung', name=op.f('uq_dispute_steps_dispute_id_rung'))
    )
    op.create_table('dispute_words',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('dispute_id', sa.Integer(), nullable=False),
    sa.Column('filing_id', sa.Integer(), nullable=False),
    sa.Column('keeps_id', sa.Integer(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('written_by', sa.Integer(), nullable=True),
    sa.Column('written_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['dispute_id'], ['disputes.id'], name=op.f('fk_dispute_words_dispute_id')),
    sa.ForeignKeyConstraint(['filing_id'], ['filings.id'], name=op.f('fk_dispute_words_filing_id')),
    sa.ForeignKeyConstraint(['keeps_id'], ['filings.id'], name=op.f('fk_dispute_words_keeps_id')),
    sa.ForeignKeyConstraint(['written_by'], ['users.id'], name=op.f('fk_dispute_words_written_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_dispute_words'))
    )
    with op.batch_alter_table('dispute_words', schema=None) as batch_op:
        batch_op.create_index('ix_dispute_words_dispute', ['dispute_id', 'id'], unique=False)

    op.create_table('transfer_offers',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('transfer_id', sa.Integer(), nullable=False),
    sa.Column('zone_id', sa.Integer(), nullable=True),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('answer', sa.Enum('accepted', 'refused', 'expired', 'withdrawn', 'assigned', name='answer', native_enum=False, create_constraint=True, length=24), nullable=True),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.Column('answered_by', sa.Integer(), nullable=True),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['answered_by'], ['users.id'], name=op.f('fk_transfer_offers_answered_by')),
    sa.ForeignKeyConstraint(['transfer_id'], ['transfers.id'], name=op.f('fk_transfer_offers_transfer_id')),
    sa.ForeignKeyConstraint(['zone_id'], ['zones.id'], name=op.f('fk_transfer_offers_zone_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_transfer_offers'))
    )
    with op.batch_alter_table('transfer_offers', schema=None) as batch_op:
        batch_op.create_index('ix_transfer_offers_transfer', ['transfer_id', 'id'], unique=False)

    op.create_table('transfer_shares',
    sa.Column('transfer_id', sa.Integer(), nullable=False),
    sa.Column('indicator', sa.Enum('count', 'signed', 'fdi', 'fixed', 'tax', name='creditindicator', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('first_share', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('first_share >= 0 AND first_share <= 1000000', name=op.f('ck_transfer_shares_share_in_range')),
    sa.ForeignKeyConstraint(['transfer_id'], ['transfers.id'], name=op.f('fk_transfer_shares_transfer_id')),
    sa.PrimaryKeyConstraint('transfer_id', 'indicator', name=op.f('pk_transfer_shares'))
    )
    with op.batch_alter_table('filings', schema=None) as batch_op:
        batch_op.add_column(sa.Column('owner_id', sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f('ix_filings_owner_id'), ['owner_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_filings_owner_id'), 'users', ['owner_id'], ['id'])

    with op.batch_alter_table('followups', schema=None) as batch_op:
        batch_op.create_index('ix_followups_kind', ['kind', 'state', 'due_on', 'id'], unique=False)
        batch_op.create_index('ix_followups_unit', ['unit_id', 'state', 'due_on', 'id'], unique=False)

    with op.batch_alter_table('visit_ours', schema=None) as batch_op:
        batch_op.create_index('ix_visit_ours_level', ['level', 'visit_id'], unique=False)

    with op.batch_alter_table('visits', schema=None) as batch_op:
        batch_op.add_column(sa.Column('agreed', sa.String(length=1000), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('intent_field', sa.String(length=120), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('intent_amount', sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column('intent_amount_usd', sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column('occasion_id', sa.Integer(), nullable=True))
        batch_op.create_index('ix_visits_mode', ['mode', 'happened_on', 'id', 'occasion_id'], unique=False)
        batch_op.create_index('ix_visits_occasion', ['occasion_id', 'happened_on', 'id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_visits_occasion_id'), 'occasions', ['occasion_id'], ['id'])
    _allow(
        "'companies', 'projects', 'investment', 'targets'",
        "'followup', 'demand', 'instruction', 'decision', 'problem', 'promise'",
        "'expired', 'silent', 'released', 'choice', 'claimed', 'project', 'dispute', 'removed'",
    )
    _targets()


def _targets() -> None:
    """What zones had said of outside companies at a link becomes a target each, so that no chain loses a count."""
    sqlite = op.get_bind().dialect.name == 'sqlite'
    day = 'substr(company_links.updated_at, 1, 10)' if sqlite else 'CAST(company_links.updated_at AS DATE)'
    outside = (
        "FROM link_nodes JOIN company_links ON company_links.id = link_nodes.link_id "
        "JOIN companies ON companies.id = company_links.company_id "
        "WHERE companies.merged_into_id IS NULL AND companies.city NOT LIKE '连云港%'"
    )
    op.execute(
        "INSERT INTO targets (company_id, node_id, zone_id, progress, progress_on, entry_note, standing, owner_id, "
        "given_up_reason, source, is_demo, created_at, updated_at, version) "
        "SELECT company_links.company_id, link_nodes.node_id, company_links.zone_id, company_links.progress, "
        f"{day}, '', '', company_links.owner_id, "
        "CASE WHEN company_links.progress = 'given_up' THEN '从企业联系转入' ELSE '' END, 'manual', companies.is_demo, "
        f"company_links.created_at, company_links.updated_at, 1 {outside}"
    )
    op.execute(
        "INSERT INTO target_steps (target_id, after, \"on\", note, made_at) "
        "SELECT id, progress, progress_on, '从企业联系转入', updated_at FROM targets"
    )


def _allow(kinds: str, duties: str, ends: str) -> None:
    """What may be imported, what a duty is and how a filing ends, as their tables check it."""
    for table, column, check, values in (
        ('heading_templates', 'kind', 'batchkind', kinds),
        ('import_batches', 'kind', 'batchkind', kinds),
        ('followups', 'kind', 'dutykind', duties),
        ('filings', 'end_kind', 'endkind', ends),
    ):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_constraint(op.f(f'ck_{table}_{check}'), type_='check')
            batch_op.create_check_constraint(op.f(f'ck_{table}_{check}'), f"{column} IN ({values})")


def downgrade() -> None:
    op.execute("DELETE FROM import_rows WHERE batch_id IN (SELECT id FROM import_batches WHERE kind = 'targets')")
    for table in ('heading_templates', 'import_batches'):
        op.execute(f"DELETE FROM {table} WHERE kind = 'targets'")
    op.execute("UPDATE followups SET kind = 'followup' WHERE kind = 'promise'")
    op.execute("UPDATE filings SET end_kind = 'released' WHERE end_kind IN ('dispute', 'removed')")
    _allow(
        "'companies', 'projects', 'investment'",
        "'followup', 'demand', 'instruction', 'decision', 'problem'",
        "'expired', 'silent', 'released', 'choice', 'claimed', 'project'",
    )
    with op.batch_alter_table('visit_ours', schema=None) as batch_op:
        batch_op.drop_index('ix_visit_ours_level')

    with op.batch_alter_table('visits', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_visits_occasion_id'), type_='foreignkey')
        batch_op.drop_index('ix_visits_occasion')
        batch_op.drop_index('ix_visits_mode')
        batch_op.drop_column('occasion_id')
        batch_op.drop_column('intent_amount_usd')
        batch_op.drop_column('intent_amount')
        batch_op.drop_column('intent_field')
        batch_op.drop_column('agreed')

    with op.batch_alter_table('followups', schema=None) as batch_op:
        batch_op.drop_index('ix_followups_unit')
        batch_op.drop_index('ix_followups_kind')

    with op.batch_alter_table('filings', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_filings_owner_id'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_filings_owner_id'))
        batch_op.drop_column('owner_id')

    op.drop_table('transfer_shares')
    with op.batch_alter_table('transfer_offers', schema=None) as batch_op:
        batch_op.drop_index('ix_transfer_offers_transfer')

    op.drop_table('transfer_offers')
    with op.batch_alter_table('dispute_words', schema=None) as batch_op:
        batch_op.drop_index('ix_dispute_words_dispute')

    op.drop_table('dispute_words')
    op.drop_table('dispute_steps')
    with op.batch_alter_table('transfers', schema=None) as batch_op:
        batch_op.drop_index('uq_transfers_open', sqlite_where=sa.text("state IN ('waiting', 'city', 'refused')"), postgresql_where=sa.text("state IN ('waiting', 'city', 'refused')"))
        batch_op.drop_index('ix_transfers_to')
        batch_op.drop_index('ix_transfers_project')
        batch_op.drop_index('ix_transfers_from')
        batch_op.drop_index('ix_transfers_due')

    op.drop_table('transfers')
    with op.batch_alter_table('filing_sanctions', schema=None) as batch_op:
        batch_op.drop_index('uq_filing_sanctions_standing', sqlite_where=sa.text('revoked_at IS NULL'), postgresql_where=sa.text('revoked_at IS NULL'))
        batch_op.drop_index('ix_filing_sanctions_zone')
        batch_op.drop_index('ix_filing_sanctions_project')

    op.drop_table('filing_sanctions')
    with op.batch_alter_table('filing_check_hits', schema=None) as batch_op:
        batch_op.drop_index('ix_filing_check_hits_filing')
        batch_op.drop_index('ix_filing_check_hits_check')

    op.drop_table('filing_check_hits')
    with op.batch_alter_table('disputes', schema=None) as batch_op:
        batch_op.drop_index('uq_disputes_open', sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'"))
        batch_op.drop_index('ix_disputes_state')
        batch_op.drop_index('ix_disputes_later')

    op.drop_table('disputes')
    with op.batch_alter_table('target_steps', schema=None) as batch_op:
        batch_op.drop_index('ix_target_steps_target')

    op.drop_table('target_steps')
    with op.batch_alter_table('target_signals', schema=None) as batch_op:
        batch_op.drop_index('ix_target_signals_target')
        batch_op.drop_index(batch_op.f('ix_target_signals_batch_id'))

    op.drop_table('target_signals')
    with op.batch_alter_table('demands', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_demands_leader_id'))

    op.drop_table('demands')
    with op.batch_alter_table('campaign_targets', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_campaign_targets_target_id'))

    op.drop_table('campaign_targets')
    with op.batch_alter_table('targets', schema=None) as batch_op:
        batch_op.drop_index('uq_targets_open_city', sqlite_where=sa.text('node_id IS NULL AND zone_id IS NULL'), postgresql_where=sa.text('node_id IS NULL AND zone_id IS NULL'))
        batch_op.drop_index('uq_targets_open', sqlite_where=sa.text('node_id IS NULL AND zone_id IS NOT NULL'), postgresql_where=sa.text('node_id IS NULL AND zone_id IS NOT NULL'))
        batch_op.drop_index('uq_targets_city', sqlite_where=sa.text('zone_id IS NULL AND node_id IS NOT NULL'), postgresql_where=sa.text('zone_id IS NULL AND node_id IS NOT NULL'))
        batch_op.drop_index('ix_targets_zone')
        batch_op.drop_index('ix_targets_updated')
        batch_op.drop_index(batch_op.f('ix_targets_project_id'))
        batch_op.drop_index(batch_op.f('ix_targets_owner_id'))
        batch_op.drop_index('ix_targets_node')
        batch_op.drop_index(batch_op.f('ix_targets_batch_id'))

    op.drop_table('targets')
    with op.batch_alter_table('occasion_ours', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_occasion_ours_user_id'))
        batch_op.drop_index('ix_occasion_ours_occasion')
        batch_op.drop_index(batch_op.f('ix_occasion_ours_leader_id'))

    op.drop_table('occasion_ours')
    with op.batch_alter_table('handover_items', schema=None) as batch_op:
        batch_op.drop_index('ix_handover_items_handover')

    op.drop_table('handover_items')
    with op.batch_alter_table('filing_checks', schema=None) as batch_op:
        batch_op.drop_index('ix_filing_checks_user')

    op.drop_table('filing_checks')
    with op.batch_alter_table('chain_plan_steps', schema=None) as batch_op:
        batch_op.drop_index('ix_chain_plan_steps_plan')

    op.drop_table('chain_plan_steps')
    with op.batch_alter_table('chain_plan_files', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_chain_plan_files_sha256'))
        batch_op.drop_index('ix_chain_plan_files_plan')

    op.drop_table('chain_plan_files')
    with op.batch_alter_table('campaign_nodes', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_campaign_nodes_node_id'))

    op.drop_table('campaign_nodes')
    with op.batch_alter_table('zone_chains', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_zone_chains_chain_id'))

    op.drop_table('zone_chains')
    with op.batch_alter_table('station_days', schema=None) as batch_op:
        batch_op.drop_index('ix_station_days_zone')
        batch_op.drop_index(batch_op.f('ix_station_days_station_id'))
        batch_op.drop_index('ix_station_days_day')
        batch_op.drop_index(batch_op.f('ix_station_days_created_by'))

    op.drop_table('station_days')
    with op.batch_alter_table('occasions', schema=None) as batch_op:
        batch_op.drop_index('ix_occasions_zone')
        batch_op.drop_index('ix_occasions_kind')
        batch_op.drop_index(batch_op.f('ix_occasions_created_by'))

    op.drop_table('occasions')
    with op.batch_alter_table('handovers', schema=None) as batch_op:
        batch_op.drop_index('ix_handovers_zone')
        batch_op.drop_index('ix_handovers_person')

    op.drop_table('handovers')
    with op.batch_alter_table('escalations', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_escalations_zone_id'))
        batch_op.drop_index('ix_escalations_user')
        batch_op.drop_index('ix_escalations_subject')
        batch_op.drop_index('ix_escalations_role')

    op.drop_table('escalations')
    with op.batch_alter_table('chain_plans', schema=None) as batch_op:
        batch_op.drop_index('ix_chain_plans_year')

    op.drop_table('chain_plans')
    with op.batch_alter_table('catalogue_namings', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_catalogue_namings_company_id'))

    op.drop_table('catalogue_namings')
    op.drop_table('catalogue_entries')
    with op.batch_alter_table('campaigns', schema=None) as batch_op:
        batch_op.drop_index('uq_campaigns_city', sqlite_where=sa.text('zone_id IS NULL'), postgresql_where=sa.text('zone_id IS NULL'))

    op.drop_table('campaigns')
    with op.batch_alter_table('absences', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_absences_zone_id'))
        batch_op.drop_index('ix_absences_user')
        batch_op.drop_index(batch_op.f('ix_absences_checked_by'))

    op.drop_table('absences')
    op.drop_table('told')
    with op.batch_alter_table('outbox', schema=None) as batch_op:
        batch_op.drop_index('ix_outbox_user')
        batch_op.drop_index('ix_outbox_queue')

    op.drop_table('outbox')
    op.drop_table('notify_choices')
    op.drop_table('chain_plan_dues')
    op.drop_table('catalogue_releases')
