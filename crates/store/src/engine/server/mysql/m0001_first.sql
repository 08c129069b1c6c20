access_requests.answer longtext not null by bytes
access_requests.answered_at bigint not null
access_requests.answered_by longtext not null by bytes
access_requests.app varchar(63) not null by bytes
access_requests.created_at bigint not null
access_requests.decision_id binary(16) not null
access_requests.given_pattern varchar(512) by bytes
access_requests.given_role varchar(16) by bytes
access_requests.given_until bigint
access_requests.grant_id binary(16)
access_requests.id binary(16) not null
access_requests.is_open tinyint(1)
access_requests.outcome varchar(16) not null by bytes
access_requests.pattern varchar(512) not null by bytes
access_requests.reason longtext not null by bytes
access_requests.refused longtext not null by bytes
access_requests.role varchar(16) not null by bytes
access_requests.user_id binary(16) not null
access_requests.words longtext not null by bytes
api_keys.allowed_addresses longtext not null by bytes
api_keys.created_at bigint not null
api_keys.created_by longtext not null by bytes
api_keys.expires_at bigint not null
api_keys.id binary(16) not null
api_keys.last_used_at bigint not null
api_keys.last_used_from longtext not null by bytes
api_keys.name varchar(128) not null by bytes
api_keys.owner_id binary(16)
api_key_secrets.ends_at bigint not null
api_key_secrets.key_id binary(16) not null
api_key_secrets.token_hash binary(32) not null
audit_entries.action varchar(64) not null by bytes
audit_entries.actor_hash binary(32) not null
audit_entries.app varchar(63) by bytes
audit_entries.at bigint not null
audit_entries.chain varchar(64) not null by bytes
audit_entries.decision_id binary(16)
audit_entries.entry longtext not null by bytes
audit_entries.event_id binary(16) not null
audit_entries.hash binary(32) not null
audit_entries.is_conclusion tinyint(1) not null
audit_entries.outcome varchar(16) not null by bytes
audit_entries.seq bigint not null
audit_entries.words longtext not null by bytes
audit_operations.chain varchar(64) not null by bytes
audit_operations.operation_hash binary(32) not null
audit_operations.seq bigint not null
audit_start.chain varchar(64) not null by bytes
audit_start.hash binary(32) not null
audit_start.seq bigint not null
changes.kind varchar(16) not null by bytes
changes.seq bigint not null
changes.subject binary(16) not null
grants.app varchar(63) not null by bytes
grants.created_at bigint not null
grants.created_by longtext not null by bytes
grants.effect varchar(16) not null by bytes
grants.id binary(16) not null
grants.pattern varchar(512) not null by bytes
grants.reason longtext not null by bytes
grants.request_id binary(16) not null
grants.role varchar(16) by bytes
grants.subject_id binary(16) not null
grants.subject_kind varchar(16) not null by bytes
grants.until bigint
grants.words longtext not null by bytes
groups.created_at bigint not null
groups.description longtext not null by bytes
groups.id binary(16) not null
groups.name varchar(128) not null by bytes
groups.source varchar(32) not null by bytes
groups.words longtext not null by bytes
group_members.created_at bigint not null
group_members.group_id binary(16) not null
group_members.member_id binary(16) not null
group_members.member_kind varchar(16) not null by bytes
sequences.hash binary(32) not null
sequences.name varchar(64) not null by bytes
sequences.seq bigint not null
sessions.client_ip longtext not null by bytes
sessions.created_at bigint not null
sessions.device longtext not null by bytes
sessions.expires_at bigint not null
sessions.factors varchar(128) not null by bytes
sessions.id binary(16) not null
sessions.is_remembered tinyint(1) not null
sessions.kind varchar(32) not null by bytes
sessions.last_seen_at bigint not null
sessions.proved_at bigint not null
sessions.token_hash binary(32) not null
sessions.user_agent longtext not null by bytes
sessions.user_id binary(16) not null
sessions.words longtext not null by bytes
session_entries.created_at bigint not null
session_entries.host varchar(255) not null by bytes
session_entries.session_id binary(16) not null
session_entries.token_hash binary(32) not null
settings.name varchar(128) not null by bytes
settings.value longblob not null
users.created_at bigint not null
users.email varchar(254) by bytes
users.email_key varchar(254) by bytes
users.full_name longtext not null by bytes
users.id binary(16) not null
users.is_disabled tinyint(1) not null
users.last_sign_in_at bigint not null
users.password_hash longtext by bytes
users.updated_at bigint not null
users.username varchar(128) not null by bytes
users.words longtext not null by bytes
access_requests access_by_age (created_at, id)
access_requests access_by_answer (answered_at, created_at)
access_requests PRIMARY unique (id)
access_requests uq_access_open unique (user_id, app, pattern, role, is_open)
api_keys keys_by_age (created_at, id)
api_keys keys_by_end (expires_at, id)
api_keys keys_by_use (last_used_at, id)
api_keys keys_of_owner (owner_id)
api_keys PRIMARY unique (id)
api_keys uq_api_keys_name unique (name)
api_key_secrets PRIMARY unique (token_hash)
api_key_secrets secrets_of_key (key_id)
audit_entries audit_by_action (action, is_conclusion, at, seq, chain)
audit_entries audit_by_actor (actor_hash, is_conclusion, at, seq, chain)
audit_entries audit_by_decision (decision_id)
audit_entries audit_by_event (event_id, is_conclusion, seq, outcome)
audit_entries audit_by_outcome (outcome, event_id)
audit_entries audit_by_time (is_conclusion, at, seq, chain)
audit_entries PRIMARY unique (chain, seq)
audit_operations audit_operations_of (chain, seq)
audit_operations PRIMARY unique (operation_hash, chain, seq)
audit_start PRIMARY unique (chain)
changes PRIMARY unique (seq)
grants grants_by_age (created_at, id)
grants grants_on_app (app, pattern, role)
grants PRIMARY unique (id)
grants uq_grants_place unique (subject_kind, subject_id, app, pattern, request_id)
groups groups_by_age (created_at, id)
groups PRIMARY unique (id)
groups uq_groups_name unique (name)
group_members groups_of_member (member_kind, member_id, group_id)
group_members PRIMARY unique (group_id, member_kind, member_id)
sequences PRIMARY unique (name)
sessions PRIMARY unique (id)
sessions sessions_by_age (created_at, id)
sessions sessions_by_end (expires_at)
sessions sessions_by_use (last_seen_at, id)
sessions sessions_of_user (user_id)
sessions uq_sessions_token unique (token_hash)
session_entries entries_of_session (session_id, host, created_at)
session_entries PRIMARY unique (token_hash)
settings PRIMARY unique (name)
users PRIMARY unique (id)
users uq_users_email_key unique (email_key)
users uq_users_username unique (username)
users users_by_age (created_at, id)
users users_by_sign_in (last_sign_in_at, id)
access_requests references users CASCADE
api_keys references users CASCADE
api_key_secrets references api_keys CASCADE
group_members references groups CASCADE
sessions references users CASCADE
session_entries references sessions CASCADE
