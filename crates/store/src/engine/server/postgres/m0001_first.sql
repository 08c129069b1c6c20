access_requests.answer text not null collate C
access_requests.answered_at bigint not null
access_requests.answered_by text not null collate C
access_requests.app character varying(63) not null collate C
access_requests.created_at bigint not null
access_requests.decision_id uuid not null
access_requests.given_pattern character varying(512) collate C
access_requests.given_role character varying(16) collate C
access_requests.given_until bigint
access_requests.grant_id uuid
access_requests.id uuid not null
access_requests.is_open boolean
access_requests.outcome character varying(16) not null collate C
access_requests.pattern character varying(512) not null collate C
access_requests.reason text not null collate C
access_requests.refused text not null collate C
access_requests.role character varying(16) not null collate C
access_requests.user_id uuid not null
access_requests.words text not null collate C
api_key_secrets.ends_at bigint not null
api_key_secrets.key_id uuid not null
api_key_secrets.token_hash bytea not null
api_keys.allowed_addresses text not null collate C
api_keys.created_at bigint not null
api_keys.created_by text not null collate C
api_keys.expires_at bigint not null
api_keys.id uuid not null
api_keys.last_used_at bigint not null
api_keys.last_used_from text not null collate C
api_keys.name character varying(128) not null collate C
api_keys.owner_id uuid
audit_entries.action character varying(64) not null collate C
audit_entries.actor_hash bytea not null
audit_entries.app character varying(63) collate C
audit_entries.at bigint not null
audit_entries.chain character varying(64) not null collate C
audit_entries.decision_id uuid
audit_entries.entry text not null collate C
audit_entries.event_id uuid not null
audit_entries.hash bytea not null
audit_entries.is_conclusion boolean not null
audit_entries.outcome character varying(16) not null collate C
audit_entries.seq bigint not null
audit_entries.words text not null collate C
audit_operations.chain character varying(64) not null collate C
audit_operations.operation_hash bytea not null
audit_operations.seq bigint not null
audit_start.chain character varying(64) not null collate C
audit_start.hash bytea not null
audit_start.seq bigint not null
changes.kind character varying(16) not null collate C
changes.seq bigint not null
changes.subject uuid not null
grants.app character varying(63) not null collate C
grants.created_at bigint not null
grants.created_by text not null collate C
grants.effect character varying(16) not null collate C
grants.id uuid not null
grants.pattern character varying(512) not null collate C
grants.reason text not null collate C
grants.request_id uuid not null
grants.role character varying(16) collate C
grants.subject_id uuid not null
grants.subject_kind character varying(16) not null collate C
grants.until bigint
grants.words text not null collate C
group_members.created_at bigint not null
group_members.group_id uuid not null
group_members.member_id uuid not null
group_members.member_kind character varying(16) not null collate C
groups.created_at bigint not null
groups.description text not null collate C
groups.id uuid not null
groups.name character varying(128) not null collate C
groups.source character varying(32) not null collate C
groups.words text not null collate C
sequences.hash bytea not null
sequences.name character varying(64) not null collate C
sequences.seq bigint not null
session_entries.created_at bigint not null
session_entries.host character varying(255) not null collate C
session_entries.session_id uuid not null
session_entries.token_hash bytea not null
sessions.client_ip text not null collate C
sessions.created_at bigint not null
sessions.device text not null collate C
sessions.expires_at bigint not null
sessions.factors character varying(128) not null collate C
sessions.id uuid not null
sessions.is_remembered boolean not null
sessions.kind character varying(32) not null collate C
sessions.last_seen_at bigint not null
sessions.proved_at bigint not null
sessions.token_hash bytea not null
sessions.user_agent text not null collate C
sessions.user_id uuid not null
sessions.words text not null collate C
settings.name character varying(128) not null collate C
settings.value bytea not null
users.created_at bigint not null
users.email character varying(254) collate C
users.email_key character varying(254) collate C
users.full_name text not null collate C
users.id uuid not null
users.is_disabled boolean not null
users.last_sign_in_at bigint not null
users.password_hash text collate C
users.updated_at bigint not null
users.username character varying(128) not null collate C
users.words text not null collate C
CREATE INDEX access_by_age ON access_requests USING btree (created_at, id)
CREATE INDEX access_by_answer ON access_requests USING btree (answered_at, created_at)
CREATE INDEX audit_by_action ON audit_entries USING btree (action, is_conclusion, at, seq, chain)
CREATE INDEX audit_by_actor ON audit_entries USING btree (actor_hash, is_conclusion, at, seq, chain)
CREATE INDEX audit_by_decision ON audit_entries USING btree (decision_id)
CREATE INDEX audit_by_event ON audit_entries USING btree (event_id, is_conclusion, seq, outcome)
CREATE INDEX audit_by_outcome ON audit_entries USING btree (outcome, event_id)
CREATE INDEX audit_by_time ON audit_entries USING btree (is_conclusion, at, seq, chain)
CREATE INDEX audit_operations_of ON audit_operations USING btree (chain, seq)
CREATE INDEX entries_of_session ON session_entries USING btree (session_id, host, created_at)
CREATE INDEX grants_by_age ON grants USING btree (created_at, id)
CREATE INDEX grants_on_app ON grants USING btree (app, pattern, role)
CREATE INDEX groups_by_age ON groups USING btree (created_at, id)
CREATE INDEX groups_of_member ON group_members USING btree (member_kind, member_id, group_id)
CREATE INDEX keys_by_age ON api_keys USING btree (created_at, id)
CREATE INDEX keys_by_end ON api_keys USING btree (expires_at, id)
CREATE INDEX keys_by_use ON api_keys USING btree (last_used_at, id)
CREATE INDEX keys_of_owner ON api_keys USING btree (owner_id)
CREATE INDEX secrets_of_key ON api_key_secrets USING btree (key_id)
CREATE INDEX sessions_by_age ON sessions USING btree (created_at, id)
CREATE INDEX sessions_by_end ON sessions USING btree (expires_at)
CREATE INDEX sessions_by_use ON sessions USING btree (last_seen_at, id)
CREATE INDEX sessions_of_user ON sessions USING btree (user_id)
CREATE INDEX users_by_age ON users USING btree (created_at, id)
CREATE INDEX users_by_sign_in ON users USING btree (last_sign_in_at, id)
CREATE UNIQUE INDEX access_requests_pkey ON access_requests USING btree (id)
CREATE UNIQUE INDEX api_key_secrets_pkey ON api_key_secrets USING btree (token_hash)
CREATE UNIQUE INDEX api_keys_pkey ON api_keys USING btree (id)
CREATE UNIQUE INDEX audit_entries_pkey ON audit_entries USING btree (chain, seq)
CREATE UNIQUE INDEX audit_operations_pkey ON audit_operations USING btree (operation_hash, chain, seq)
CREATE UNIQUE INDEX audit_start_pkey ON audit_start USING btree (chain)
CREATE UNIQUE INDEX changes_pkey ON changes USING btree (seq)
CREATE UNIQUE INDEX grants_pkey ON grants USING btree (id)
CREATE UNIQUE INDEX group_members_pkey ON group_members USING btree (group_id, member_kind, member_id)
CREATE UNIQUE INDEX groups_pkey ON groups USING btree (id)
CREATE UNIQUE INDEX sequences_pkey ON sequences USING btree (name)
CREATE UNIQUE INDEX session_entries_pkey ON session_entries USING btree (token_hash)
CREATE UNIQUE INDEX sessions_pkey ON sessions USING btree (id)
CREATE UNIQUE INDEX settings_pkey ON settings USING btree (name)
CREATE UNIQUE INDEX uq_access_open ON access_requests USING btree (user_id, app, pattern, role, is_open)
CREATE UNIQUE INDEX uq_api_keys_name ON api_keys USING btree (name)
CREATE UNIQUE INDEX uq_grants_place ON grants USING btree (subject_kind, subject_id, app, pattern, request_id)
CREATE UNIQUE INDEX uq_groups_name ON groups USING btree (name)
CREATE UNIQUE INDEX uq_sessions_token ON sessions USING btree (token_hash)
CREATE UNIQUE INDEX uq_users_email_key ON users USING btree (email_key)
CREATE UNIQUE INDEX uq_users_username ON users USING btree (username)
CREATE UNIQUE INDEX users_pkey ON users USING btree (id)
access_requests FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
api_key_secrets FOREIGN KEY (key_id) REFERENCES api_keys(id) ON DELETE CASCADE
api_keys FOREIGN KEY (owner_id) REFERENCES users(id) ON DELETE CASCADE
group_members FOREIGN KEY (group_id) REFERENCES groups(id) ON DELETE CASCADE
session_entries FOREIGN KEY (session_id) REFERENCES sessions(id) ON DELETE CASCADE
sessions FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE
