"""The first floor: every table of the foundation, and the search indexes."""

import sqlalchemy as sa
from alembic import op


revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


#: The search indexes, which the models do not know; written out here so that history does not move with the code.
MAKE = {
    "sqlite": (
        "CREATE VIRTUAL TABLE IF NOT EXISTS companies_fts USING fts5(search_tokens, content='companies', "
        "content_rowid='id', tokenize='ascii', columnsize=0, detail=none)",
        "INSERT INTO companies_fts(companies_fts, rank) VALUES ('hashsize', 67108864)",
        'CREATE TRIGGER IF NOT EXISTS companies_fts_insert AFTER INSERT ON companies BEGIN INSERT INTO co'
        'mpanies_fts(rowid, search_tokens) VALUES (new.id, new.search_tokens); END',
        'CREATE TRIGGER IF NOT EXISTS companies_fts_delete AFTER DELETE ON companies BEGIN INSERT INTO co'
        "mpanies_fts(companies_fts, rowid, search_tokens) VALUES ('delete', old.id, old.search_tokens); E"
        'ND',
        'CREATE TRIGGER IF NOT EXISTS companies_fts_update AFTER UPDATE OF id, search_tokens ON companies'
        ' WHEN old.id IS NOT new.id OR old.search_tokens IS NOT new.search_tokens BEGIN INSERT INTO compa'
        "nies_fts(companies_fts, rowid, search_tokens) VALUES ('delete', old.id, old.search_tokens); INSE"
        'RT INTO companies_fts(rowid, search_tokens) VALUES (new.id, new.search_tokens); END',
        "INSERT INTO companies_fts(companies_fts) VALUES ('rebuild')",
        "CREATE VIRTUAL TABLE IF NOT EXISTS projects_fts USING fts5(search_tokens, content='projects', co"
        "ntent_rowid='id', tokenize='ascii', columnsize=0, detail=none)",
        "INSERT INTO projects_fts(projects_fts, rank) VALUES ('hashsize', 67108864)",
        'CREATE TRIGGER IF NOT EXISTS projects_fts_insert AFTER INSERT ON projects BEGIN INSERT INTO proj'
        'ects_fts(rowid, search_tokens) VALUES (new.id, new.search_tokens); END',
        'CREATE TRIGGER IF NOT EXISTS projects_fts_delete AFTER DELETE ON projects BEGIN INSERT INTO proj'
        "ects_fts(projects_fts, rowid, search_tokens) VALUES ('delete', old.id, old.search_tokens); END",
        'CREATE TRIGGER IF NOT EXISTS projects_fts_update AFTER UPDATE OF id, search_tokens ON projects W'
        'HEN old.id IS NOT new.id OR old.search_tokens IS NOT new.search_tokens BEGIN INSERT INTO project'
        "s_fts(projects_fts, rowid, search_tokens) VALUES ('delete', old.id, old.search_tokens); INSERT I"
        'NTO projects_fts(rowid, search_tokens) VALUES (new.id, new.search_tokens); END',
        "INSERT INTO projects_fts(projects_fts) VALUES ('rebuild')",
    ),
    "postgresql": (
        'CREATE INDEX IF NOT EXISTS ix_companies_search ON companies USING gin (array_to_tsvector(string_'
        "to_array(search_tokens, ' ')))",
        'CREATE INDEX IF NOT EXISTS ix_projects_search ON projects USING gin (array_to_tsvector(string_to'
        "_array(search_tokens, ' ')))",
    ),
}

DROP = {
    "sqlite": (
        'DROP TRIGGER IF EXISTS companies_fts_insert',
        'DROP TRIGGER IF EXISTS companies_fts_delete',
        'DROP TRIGGER IF EXISTS companies_fts_update',
        'DROP TABLE IF EXISTS companies_fts',
        'DROP TRIGGER IF EXISTS projects_fts_insert',
        'DROP TRIGGER IF EXISTS projects_fts_delete',
        'DROP TRIGGER IF EXISTS projects_fts_update',
        'DROP TABLE IF EXISTS projects_fts',
    ),
    "postgresql": (
        'DROP INDEX IF EXISTS ix_companies_search',
        'DROP INDEX IF EXISTS ix_projects_search',
    ),
}


def upgrade() -> None:
    op.create_table('audit_events',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('code', sa.String(length=60), nullable=False),
    sa.Column('result', sa.String(length=12), nullable=False),
    sa.Column('actor_id', sa.Integer(), nullable=True),
    sa.Column('actor_name', sa.String(length=80), nullable=False),
    sa.Column('post', sa.String(length=120), nullable=False),
    sa.Column('ip', sa.String(length=45), nullable=False),
    sa.Column('subject_type', sa.String(length=40), nullable=False),
    sa.Column('subject_id', sa.Integer(), nullable=True),
    sa.Column('subject_label', sa.String(length=240), nullable=False),
    sa.Column('zone_id', sa.Integer(), nullable=True),
    sa.Column('project_id', sa.Integer(), nullable=True),
    sa.Column('company_id', sa.Integer(), nullable=True),
    sa.Column('diff', sa.JSON(), nullable=False),
    sa.Column('note', sa.String(length=500), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_events'))
    )
    with op.batch_alter_table('audit_events', schema=None) as batch_op:
        batch_op.create_index('ix_audit_events_actor', ['actor_id', 'id'], unique=False)
        batch_op.create_index('ix_audit_events_at', ['at', 'id'], unique=False)
        batch_op.create_index('ix_audit_events_code', ['code', 'id'], unique=False)
        batch_op.create_index('ix_audit_events_company', ['company_id', 'id'], unique=False)
        batch_op.create_index('ix_audit_events_project', ['project_id', 'id'], unique=False)
        batch_op.create_index('ix_audit_events_subject', ['subject_type', 'subject_id', 'id'], unique=False)

    op.create_table('chains',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('name_en', sa.String(length=120), nullable=False),
    sa.Column('lead_name', sa.String(length=80), nullable=False),
    sa.Column('zone_codes', sa.JSON(), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('source', sa.String(length=300), nullable=False),
    sa.Column('order_no', sa.Integer(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('edited', sa.Boolean(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_chains')),
    sa.UniqueConstraint('code', name=op.f('uq_chains_code'))
    )
    op.create_table('code_counters',
    sa.Column('prefix', sa.String(length=20), nullable=False),
    sa.Column('year', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('last', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('prefix', 'year', name=op.f('pk_code_counters'))
    )
    op.create_table('companies',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('short_name', sa.String(length=80), nullable=False),
    sa.Column('key', sa.String(length=200), nullable=False),
    sa.Column('loose_key', sa.String(length=200), nullable=False),
    sa.Column('sort_key', sa.String(length=80), nullable=False),
    sa.Column('uscc', sa.String(length=18), nullable=True),
    sa.Column('old_reg_no', sa.String(length=15), nullable=True),
    sa.Column('listed_code', sa.String(length=12), nullable=True),
    sa.Column('kind', sa.Enum('private', 'state', 'foreign', 'listed', 'fund', 'institute', 'other', name='companykind', native_enum=False, create_constraint=True, length=24), nullable=True),
    sa.Column('region', sa.String(length=60), nullable=False),
    sa.Column('city', sa.String(length=60), nullable=False),
    sa.Column('address', sa.String(length=200), nullable=False),
    sa.Column('industry', sa.String(length=80), nullable=False),
    sa.Column('industry_code', sa.String(length=8), nullable=False),
    sa.Column('founded_on', sa.Date(), nullable=True),
    sa.Column('registered_capital', sa.BigInteger(), nullable=True),
    sa.Column('registered_capital_text', sa.String(length=60), nullable=False),
    sa.Column('website', sa.String(length=200), nullable=False),
    sa.Column('parent_id', sa.Integer(), nullable=True),
    sa.Column('merged_into_id', sa.Integer(), nullable=True),
    sa.Column('batch_id', sa.Integer(), nullable=True),
    sa.Column('is_demo', sa.Boolean(), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('business', sa.Text(), nullable=False),
    sa.Column('search_text', sa.Text(), nullable=False),
    sa.Column('search_tokens', sa.Text(), nullable=False),
    sa.CheckConstraint('length(name) > 0', name=op.f('ck_companies_has_a_name')),
    sa.CheckConstraint('merged_into_id IS NULL OR merged_into_id <> id', name=op.f('ck_companies_not_merged_into_itself')),
    sa.ForeignKeyConstraint(['merged_into_id'], ['companies.id'], name=op.f('fk_companies_merged_into_id')),
    sa.ForeignKeyConstraint(['parent_id'], ['companies.id'], name=op.f('fk_companies_parent_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_companies'))
    )
    with op.batch_alter_table('companies', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_companies_batch_id'), ['batch_id'], unique=False)
        batch_op.create_index('ix_companies_city', ['city', 'sort_key', 'id'], unique=False, sqlite_where=sa.text('merged_into_id IS NULL'), postgresql_where=sa.text('merged_into_id IS NULL'))
        batch_op.create_index('ix_companies_industry', ['industry', 'sort_key', 'id'], unique=False, sqlite_where=sa.text('merged_into_id IS NULL'), postgresql_where=sa.text('merged_into_id IS NULL'))
        batch_op.create_index(batch_op.f('ix_companies_key'), ['key'], unique=False)
        batch_op.create_index('ix_companies_listed_code', ['listed_code'], unique=False, sqlite_where=sa.text('listed_code IS NOT NULL'), postgresql_where=sa.text('listed_code IS NOT NULL'))
        batch_op.create_index('ix_companies_live', ['id', 'merged_into_id'], unique=False, sqlite_where=sa.text('merged_into_id IS NULL'), postgresql_where=sa.text('merged_into_id IS NULL'))
        batch_op.create_index(batch_op.f('ix_companies_loose_key'), ['loose_key'], unique=False)
        batch_op.create_index('ix_companies_merged_into_id', ['merged_into_id'], unique=False, sqlite_where=sa.text('merged_into_id IS NOT NULL'), postgresql_where=sa.text('merged_into_id IS NOT NULL'))
        batch_op.create_index('ix_companies_old_reg_no', ['old_reg_no'], unique=False, sqlite_where=sa.text('old_reg_no IS NOT NULL'), postgresql_where=sa.text('old_reg_no IS NOT NULL'))
        batch_op.create_index('ix_companies_parent_id', ['parent_id'], unique=False, sqlite_where=sa.text('parent_id IS NOT NULL'), postgresql_where=sa.text('parent_id IS NOT NULL'))
        batch_op.create_index('ix_companies_region', ['region', 'sort_key', 'id'], unique=False, sqlite_where=sa.text('merged_into_id IS NULL'), postgresql_where=sa.text('merged_into_id IS NULL'))
        batch_op.create_index('ix_companies_sort', ['sort_key', 'id'], unique=False, sqlite_where=sa.text('merged_into_id IS NULL'), postgresql_where=sa.text('merged_into_id IS NULL'))
        batch_op.create_index('ix_companies_updated', ['updated_at', 'id'], unique=False, sqlite_where=sa.text('merged_into_id IS NULL'), postgresql_where=sa.text('merged_into_id IS NULL'))
        batch_op.create_index('uq_companies_uscc', ['uscc'], unique=True, sqlite_where=sa.text('uscc IS NOT NULL'), postgresql_where=sa.text('uscc IS NOT NULL'))

    op.create_table('job_runs',
    sa.Column('job', sa.String(length=60), nullable=False),
    sa.Column('slot', sa.DateTime(timezone=True), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ok', sa.Boolean(), nullable=False),
    sa.Column('message', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('job', 'slot', name=op.f('pk_job_runs'))
    )
    op.create_table('period_locks',
    sa.Column('month', sa.String(length=7), nullable=False),
    sa.Column('locked_by', sa.Integer(), nullable=True),
    sa.Column('locked_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('month', name=op.f('pk_period_locks'))
    )
    op.create_table('plans',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('document_no', sa.String(length=80), nullable=False),
    sa.Column('first_year', sa.Integer(), nullable=False),
    sa.Column('last_year', sa.Integer(), nullable=False),
    sa.Column('counting_milestone', sa.Enum('signed', 'registered', 'started', name='countingmilestone', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('amount_basis', sa.Enum('total', 'fixed', name='amountbasis', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('carry_surplus', sa.Boolean(), nullable=False),
    sa.Column('copied_from_id', sa.Integer(), nullable=True),
    sa.Column('banner', sa.String(length=200), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('edited', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('last_year >= first_year', name=op.f('ck_plans_years_in_order')),
    sa.ForeignKeyConstraint(['copied_from_id'], ['plans.id'], name=op.f('fk_plans_copied_from_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_plans')),
    sa.UniqueConstraint('code', name=op.f('uq_plans_code'))
    )
    op.create_table('sign_ins',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('login', sa.String(length=60), nullable=False),
    sa.Column('ip', sa.String(length=45), nullable=False),
    sa.Column('ok', sa.Boolean(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sign_ins'))
    )
    with op.batch_alter_table('sign_ins', schema=None) as batch_op:
        batch_op.create_index('ix_sign_ins_ip', ['ip', 'at'], unique=False)
        batch_op.create_index('ix_sign_ins_login', ['login', 'at'], unique=False)

    op.create_table('units',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('short_name', sa.String(length=60), nullable=False),
    sa.Column('kind', sa.Enum('city', 'county', 'block', 'zone', 'group', 'station', 'department', name='unitkind', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('parent_id', sa.Integer(), nullable=True),
    sa.Column('zone_id', sa.Integer(), nullable=True),
    sa.Column('county_id', sa.Integer(), nullable=True),
    sa.Column('order_no', sa.Integer(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('source', sa.String(length=300), nullable=False),
    sa.Column('edited', sa.Boolean(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("parent_id IS NOT NULL OR kind = 'city'", name=op.f('ck_units_only_the_city_has_no_parent')),
    sa.ForeignKeyConstraint(['county_id'], ['units.id'], name=op.f('fk_units_county_id')),
    sa.ForeignKeyConstraint(['parent_id'], ['units.id'], name=op.f('fk_units_parent_id')),
    sa.ForeignKeyConstraint(['zone_id'], ['units.id'], name=op.f('fk_units_zone_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_units')),
    sa.UniqueConstraint('code', name=op.f('uq_units_code'))
    )
    with op.batch_alter_table('units', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_units_county_id'), ['county_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_units_parent_id'), ['parent_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_units_zone_id'), ['zone_id'], unique=False)

    op.create_table('users',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('login', sa.String(length=60), nullable=False),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('password_hash', sa.String(length=200), nullable=False),
    sa.Column('must_change', sa.Boolean(), nullable=False),
    sa.Column('password_changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('failed_count', sa.Integer(), nullable=False),
    sa.Column('locked_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('session_epoch', sa.Integer(), nullable=False),
    sa.Column('is_demo', sa.Boolean(), nullable=False),
    sa.Column('preferences', sa.JSON(), nullable=False),
    sa.Column('last_post_id', sa.Integer(), nullable=True),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_users')),
    sa.UniqueConstraint('login', name=op.f('uq_users_login'))
    )
    op.create_table('weekly_issues',
    sa.Column('week', sa.String(length=8), nullable=False),
    sa.Column('starts_after', sa.DateTime(timezone=True), nullable=False),
    sa.Column('cut_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('week', name=op.f('pk_weekly_issues'))
    )
    op.create_table('calendar_days',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('working', sa.Boolean(), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('source', sa.String(length=200), nullable=False),
    sa.Column('changed_by', sa.Integer(), nullable=True),
    sa.Column('by_name', sa.String(length=60), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['changed_by'], ['users.id'], name=op.f('fk_calendar_days_changed_by')),
    sa.PrimaryKeyConstraint('day', name=op.f('pk_calendar_days'))
    )
    op.create_table('chain_nodes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('chain_id', sa.Integer(), nullable=False),
    sa.Column('parent_id', sa.Integer(), nullable=True),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('name_en', sa.String(length=120), nullable=False),
    sa.Column('position', sa.Enum('upstream', 'midstream', 'downstream', 'supporting', name='position', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('products', sa.JSON(), nullable=False),
    sa.Column('gbt4754', sa.JSON(), nullable=False),
    sa.Column('anchors', sa.JSON(), nullable=False),
    sa.Column('state', sa.Enum('missing', 'weak', 'fair', 'strong', name='nodestate', native_enum=False, create_constraint=True, length=24), nullable=True),
    sa.Column('state_note', sa.String(length=300), nullable=False),
    sa.Column('state_by', sa.Integer(), nullable=True),
    sa.Column('state_on', sa.Date(), nullable=True),
    sa.Column('order_no', sa.Integer(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('source', sa.String(length=300), nullable=False),
    sa.Column('edited', sa.Boolean(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('state IS NULL OR state_on IS NOT NULL', name=op.f('ck_chain_nodes_assessed_on_a_day')),
    sa.ForeignKeyConstraint(['chain_id'], ['chains.id'], name=op.f('fk_chain_nodes_chain_id')),
    sa.ForeignKeyConstraint(['parent_id'], ['chain_nodes.id'], name=op.f('fk_chain_nodes_parent_id')),
    sa.ForeignKeyConstraint(['state_by'], ['users.id'], name=op.f('fk_chain_nodes_state_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_chain_nodes')),
    sa.UniqueConstraint('code', name=op.f('uq_chain_nodes_code'))
    )
    with op.batch_alter_table('chain_nodes', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_chain_nodes_chain_id'), ['chain_id'], unique=False)

    op.create_table('company_aliases',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('company_id', sa.Integer(), nullable=False),
    sa.Column('alias', sa.String(length=200), nullable=False),
    sa.Column('key', sa.String(length=200), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.ForeignKeyConstraint(['company_id'], ['companies.id'], name=op.f('fk_company_aliases_company_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_company_aliases')),
    sa.UniqueConstraint('company_id', 'key', name=op.f('uq_company_aliases_company_id_key'))
    )
    with op.batch_alter_table('company_aliases', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_company_aliases_key'), ['key'], unique=False)

    op.create_table('heading_templates',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Enum('companies', 'projects', name='batchkind', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('signature', sa.String(length=64), nullable=False),
    sa.Column('mapping', sa.JSON(), nullable=False),
    sa.Column('updated_by', sa.Integer(), nullable=True),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['unit_id'], ['units.id'], name=op.f('fk_heading_templates_unit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_heading_templates')),
    sa.UniqueConstraint('unit_id', 'kind', 'signature', name=op.f('uq_heading_templates_unit_id_kind_signature'))
    )
    op.create_table('leaders',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.Column('level', sa.Enum('city_main', 'city_charge', 'county_main', 'county_charge', 'department', name='leaderlevel', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('rank_no', sa.Integer(), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=True),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('ends_on IS NULL OR ends_on >= starts_on', name=op.f('ck_leaders_term_in_order')),
    sa.ForeignKeyConstraint(['unit_id'], ['units.id'], name=op.f('fk_leaders_unit_id')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_leaders_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_leaders'))
    )
    with op.batch_alter_table('leaders', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_leaders_unit_id'), ['unit_id'], unique=False)

    op.create_table('notices',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('text', sa.String(length=400), nullable=False),
    sa.Column('url', sa.String(length=300), nullable=False),
    sa.Column('dedupe', sa.String(length=120), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_notices_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notices')),
    sa.UniqueConstraint('dedupe', name=op.f('uq_notices_dedupe'))
    )
    with op.batch_alter_table('notices', schema=None) as batch_op:
        batch_op.create_index('ix_notices_user', ['user_id', 'read_at', 'id'], unique=False)

    op.create_table('password_history',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('password_hash', sa.String(length=200), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_password_history_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_password_history'))
    )
    with op.batch_alter_table('password_history', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_password_history_user_id'), ['user_id'], unique=False)

    op.create_table('posts',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('role', sa.Enum('officer', 'specialist', 'chief', 'county', 'dept', 'bureau', 'leader', 'sysadmin', 'secadmin', 'auditor', name='role', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('title', sa.String(length=80), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=True),
    sa.Column('proposed_by', sa.Integer(), nullable=True),
    sa.Column('confirmed_by', sa.Integer(), nullable=True),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('refused_by', sa.Integer(), nullable=True),
    sa.Column('refused_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('refusal', sa.String(length=300), nullable=False),
    sa.Column('reviewed_by', sa.Integer(), nullable=True),
    sa.Column('reviewed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('end_proposed_by', sa.Integer(), nullable=True),
    sa.Column('end_proposed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('end_reason', sa.String(length=300), nullable=False),
    sa.Column('revoked_by', sa.Integer(), nullable=True),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('ends_on IS NULL OR ends_on >= starts_on', name=op.f('ck_posts_term_in_order')),
    sa.ForeignKeyConstraint(['unit_id'], ['units.id'], name=op.f('fk_posts_unit_id')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_posts_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_posts'))
    )
    with op.batch_alter_table('posts', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_posts_unit_id'), ['unit_id'], unique=False)
        batch_op.create_index('ix_posts_user', ['user_id', 'unit_id'], unique=False)

    op.create_table('setting_changes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=60), nullable=False),
    sa.Column('value', sa.JSON(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('replaces', sa.Integer(), nullable=False),
    sa.Column('changed_by', sa.Integer(), nullable=True),
    sa.Column('by_name', sa.String(length=60), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['changed_by'], ['users.id'], name=op.f('fk_setting_changes_changed_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_setting_changes')),
    sa.UniqueConstraint('key', 'replaces', name=op.f('uq_setting_changes_key_replaces'))
    )
    with op.batch_alter_table('setting_changes', schema=None) as batch_op:
        batch_op.create_index('ix_setting_changes_key', ['key', 'id'], unique=False)

    op.create_table('tasks',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.Column('state', sa.Enum('queued', 'running', 'done', 'failed', name='taskstate', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('payload', sa.JSON(), nullable=False),
    sa.Column('result', sa.JSON(), nullable=False),
    sa.Column('message', sa.Text(), nullable=False),
    sa.Column('done', sa.Integer(), nullable=False),
    sa.Column('total', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('post_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_tasks_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_tasks'))
    )
    with op.batch_alter_table('tasks', schema=None) as batch_op:
        batch_op.create_index('ix_tasks_queue', ['state', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_tasks_user_id'), ['user_id'], unique=False)

    op.create_table('zones',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('short_name', sa.String(length=60), nullable=False),
    sa.Column('level', sa.String(length=60), nullable=False),
    sa.Column('zone_type', sa.String(length=80), nullable=False),
    sa.Column('district', sa.String(length=60), nullable=False),
    sa.Column('leading_industries', sa.JSON(), nullable=False),
    sa.Column('established', sa.String(length=60), nullable=False),
    sa.Column('chemical_park', sa.String(length=60), nullable=False),
    sa.Column('notes', sa.Text(), nullable=False),
    sa.Column('sources', sa.JSON(), nullable=False),
    sa.Column('order_no', sa.Integer(), nullable=False),
    sa.Column('edited', sa.Boolean(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['id'], ['units.id'], name=op.f('fk_zones_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_zones')),
    sa.UniqueConstraint('code', name=op.f('uq_zones_code'))
    )
    op.create_table('company_links',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('company_id', sa.Integer(), nullable=False),
    sa.Column('zone_id', sa.Integer(), nullable=True),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('progress', sa.Enum('untouched', 'contacted', 'talking', 'given_up', name='linkprogress', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('source', sa.String(length=60), nullable=False),
    sa.Column('notes', sa.Text(), nullable=False),
    sa.Column('batch_id', sa.Integer(), nullable=True),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['company_id'], ['companies.id'], name=op.f('fk_company_links_company_id')),
    sa.ForeignKeyConstraint(['owner_id'], ['users.id'], name=op.f('fk_company_links_owner_id')),
    sa.ForeignKeyConstraint(['zone_id'], ['zones.id'], name=op.f('fk_company_links_zone_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_company_links')),
    sa.UniqueConstraint('company_id', 'zone_id', name=op.f('uq_company_links_company_id_zone_id'))
    )
    with op.batch_alter_table('company_links', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_company_links_batch_id'), ['batch_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_company_links_owner_id'), ['owner_id'], unique=False)
        batch_op.create_index('ix_company_links_progress', ['progress', 'zone_id'], unique=False)
        batch_op.create_index('ix_company_links_zone', ['zone_id', 'updated_at', 'id'], unique=False)
        batch_op.create_index('uq_company_links_city', ['company_id'], unique=True, sqlite_where=sa.text('zone_id IS NULL'), postgresql_where=sa.text('zone_id IS NULL'))

    op.create_table('contacts',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('company_id', sa.Integer(), nullable=False),
    sa.Column('zone_id', sa.Integer(), nullable=True),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('post', sa.String(length=80), nullable=False),
    sa.Column('phone', sa.Text(), nullable=True),
    sa.Column('phone_mask', sa.String(length=24), nullable=False),
    sa.Column('phone_hash', sa.String(length=64), nullable=True),
    sa.Column('phone_tail_hash', sa.String(length=64), nullable=True),
    sa.Column('note', sa.String(length=300), nullable=False),
    sa.Column('main', sa.Boolean(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('batch_id', sa.Integer(), nullable=True),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['company_id'], ['companies.id'], name=op.f('fk_contacts_company_id')),
    sa.ForeignKeyConstraint(['zone_id'], ['zones.id'], name=op.f('fk_contacts_zone_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contacts'))
    )
    with op.batch_alter_table('contacts', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_contacts_batch_id'), ['batch_id'], unique=False)
        batch_op.create_index('ix_contacts_company', ['company_id', 'zone_id'], unique=False)
        batch_op.create_index('ix_contacts_phone', ['phone_hash'], unique=False)
        batch_op.create_index('ix_contacts_tail', ['phone_tail_hash'], unique=False)
        batch_op.create_index(batch_op.f('ix_contacts_zone_id'), ['zone_id'], unique=False)

    op.create_table('export_requests',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('list', sa.String(length=20), nullable=False),
    sa.Column('format', sa.String(length=8), nullable=False),
    sa.Column('asked', sa.JSON(), nullable=False),
    sa.Column('rows', sa.Integer(), nullable=False),
    sa.Column('reason', sa.String(length=300), nullable=False),
    sa.Column('state', sa.Enum('pending', 'approved', 'refused', name='requeststate', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('post_id', sa.Integer(), nullable=True),
    sa.Column('zone_id', sa.Integer(), nullable=True),
    sa.Column('decided_by', sa.Integer(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decision_note', sa.String(length=300), nullable=False),
    sa.Column('task_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('decided_by IS NULL OR decided_by <> user_id', name=op.f('ck_export_requests_second_person')),
    sa.ForeignKeyConstraint(['decided_by'], ['users.id'], name=op.f('fk_export_requests_decided_by')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_export_requests_user_id')),
    sa.ForeignKeyConstraint(['zone_id'], ['zones.id'], name=op.f('fk_export_requests_zone_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_export_requests'))
    )
    with op.batch_alter_table('export_requests', schema=None) as batch_op:
        batch_op.create_index('ix_export_requests_state', ['state', 'zone_id', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_export_requests_user_id'), ['user_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_export_requests_zone_id'), ['zone_id'], unique=False)

    op.create_table('import_batches',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Enum('companies', 'projects', name='batchkind', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('state', sa.Enum('uploaded', 'reading', 'read', 'committing', 'committed', 'failed', 'undone', name='batchstate', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('filename', sa.String(length=200), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('zone_id', sa.Integer(), nullable=True),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('sheets', sa.JSON(), nullable=False),
    sa.Column('mapping', sa.JSON(), nullable=False),
    sa.Column('choices', sa.JSON(), nullable=False),
    sa.Column('counts', sa.JSON(), nullable=False),
    sa.Column('message', sa.Text(), nullable=False),
    sa.Column('task_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('committed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('undone_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_import_batches_user_id')),
    sa.ForeignKeyConstraint(['zone_id'], ['zones.id'], name=op.f('fk_import_batches_zone_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_import_batches'))
    )
    with op.batch_alter_table('import_batches', schema=None) as batch_op:
        batch_op.create_index('ix_import_batches_user', ['user_id', 'id'], unique=False)
        batch_op.create_index('ix_import_batches_zone', ['zone_id', 'id'], unique=False)

    op.create_table('projects',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('key', sa.String(length=200), nullable=False),
    sa.Column('sort_key', sa.String(length=80), nullable=False),
    sa.Column('statistics_name', sa.String(length=200), nullable=False),
    sa.Column('company_id', sa.Integer(), nullable=True),
    sa.Column('zone_id', sa.Integer(), nullable=True),
    sa.Column('first_zone_id', sa.Integer(), nullable=True),
    sa.Column('node_id', sa.Integer(), nullable=True),
    sa.Column('chain_action', sa.Enum('build', 'fill', 'strengthen', 'extend', name='chainaction', native_enum=False, create_constraint=True, length=24), nullable=True),
    sa.Column('chain_action_reason', sa.String(length=300), nullable=False),
    sa.Column('source', sa.Enum('own', 'city', 'station', 'existing', 'chain', 'introducer', 'association', 'fund', 'event', 'hometown', 'other', name='source', native_enum=False, create_constraint=True, length=24), nullable=True),
    sa.Column('source_note', sa.String(length=200), nullable=False),
    sa.Column('kind', sa.Enum('new', 'expansion', 'relocation', 'headquarters', 'other', name='projectkind', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('capital', sa.Enum('domestic', 'foreign', name='capital', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('total_investment', sa.BigInteger(), nullable=True),
    sa.Column('total_investment_usd', sa.BigInteger(), nullable=True),
    sa.Column('fixed_investment', sa.BigInteger(), nullable=True),
    sa.Column('fixed_investment_usd', sa.BigInteger(), nullable=True),
    sa.Column('equipment_investment', sa.BigInteger(), nullable=True),
    sa.Column('amount_note', sa.String(length=120), nullable=False),
    sa.Column('fx_rate', sa.BigInteger(), nullable=True),
    sa.Column('land_mu', sa.BigInteger(), nullable=True),
    sa.Column('plant_sqm', sa.BigInteger(), nullable=True),
    sa.Column('annual_output', sa.BigInteger(), nullable=True),
    sa.Column('annual_tax', sa.BigInteger(), nullable=True),
    sa.Column('content', sa.Text(), nullable=False),
    sa.Column('address', sa.String(length=200), nullable=False),
    sa.Column('industry', sa.String(length=80), nullable=False),
    sa.Column('investor_text', sa.String(length=300), nullable=False),
    sa.Column('stage', sa.Enum('lead', 'filed', 'preliminary', 'in_depth', 'review', 'intent', 'signed', 'registered', 'approved', 'started', 'completed', 'producing', 'full', name='stage', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('stage_since', sa.Date(), nullable=False),
    sa.Column('status', sa.Enum('active', 'on_hold', 'lost', 'terminated', 'transferred', name='status', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('status_since', sa.Date(), nullable=False),
    sa.Column('status_reason', sa.String(length=500), nullable=False),
    sa.Column('tier', sa.Enum('t100', 't50', 't10', 't5', 't1', 'below', name='tier', native_enum=False, create_constraint=True, length=24), nullable=True),
    sa.Column('confidential', sa.Boolean(), nullable=False),
    sa.Column('exclusion', sa.Enum('working_capital', 'real_estate', 'government', 'extraction', 'network_outlet', 'local_relocation', 'later_phase', 'old_plant_line', name='exclusion', native_enum=False, create_constraint=True, length=24), nullable=True),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('first_contact_on', sa.Date(), nullable=True),
    sa.Column('first_contact_precision', sa.Enum('day', 'xun', 'month', 'quarter', 'half', 'year', name='first_contact_precision', native_enum=False, create_constraint=True, length=24), nullable=True),
    sa.Column('first_contact_text', sa.String(length=60), nullable=False),
    sa.Column('expected_sign_on', sa.Date(), nullable=True),
    sa.Column('expected_sign_precision', sa.Enum('day', 'xun', 'month', 'quarter', 'half', 'year', name='expected_sign_precision', native_enum=False, create_constraint=True, length=24), nullable=True),
    sa.Column('expected_sign_text', sa.String(length=60), nullable=False),
    sa.Column('expected_start_on', sa.Date(), nullable=True),
    sa.Column('search_tokens', sa.Text(), nullable=False),
    sa.Column('search_text', sa.Text(), nullable=False),
    sa.Column('batch_id', sa.Integer(), nullable=True),
    sa.Column('is_demo', sa.Boolean(), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('land_mu >= 0', name=op.f('ck_projects_land_not_negative')),
    sa.CheckConstraint('length(name) > 0', name=op.f('ck_projects_has_a_name')),
    sa.CheckConstraint('total_investment >= 0 AND fixed_investment >= 0', name=op.f('ck_projects_amounts_not_negative')),
    sa.CheckConstraint('total_investment_usd >= 0 AND fixed_investment_usd >= 0', name=op.f('ck_projects_usd_not_negative')),
    sa.ForeignKeyConstraint(['company_id'], ['companies.id'], name=op.f('fk_projects_company_id')),
    sa.ForeignKeyConstraint(['first_zone_id'], ['zones.id'], name=op.f('fk_projects_first_zone_id')),
    sa.ForeignKeyConstraint(['node_id'], ['chain_nodes.id'], name=op.f('fk_projects_node_id')),
    sa.ForeignKeyConstraint(['owner_id'], ['users.id'], name=op.f('fk_projects_owner_id')),
    sa.ForeignKeyConstraint(['zone_id'], ['zones.id'], name=op.f('fk_projects_zone_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_projects')),
    sa.UniqueConstraint('code', name=op.f('uq_projects_code'))
    )
    with op.batch_alter_table('projects', schema=None) as batch_op:
        batch_op.create_index('ix_projects_amount', ['total_investment', 'id'], unique=False)
        batch_op.create_index('ix_projects_amount_usd', ['total_investment_usd', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_projects_batch_id'), ['batch_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_projects_company_id'), ['company_id'], unique=False)
        batch_op.create_index('ix_projects_match', ['zone_id', 'key'], unique=False)
        batch_op.create_index(batch_op.f('ix_projects_node_id'), ['node_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_projects_owner_id'), ['owner_id'], unique=False)
        batch_op.create_index('ix_projects_stage', ['stage', 'status', 'zone_id', 'total_investment', 'total_investment_usd'], unique=False)
        batch_op.create_index(batch_op.f('ix_projects_tier'), ['tier'], unique=False)
        batch_op.create_index('ix_projects_updated', ['updated_at', 'id'], unique=False)
        batch_op.create_index('ix_projects_zone_amount', ['zone_id', 'total_investment', 'id'], unique=False)
        batch_op.create_index('ix_projects_zone_updated', ['zone_id', 'updated_at', 'id'], unique=False)

    op.create_table('quotas',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('plan_id', sa.Integer(), nullable=False),
    sa.Column('zone_id', sa.Integer(), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('threshold', sa.BigInteger(), nullable=False),
    sa.Column('threshold_usd', sa.BigInteger(), nullable=False),
    sa.Column('target', sa.Integer(), nullable=False),
    sa.Column('wording', sa.String(length=200), nullable=False),
    sa.Column('to_confirm', sa.Boolean(), nullable=False),
    sa.Column('source', sa.String(length=300), nullable=False),
    sa.Column('edited', sa.Boolean(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('target >= 0', name=op.f('ck_quotas_target_not_negative')),
    sa.CheckConstraint('threshold > 0 AND threshold_usd > 0', name=op.f('ck_quotas_thresholds_positive')),
    sa.ForeignKeyConstraint(['plan_id'], ['plans.id'], name=op.f('fk_quotas_plan_id')),
    sa.ForeignKeyConstraint(['zone_id'], ['zones.id'], name=op.f('fk_quotas_zone_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_quotas')),
    sa.UniqueConstraint('plan_id', 'year', 'zone_id', name=op.f('uq_quotas_plan_id_year_zone_id'))
    )
    with op.batch_alter_table('quotas', schema=None) as batch_op:
        batch_op.create_index('ix_quotas_year', ['year', 'plan_id'], unique=False)

    op.create_table('tokens',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('post_id', sa.Integer(), nullable=False),
    sa.Column('secret_hash', sa.String(length=64), nullable=False),
    sa.Column('label', sa.String(length=80), nullable=False),
    sa.Column('scope', sa.Enum('read', 'write', name='tokenscope', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('expires_on', sa.Date(), nullable=True),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['post_id'], ['posts.id'], name=op.f('fk_tokens_post_id')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_tokens_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_tokens')),
    sa.UniqueConstraint('secret_hash', name=op.f('uq_tokens_secret_hash'))
    )
    with op.batch_alter_table('tokens', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_tokens_user_id'), ['user_id'], unique=False)

    op.create_table('visits',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('client_id', sa.String(length=36), nullable=False),
    sa.Column('zone_id', sa.Integer(), nullable=True),
    sa.Column('company_id', sa.Integer(), nullable=False),
    sa.Column('happened_on', sa.Date(), nullable=False),
    sa.Column('starts_at', sa.String(length=5), nullable=False),
    sa.Column('mode', sa.Enum('outbound', 'inbound', 'phone', 'video', 'event', 'stationed', name='mode', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('place', sa.String(length=120), nullable=False),
    sa.Column('summary', sa.Text(), nullable=False),
    sa.Column('no_next_step_reason', sa.String(length=200), nullable=False),
    sa.Column('confidential', sa.Boolean(), nullable=False),
    sa.Column('is_demo', sa.Boolean(), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('length(summary) > 0', name=op.f('ck_visits_has_a_summary')),
    sa.ForeignKeyConstraint(['company_id'], ['companies.id'], name=op.f('fk_visits_company_id')),
    sa.ForeignKeyConstraint(['created_by'], ['users.id'], name=op.f('fk_visits_created_by')),
    sa.ForeignKeyConstraint(['zone_id'], ['zones.id'], name=op.f('fk_visits_zone_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_visits')),
    sa.UniqueConstraint('client_id', name=op.f('uq_visits_client_id'))
    )
    with op.batch_alter_table('visits', schema=None) as batch_op:
        batch_op.create_index('ix_visits_author', ['created_by', 'happened_on', 'id'], unique=False)
        batch_op.create_index('ix_visits_company', ['company_id', 'happened_on', 'id'], unique=False)
        batch_op.create_index('ix_visits_company_zone', ['company_id', 'zone_id', 'happened_on'], unique=False)
        batch_op.create_index('ix_visits_happened', ['happened_on', 'id'], unique=False)
        batch_op.create_index('ix_visits_zone', ['zone_id', 'happened_on', 'id'], unique=False)

    op.create_table('zone_aliases',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('zone_id', sa.Integer(), nullable=False),
    sa.Column('alias', sa.String(length=80), nullable=False),
    sa.Column('key', sa.String(length=80), nullable=False),
    sa.Column('source', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['zone_id'], ['zones.id'], name=op.f('fk_zone_aliases_zone_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_zone_aliases')),
    sa.UniqueConstraint('zone_id', 'key', name=op.f('uq_zone_aliases_zone_id_key'))
    )
    with op.batch_alter_table('zone_aliases', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_zone_aliases_key'), ['key'], unique=False)

    op.create_table('assignments',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('project_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Enum('direct_leader', 'lead_by', 'specialist', name='assignmentkind', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('leader_id', sa.Integer(), nullable=True),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=True),
    sa.Column('note', sa.String(length=200), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('(leader_id IS NULL) <> (user_id IS NULL)', name=op.f('ck_assignments_leader_or_user')),
    sa.CheckConstraint('ends_on IS NULL OR ends_on >= starts_on', name=op.f('ck_assignments_term_in_order')),
    sa.ForeignKeyConstraint(['leader_id'], ['leaders.id'], name=op.f('fk_assignments_leader_id')),
    sa.ForeignKeyConstraint(['project_id'], ['projects.id'], name=op.f('fk_assignments_project_id')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_assignments_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_assignments'))
    )
    with op.batch_alter_table('assignments', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_assignments_leader_id'), ['leader_id'], unique=False)
        batch_op.create_index('ix_assignments_project', ['project_id', 'kind'], unique=False)
        batch_op.create_index(batch_op.f('ix_assignments_user_id'), ['user_id'], unique=False)

    op.create_table('attachments',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('project_id', sa.Integer(), nullable=True),
    sa.Column('visit_id', sa.Integer(), nullable=True),
    sa.Column('kind', sa.Enum('agreement', 'framework', 'termination', 'licence', 'filing', 'land', 'eia', 'energy', 'safety', 'permit', 'photo', 'completion', 'invoice', 'tax', 'fair_competition', 'contact', 'transfer', 'minutes', 'other', name='attachmentkind', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('filename', sa.String(length=200), nullable=False),
    sa.Column('media_type', sa.String(length=100), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('uploaded_by', sa.Integer(), nullable=True),
    sa.Column('uploaded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('deleted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('deleted_by', sa.Integer(), nullable=True),
    sa.CheckConstraint('(project_id IS NULL) <> (visit_id IS NULL)', name=op.f('ck_attachments_one_owner')),
    sa.ForeignKeyConstraint(['project_id'], ['projects.id'], name=op.f('fk_attachments_project_id')),
    sa.ForeignKeyConstraint(['uploaded_by'], ['users.id'], name=op.f('fk_attachments_uploaded_by')),
    sa.ForeignKeyConstraint(['visit_id'], ['visits.id'], name=op.f('fk_attachments_visit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attachments'))
    )
    with op.batch_alter_table('attachments', schema=None) as batch_op:
        batch_op.create_index('ix_attachments_project', ['project_id', 'kind'], unique=False)
        batch_op.create_index(batch_op.f('ix_attachments_sha256'), ['sha256'], unique=False)
        batch_op.create_index('ix_attachments_visit', ['visit_id'], unique=False)

    op.create_table('credit_shares',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('project_id', sa.Integer(), nullable=False),
    sa.Column('effective_on', sa.Date(), nullable=False),
    sa.Column('indicator', sa.Enum('count', 'signed', 'fdi', 'fixed', 'tax', name='creditindicator', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('zone_id', sa.Integer(), nullable=False),
    sa.Column('share', sa.BigInteger(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_by', sa.Integer(), nullable=True),
    sa.CheckConstraint('share > 0 AND share <= 1000000', name=op.f('ck_credit_shares_share_in_range')),
    sa.ForeignKeyConstraint(['project_id'], ['projects.id'], name=op.f('fk_credit_shares_project_id')),
    sa.ForeignKeyConstraint(['zone_id'], ['zones.id'], name=op.f('fk_credit_shares_zone_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_credit_shares')),
    sa.UniqueConstraint('project_id', 'effective_on', 'indicator', 'zone_id', name=op.f('uq_credit_shares_project_id_effective_on_indicator_zone_id'))
    )
    op.create_table('followups',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Enum('followup', 'demand', 'instruction', 'decision', 'problem', name='dutykind', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('state', sa.Enum('open', 'done', 'cancelled', name='dutystate', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('what', sa.String(length=300), nullable=False),
    sa.Column('category', sa.String(length=40), nullable=False),
    sa.Column('zone_id', sa.Integer(), nullable=True),
    sa.Column('company_id', sa.Integer(), nullable=True),
    sa.Column('project_id', sa.Integer(), nullable=True),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('unit_id', sa.Integer(), nullable=True),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('due_at', sa.String(length=5), nullable=False),
    sa.Column('first_due_on', sa.Date(), nullable=False),
    sa.Column('postponed', sa.Integer(), nullable=False),
    sa.Column('postpone_reason', sa.String(length=300), nullable=False),
    sa.Column('answer', sa.Text(), nullable=False),
    sa.Column('confirmed_by_company', sa.Boolean(), nullable=False),
    sa.Column('confidential', sa.Boolean(), nullable=False),
    sa.Column('origin', sa.String(length=40), nullable=False),
    sa.Column('closed_by', sa.String(length=40), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_by_user', sa.Integer(), nullable=True),
    sa.Column('close_reason', sa.String(length=300), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("state = 'open' OR closed_at IS NOT NULL", name=op.f('ck_followups_closed_has_a_moment')),
    sa.CheckConstraint('postponed >= 0', name=op.f('ck_followups_postponed_not_negative')),
    sa.ForeignKeyConstraint(['company_id'], ['companies.id'], name=op.f('fk_followups_company_id')),
    sa.ForeignKeyConstraint(['owner_id'], ['users.id'], name=op.f('fk_followups_owner_id')),
    sa.ForeignKeyConstraint(['project_id'], ['projects.id'], name=op.f('fk_followups_project_id')),
    sa.ForeignKeyConstraint(['unit_id'], ['units.id'], name=op.f('fk_followups_unit_id')),
    sa.ForeignKeyConstraint(['zone_id'], ['zones.id'], name=op.f('fk_followups_zone_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_followups'))
    )
    with op.batch_alter_table('followups', schema=None) as batch_op:
        batch_op.create_index('ix_followups_company', ['company_id', 'state', 'due_on'], unique=False)
        batch_op.create_index('ix_followups_created', ['created_by', 'state', 'due_on'], unique=False)
        batch_op.create_index('ix_followups_due', ['state', 'due_on', 'id'], unique=False)
        batch_op.create_index('ix_followups_origin', ['origin'], unique=False)
        batch_op.create_index('ix_followups_owner', ['owner_id', 'state', 'due_on', 'id'], unique=False)
        batch_op.create_index('ix_followups_project', ['project_id', 'state', 'due_on'], unique=False)
        batch_op.create_index('ix_followups_zone', ['zone_id', 'state', 'due_on', 'id'], unique=False)

    op.create_table('grants',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('project_id', sa.Integer(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=True),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('level', sa.Enum('read', 'work', name='grantlevel', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('source', sa.String(length=40), nullable=False),
    sa.Column('source_id', sa.Integer(), nullable=True),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=True),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('(unit_id IS NULL) <> (user_id IS NULL)', name=op.f('ck_grants_unit_or_user')),
    sa.CheckConstraint('ends_on IS NULL OR ends_on >= starts_on', name=op.f('ck_grants_term_in_order')),
    sa.ForeignKeyConstraint(['project_id'], ['projects.id'], name=op.f('fk_grants_project_id')),
    sa.ForeignKeyConstraint(['unit_id'], ['units.id'], name=op.f('fk_grants_unit_id')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_grants_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_grants'))
    )
    with op.batch_alter_table('grants', schema=None) as batch_op:
        batch_op.create_index('ix_grants_project', ['project_id'], unique=False)
        batch_op.create_index('ix_grants_unit', ['unit_id', 'project_id'], unique=False)
        batch_op.create_index('ix_grants_user', ['user_id', 'project_id'], unique=False)

    op.create_table('import_rows',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('batch_id', sa.Integer(), nullable=False),
    sa.Column('sheet', sa.String(length=80), nullable=False),
    sa.Column('row_no', sa.Integer(), nullable=False),
    sa.Column('action', sa.Enum('new', 'update', 'duplicate', 'skip', 'error', name='rowaction', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('raw', sa.JSON(), nullable=False),
    sa.Column('fields', sa.JSON(), nullable=False),
    sa.Column('secret', sa.Text(), nullable=True),
    sa.Column('problems', sa.JSON(), nullable=False),
    sa.Column('changes', sa.JSON(), nullable=False),
    sa.Column('accepted', sa.Boolean(), nullable=False),
    sa.Column('target_id', sa.Integer(), nullable=True),
    sa.Column('before', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['batch_id'], ['import_batches.id'], name=op.f('fk_import_rows_batch_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_import_rows'))
    )
    with op.batch_alter_table('import_rows', schema=None) as batch_op:
        batch_op.create_index('ix_import_rows_batch', ['batch_id', 'action', 'id'], unique=False)
        batch_op.create_index('ix_import_rows_sheet', ['batch_id', 'id'], unique=False)

    op.create_table('link_nodes',
    sa.Column('link_id', sa.Integer(), nullable=False),
    sa.Column('node_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['link_id'], ['company_links.id'], name=op.f('fk_link_nodes_link_id')),
    sa.ForeignKeyConstraint(['node_id'], ['chain_nodes.id'], name=op.f('fk_link_nodes_node_id')),
    sa.PrimaryKeyConstraint('link_id', 'node_id', name=op.f('pk_link_nodes'))
    )
    with op.batch_alter_table('link_nodes', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_link_nodes_node_id'), ['node_id'], unique=False)

    op.create_table('phases',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('project_id', sa.Integer(), nullable=False),
    sa.Column('no', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('total_investment', sa.BigInteger(), nullable=True),
    sa.Column('total_investment_usd', sa.BigInteger(), nullable=True),
    sa.Column('expected_start_on', sa.Date(), nullable=True),
    sa.Column('expected_complete_on', sa.Date(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['project_id'], ['projects.id'], name=op.f('fk_phases_project_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_phases')),
    sa.UniqueConstraint('project_id', 'no', name=op.f('uq_phases_project_id_no'))
    )
    op.create_table('progress_notes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('project_id', sa.Integer(), nullable=False),
    sa.Column('on', sa.Date(), nullable=False),
    sa.Column('week', sa.String(length=8), nullable=False),
    sa.Column('done', sa.Text(), nullable=False),
    sa.Column('problem', sa.Text(), nullable=False),
    sa.Column('next_step', sa.Text(), nullable=False),
    sa.Column('batch_id', sa.Integer(), nullable=True),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['created_by'], ['users.id'], name=op.f('fk_progress_notes_created_by')),
    sa.ForeignKeyConstraint(['project_id'], ['projects.id'], name=op.f('fk_progress_notes_project_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_progress_notes'))
    )
    with op.batch_alter_table('progress_notes', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_progress_notes_batch_id'), ['batch_id'], unique=False)
        batch_op.create_index('ix_progress_notes_project', ['project_id', 'on', 'id'], unique=False)
        batch_op.create_index('ix_progress_notes_week', ['week', 'project_id'], unique=False)

    op.create_table('project_changes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('project_id', sa.Integer(), nullable=False),
    sa.Column('field', sa.String(length=40), nullable=False),
    sa.Column('before', sa.String(length=200), nullable=True),
    sa.Column('after', sa.String(length=200), nullable=True),
    sa.Column('changed_by', sa.Integer(), nullable=True),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('batch_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['project_id'], ['projects.id'], name=op.f('fk_project_changes_project_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_project_changes'))
    )
    with op.batch_alter_table('project_changes', schema=None) as batch_op:
        batch_op.create_index('ix_project_changes_project', ['project_id', 'field', 'id'], unique=False)

    op.create_table('stage_changes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('project_id', sa.Integer(), nullable=False),
    sa.Column('before', sa.Enum('lead', 'filed', 'preliminary', 'in_depth', 'review', 'intent', 'signed', 'registered', 'approved', 'started', 'completed', 'producing', 'full', name='before', native_enum=False, create_constraint=True, length=24), nullable=True),
    sa.Column('after', sa.Enum('lead', 'filed', 'preliminary', 'in_depth', 'review', 'intent', 'signed', 'registered', 'approved', 'started', 'completed', 'producing', 'full', name='after', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('cause', sa.String(length=40), nullable=False),
    sa.Column('note', sa.String(length=500), nullable=False),
    sa.Column('changed_by', sa.Integer(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['changed_by'], ['users.id'], name=op.f('fk_stage_changes_changed_by')),
    sa.ForeignKeyConstraint(['project_id'], ['projects.id'], name=op.f('fk_stage_changes_project_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stage_changes'))
    )
    with op.batch_alter_table('stage_changes', schema=None) as batch_op:
        batch_op.create_index('ix_stage_changes_at', ['at', 'id'], unique=False)
        batch_op.create_index('ix_stage_changes_project', ['project_id', 'id'], unique=False)

    op.create_table('status_changes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('project_id', sa.Integer(), nullable=False),
    sa.Column('before', sa.Enum('active', 'on_hold', 'lost', 'terminated', 'transferred', name='before', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('after', sa.Enum('active', 'on_hold', 'lost', 'terminated', 'transferred', name='after', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.Column('category', sa.String(length=40), nullable=False),
    sa.Column('went_to', sa.String(length=60), nullable=False),
    sa.Column('review_on', sa.Date(), nullable=True),
    sa.Column('effective_on', sa.Date(), nullable=False),
    sa.Column('proposed_by', sa.Integer(), nullable=True),
    sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_by', sa.Integer(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('approved', sa.Boolean(), nullable=True),
    sa.Column('decision_note', sa.String(length=300), nullable=False),
    sa.ForeignKeyConstraint(['decided_by'], ['users.id'], name=op.f('fk_status_changes_decided_by')),
    sa.ForeignKeyConstraint(['project_id'], ['projects.id'], name=op.f('fk_status_changes_project_id')),
    sa.ForeignKeyConstraint(['proposed_by'], ['users.id'], name=op.f('fk_status_changes_proposed_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_status_changes'))
    )
    with op.batch_alter_table('status_changes', schema=None) as batch_op:
        batch_op.create_index('ix_status_changes_open', ['decided_at', 'id'], unique=False)
        batch_op.create_index('ix_status_changes_project', ['project_id', 'id'], unique=False)
        batch_op.create_index('uq_status_changes_undecided', ['project_id'], unique=True, sqlite_where=sa.text('decided_at IS NULL'), postgresql_where=sa.text('decided_at IS NULL'))

    op.create_table('visit_ours',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('visit_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('leader_id', sa.Integer(), nullable=True),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('level', sa.Enum('city_main', 'city_charge', 'county_main', 'county_charge', 'department', name='leaderlevel', native_enum=False, create_constraint=True, length=24), nullable=True),
    sa.Column('leads', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['leader_id'], ['leaders.id'], name=op.f('fk_visit_ours_leader_id')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_visit_ours_user_id')),
    sa.ForeignKeyConstraint(['visit_id'], ['visits.id'], name=op.f('fk_visit_ours_visit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_visit_ours'))
    )
    with op.batch_alter_table('visit_ours', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_visit_ours_leader_id'), ['leader_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_visit_ours_user_id'), ['user_id'], unique=False)
        batch_op.create_index('ix_visit_ours_visit', ['visit_id'], unique=False)

    op.create_table('visit_projects',
    sa.Column('visit_id', sa.Integer(), nullable=False),
    sa.Column('project_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['project_id'], ['projects.id'], name=op.f('fk_visit_projects_project_id')),
    sa.ForeignKeyConstraint(['visit_id'], ['visits.id'], name=op.f('fk_visit_projects_visit_id')),
    sa.PrimaryKeyConstraint('visit_id', 'project_id', name=op.f('pk_visit_projects'))
    )
    with op.batch_alter_table('visit_projects', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_visit_projects_project_id'), ['project_id'], unique=False)

    op.create_table('visit_theirs',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('visit_id', sa.Integer(), nullable=False),
    sa.Column('contact_id', sa.Integer(), nullable=True),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('post', sa.String(length=80), nullable=False),
    sa.Column('phone', sa.Text(), nullable=True),
    sa.Column('phone_mask', sa.String(length=24), nullable=False),
    sa.ForeignKeyConstraint(['contact_id'], ['contacts.id'], name=op.f('fk_visit_theirs_contact_id')),
    sa.ForeignKeyConstraint(['visit_id'], ['visits.id'], name=op.f('fk_visit_theirs_visit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_visit_theirs'))
    )
    with op.batch_alter_table('visit_theirs', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_visit_theirs_contact_id'), ['contact_id'], unique=False)
        batch_op.create_index('ix_visit_theirs_visit', ['visit_id'], unique=False)

    op.create_table('milestones',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('project_id', sa.Integer(), nullable=False),
    sa.Column('phase_id', sa.Integer(), nullable=True),
    sa.Column('kind', sa.Enum('signed', 'registered', 'approved', 'started', 'completed', 'producing', 'full', name='milestonekind', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('state', sa.Enum('draft', 'pending', 'recognised', 'returned', 'revoked', name='milestonestate', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('happened_on', sa.Date(), nullable=True),
    sa.Column('order_reason', sa.String(length=300), nullable=False),
    sa.Column('submitted_by', sa.Integer(), nullable=True),
    sa.Column('submitted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by', sa.Integer(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decision_reason', sa.String(length=500), nullable=False),
    sa.Column('needs_again', sa.Boolean(), nullable=False),
    sa.Column('agreement_kind', sa.Enum('investment', 'framework', 'termination', name='agreementkind', native_enum=False, create_constraint=True, length=24), nullable=True),
    sa.Column('agreement_total', sa.BigInteger(), nullable=True),
    sa.Column('agreement_total_usd', sa.BigInteger(), nullable=True),
    sa.Column('agreement_fixed', sa.BigInteger(), nullable=True),
    sa.Column('agreement_parties', sa.String(length=300), nullable=False),
    sa.Column('review_by', sa.String(length=60), nullable=False),
    sa.Column('review_on', sa.Date(), nullable=True),
    sa.Column('review_conclusion', sa.Text(), nullable=False),
    sa.Column('note', sa.String(length=300), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("agreement_kind IS NULL OR kind = 'signed'", name=op.f('ck_milestones_agreement_belongs_to_signing')),
    sa.CheckConstraint("kind <> 'signed' OR agreement_kind IS NULL OR agreement_kind = 'investment' OR state IN ('draft','returned','revoked')", name=op.f('ck_milestones_framework_never_submitted')),
    sa.CheckConstraint("state IN ('draft','returned','revoked') OR (happened_on IS NOT NULL AND submitted_at IS NOT NULL)", name=op.f('ck_milestones_submitted_has_dates')),
    sa.ForeignKeyConstraint(['decided_by'], ['users.id'], name=op.f('fk_milestones_decided_by')),
    sa.ForeignKeyConstraint(['phase_id'], ['phases.id'], name=op.f('fk_milestones_phase_id')),
    sa.ForeignKeyConstraint(['project_id'], ['projects.id'], name=op.f('fk_milestones_project_id')),
    sa.ForeignKeyConstraint(['submitted_by'], ['users.id'], name=op.f('fk_milestones_submitted_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_milestones')),
    sa.UniqueConstraint('project_id', 'kind', 'phase_id', name=op.f('uq_milestones_project_id_kind_phase_id'))
    )
    with op.batch_alter_table('milestones', schema=None) as batch_op:
        batch_op.create_index('ix_milestones_queue', ['state', 'submitted_at', 'id'], unique=False)
        batch_op.create_index('ix_milestones_waiting', ['state', 'needs_again', 'phase_id'], unique=False)
        batch_op.create_index('uq_milestones_project_kind', ['project_id', 'kind'], unique=True, sqlite_where=sa.text('phase_id IS NULL'), postgresql_where=sa.text('phase_id IS NULL'))

    op.create_table('milestone_files',
    sa.Column('milestone_id', sa.Integer(), nullable=False),
    sa.Column('attachment_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['attachment_id'], ['attachments.id'], name=op.f('fk_milestone_files_attachment_id')),
    sa.ForeignKeyConstraint(['milestone_id'], ['milestones.id'], name=op.f('fk_milestone_files_milestone_id')),
    sa.PrimaryKeyConstraint('milestone_id', 'attachment_id', name=op.f('pk_milestone_files'))
    )
    op.create_table('recognitions',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('milestone_id', sa.Integer(), nullable=False),
    sa.Column('project_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Enum('signed', 'registered', 'approved', 'started', 'completed', 'producing', 'full', name='milestonekind', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('happened_on', sa.Date(), nullable=False),
    sa.Column('statistical_on', sa.Date(), nullable=False),
    sa.Column('asked_statistical_on', sa.Date(), nullable=True),
    sa.Column('capital', sa.Enum('domestic', 'foreign', name='capital', native_enum=False, create_constraint=True, length=24), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=True),
    sa.Column('amount_usd', sa.BigInteger(), nullable=True),
    sa.Column('fixed', sa.BigInteger(), nullable=True),
    sa.Column('fixed_usd', sa.BigInteger(), nullable=True),
    sa.Column('tier', sa.Enum('t100', 't50', 't10', 't5', 't1', 'below', name='tier', native_enum=False, create_constraint=True, length=24), nullable=True),
    sa.Column('zone_id', sa.Integer(), nullable=False),
    sa.Column('recognised_by', sa.Integer(), nullable=True),
    sa.Column('recognised_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_on', sa.Date(), nullable=True),
    sa.Column('ended_by', sa.Integer(), nullable=True),
    sa.Column('end_kind', sa.Enum('revoked', 'replaced', 'terminated', name='endkind', native_enum=False, create_constraint=True, length=24), nullable=True),
    sa.Column('restored_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('end_reason', sa.String(length=500), nullable=False),
    sa.CheckConstraint("restored_at IS NULL OR end_kind = 'terminated'", name=op.f('ck_recognitions_only_a_termination_is_restored')),
    sa.CheckConstraint('(ended_at IS NULL) = (end_kind IS NULL)', name=op.f('ck_recognitions_an_end_has_a_kind')),
    sa.ForeignKeyConstraint(['milestone_id'], ['milestones.id'], name=op.f('fk_recognitions_milestone_id')),
    sa.ForeignKeyConstraint(['project_id'], ['projects.id'], name=op.f('fk_recognitions_project_id')),
    sa.ForeignKeyConstraint(['recognised_by'], ['users.id'], name=op.f('fk_recognitions_recognised_by')),
    sa.ForeignKeyConstraint(['zone_id'], ['zones.id'], name=op.f('fk_recognitions_zone_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recognitions'))
    )
    with op.batch_alter_table('recognitions', schema=None) as batch_op:
        batch_op.create_index('ix_recognitions_board', ['kind', 'statistical_on', 'zone_id', 'project_id', 'amount', 'amount_usd'], unique=False)
        batch_op.create_index('ix_recognitions_milestone', ['milestone_id', 'id'], unique=False)
        batch_op.create_index('ix_recognitions_project', ['project_id', 'kind'], unique=False)
        batch_op.create_index('uq_recognitions_in_force', ['project_id', 'kind'], unique=True, sqlite_where=sa.text('ended_at IS NULL'), postgresql_where=sa.text('ended_at IS NULL'))

    _each(MAKE)


def _each(statements) -> None:
    connection = op.get_bind()
    for statement in statements[connection.dialect.name]:
        connection.exec_driver_sql(statement)


def downgrade() -> None:
    _each(DROP)
    with op.batch_alter_table('recognitions', schema=None) as batch_op:
        batch_op.drop_index('uq_recognitions_in_force', sqlite_where=sa.text('ended_at IS NULL'), postgresql_where=sa.text('ended_at IS NULL'))
        batch_op.drop_index('ix_recognitions_project')
        batch_op.drop_index('ix_recognitions_milestone')
        batch_op.drop_index('ix_recognitions_board')

    op.drop_table('recognitions')
    op.drop_table('milestone_files')
    with op.batch_alter_table('milestones', schema=None) as batch_op:
        batch_op.drop_index('uq_milestones_project_kind', sqlite_where=sa.text('phase_id IS NULL'), postgresql_where=sa.text('phase_id IS NULL'))
        batch_op.drop_index('ix_milestones_waiting')
        batch_op.drop_index('ix_milestones_queue')

    op.drop_table('milestones')
    with op.batch_alter_table('visit_theirs', schema=None) as batch_op:
        batch_op.drop_index('ix_visit_theirs_visit')
        batch_op.drop_index(batch_op.f('ix_visit_theirs_contact_id'))

    op.drop_table('visit_theirs')
    with op.batch_alter_table('visit_projects', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_visit_projects_project_id'))

    op.drop_table('visit_projects')
    with op.batch_alter_table('visit_ours', schema=None) as batch_op:
        batch_op.drop_index('ix_visit_ours_visit')
        batch_op.drop_index(batch_op.f('ix_visit_ours_user_id'))
        batch_op.drop_index(batch_op.f('ix_visit_ours_leader_id'))

    op.drop_table('visit_ours')
    with op.batch_alter_table('status_changes', schema=None) as batch_op:
        batch_op.drop_index('uq_status_changes_undecided', sqlite_where=sa.text('decided_at IS NULL'), postgresql_where=sa.text('decided_at IS NULL'))
        batch_op.drop_index('ix_status_changes_project')
        batch_op.drop_index('ix_status_changes_open')

    op.drop_table('status_changes')
    with op.batch_alter_table('stage_changes', schema=None) as batch_op:
        batch_op.drop_index('ix_stage_changes_project')
        batch_op.drop_index('ix_stage_changes_at')

    op.drop_table('stage_changes')
    with op.batch_alter_table('project_changes', schema=None) as batch_op:
        batch_op.drop_index('ix_project_changes_project')

    op.drop_table('project_changes')
    with op.batch_alter_table('progress_notes', schema=None) as batch_op:
        batch_op.drop_index('ix_progress_notes_week')
        batch_op.drop_index('ix_progress_notes_project')
        batch_op.drop_index(batch_op.f('ix_progress_notes_batch_id'))

    op.drop_table('progress_notes')
    op.drop_table('phases')
    with op.batch_alter_table('link_nodes', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_link_nodes_node_id'))

    op.drop_table('link_nodes')
    with op.batch_alter_table('import_rows', schema=None) as batch_op:
        batch_op.drop_index('ix_import_rows_sheet')
        batch_op.drop_index('ix_import_rows_batch')

    op.drop_table('import_rows')
    with op.batch_alter_table('grants', schema=None) as batch_op:
        batch_op.drop_index('ix_grants_user')
        batch_op.drop_index('ix_grants_unit')
        batch_op.drop_index('ix_grants_project')

    op.drop_table('grants')
    with op.batch_alter_table('followups', schema=None) as batch_op:
        batch_op.drop_index('ix_followups_zone')
        batch_op.drop_index('ix_followups_project')
        batch_op.drop_index('ix_followups_owner')
        batch_op.drop_index('ix_followups_origin')
        batch_op.drop_index('ix_followups_due')
        batch_op.drop_index('ix_followups_created')
        batch_op.drop_index('ix_followups_company')

    op.drop_table('followups')
    op.drop_table('credit_shares')
    with op.batch_alter_table('attachments', schema=None) as batch_op:
        batch_op.drop_index('ix_attachments_visit')
        batch_op.drop_index(batch_op.f('ix_attachments_sha256'))
        batch_op.drop_index('ix_attachments_project')

    op.drop_table('attachments')
    with op.batch_alter_table('assignments', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_assignments_user_id'))
        batch_op.drop_index('ix_assignments_project')
        batch_op.drop_index(batch_op.f('ix_assignments_leader_id'))

    op.drop_table('assignments')
    with op.batch_alter_table('zone_aliases', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_zone_aliases_key'))

    op.drop_table('zone_aliases')
    with op.batch_alter_table('visits', schema=None) as batch_op:
        batch_op.drop_index('ix_visits_zone')
        batch_op.drop_index('ix_visits_happened')
        batch_op.drop_index('ix_visits_company_zone')
        batch_op.drop_index('ix_visits_company')
        batch_op.drop_index('ix_visits_author')

    op.drop_table('visits')
    with op.batch_alter_table('tokens', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_tokens_user_id'))

    op.drop_table('tokens')
    with op.batch_alter_table('quotas', schema=None) as batch_op:
        batch_op.drop_index('ix_quotas_year')

    op.drop_table('quotas')
    with op.batch_alter_table('projects', schema=None) as batch_op:
        batch_op.drop_index('ix_projects_zone_updated')
        batch_op.drop_index('ix_projects_zone_amount')
        batch_op.drop_index('ix_projects_updated')
        batch_op.drop_index(batch_op.f('ix_projects_tier'))
        batch_op.drop_index('ix_projects_stage')
        batch_op.drop_index(batch_op.f('ix_projects_owner_id'))
        batch_op.drop_index(batch_op.f('ix_projects_node_id'))
        batch_op.drop_index('ix_projects_match')
        batch_op.drop_index(batch_op.f('ix_projects_company_id'))
        batch_op.drop_index(batch_op.f('ix_projects_batch_id'))
        batch_op.drop_index('ix_projects_amount_usd')
        batch_op.drop_index('ix_projects_amount')

    op.drop_table('projects')
    with op.batch_alter_table('import_batches', schema=None) as batch_op:
        batch_op.drop_index('ix_import_batches_zone')
        batch_op.drop_index('ix_import_batches_user')

    op.drop_table('import_batches')
    with op.batch_alter_table('export_requests', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_export_requests_zone_id'))
        batch_op.drop_index(batch_op.f('ix_export_requests_user_id'))
        batch_op.drop_index('ix_export_requests_state')

    op.drop_table('export_requests')
    with op.batch_alter_table('contacts', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_contacts_zone_id'))
        batch_op.drop_index('ix_contacts_tail')
        batch_op.drop_index('ix_contacts_phone')
        batch_op.drop_index('ix_contacts_company')
        batch_op.drop_index(batch_op.f('ix_contacts_batch_id'))

    op.drop_table('contacts')
    with op.batch_alter_table('company_links', schema=None) as batch_op:
        batch_op.drop_index('uq_company_links_city', sqlite_where=sa.text('zone_id IS NULL'), postgresql_where=sa.text('zone_id IS NULL'))
        batch_op.drop_index('ix_company_links_zone')
        batch_op.drop_index('ix_company_links_progress')
        batch_op.drop_index(batch_op.f('ix_company_links_owner_id'))
        batch_op.drop_index(batch_op.f('ix_company_links_batch_id'))

    op.drop_table('company_links')
    op.drop_table('zones')
    with op.batch_alter_table('tasks', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_tasks_user_id'))
        batch_op.drop_index('ix_tasks_queue')

    op.drop_table('tasks')
    with op.batch_alter_table('setting_changes', schema=None) as batch_op:
        batch_op.drop_index('ix_setting_changes_key')

    op.drop_table('setting_changes')
    with op.batch_alter_table('posts', schema=None) as batch_op:
        batch_op.drop_index('ix_posts_user')
        batch_op.drop_index(batch_op.f('ix_posts_unit_id'))

    op.drop_table('posts')
    with op.batch_alter_table('password_history', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_password_history_user_id'))

    op.drop_table('password_history')
    with op.batch_alter_table('notices', schema=None) as batch_op:
        batch_op.drop_index('ix_notices_user')

    op.drop_table('notices')
    with op.batch_alter_table('leaders', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_leaders_unit_id'))

    op.drop_table('leaders')
    op.drop_table('heading_templates')
    with op.batch_alter_table('company_aliases', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_company_aliases_key'))

    op.drop_table('company_aliases')
    with op.batch_alter_table('chain_nodes', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_chain_nodes_chain_id'))

    op.drop_table('chain_nodes')
    op.drop_table('calendar_days')
    op.drop_table('weekly_issues')
    op.drop_table('users')
    with op.batch_alter_table('units', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_units_zone_id'))
        batch_op.drop_index(batch_op.f('ix_units_parent_id'))
        batch_op.drop_index(batch_op.f('ix_units_county_id'))

    op.drop_table('units')
    with op.batch_alter_table('sign_ins', schema=None) as batch_op:
        batch_op.drop_index('ix_sign_ins_login')
        batch_op.drop_index('ix_sign_ins_ip')

    op.drop_table('sign_ins')
    op.drop_table('plans')
    op.drop_table('period_locks')
    op.drop_table('job_runs')
    with op.batch_alter_table('companies', schema=None) as batch_op:
        batch_op.drop_index('uq_companies_uscc', sqlite_where=sa.text('uscc IS NOT NULL'), postgresql_where=sa.text('uscc IS NOT NULL'))
        batch_op.drop_index('ix_companies_updated', sqlite_where=sa.text('merged_into_id IS NULL'), postgresql_where=sa.text('merged_into_id IS NULL'))
        batch_op.drop_index('ix_companies_sort', sqlite_where=sa.text('merged_into_id IS NULL'), postgresql_where=sa.text('merged_into_id IS NULL'))
        batch_op.drop_index('ix_companies_region', sqlite_where=sa.text('merged_into_id IS NULL'), postgresql_where=sa.text('merged_into_id IS NULL'))
        batch_op.drop_index('ix_companies_parent_id', sqlite_where=sa.text('parent_id IS NOT NULL'), postgresql_where=sa.text('parent_id IS NOT NULL'))
        batch_op.drop_index('ix_companies_old_reg_no', sqlite_where=sa.text('old_reg_no IS NOT NULL'), postgresql_where=sa.text('old_reg_no IS NOT NULL'))
        batch_op.drop_index('ix_companies_merged_into_id', sqlite_where=sa.text('merged_into_id IS NOT NULL'), postgresql_where=sa.text('merged_into_id IS NOT NULL'))
        batch_op.drop_index(batch_op.f('ix_companies_loose_key'))
        batch_op.drop_index('ix_companies_live', sqlite_where=sa.text('merged_into_id IS NULL'), postgresql_where=sa.text('merged_into_id IS NULL'))
        batch_op.drop_index('ix_companies_listed_code', sqlite_where=sa.text('listed_code IS NOT NULL'), postgresql_where=sa.text('listed_code IS NOT NULL'))
        batch_op.drop_index(batch_op.f('ix_companies_key'))
        batch_op.drop_index('ix_companies_industry', sqlite_where=sa.text('merged_into_id IS NULL'), postgresql_where=sa.text('merged_into_id IS NULL'))
        batch_op.drop_index('ix_companies_city', sqlite_where=sa.text('merged_into_id IS NULL'), postgresql_where=sa.text('merged_into_id IS NULL'))
        batch_op.drop_index(batch_op.f('ix_companies_batch_id'))

    op.drop_table('companies')
    op.drop_table('code_counters')
    op.drop_table('chains')
    with op.batch_alter_table('audit_events', schema=None) as batch_op:
        batch_op.drop_index('ix_audit_events_subject')
        batch_op.drop_index('ix_audit_events_project')
        batch_op.drop_index('ix_audit_events_company')
        batch_op.drop_index('ix_audit_events_code')
        batch_op.drop_index('ix_audit_events_at')
        batch_op.drop_index('ix_audit_events_actor')

    op.drop_table('audit_events')
