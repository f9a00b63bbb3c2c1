-- The delivery promise: which batches of which stream are in the database. One row a stream.

create table delivery (
    stream     bytea primary key,
    agent_id   text not null references agent,
    received   int8multirange not null default '{}',
    first_at   timestamptz not null default now(),
    last_at    timestamptz not null default now()
);
create index delivery_agent on delivery (agent_id);

-- The digests of the newest few hundred batches of each stream: another digest under the same number is a cloned agent.
create table delivery_digest (
    stream bytea not null references delivery on delete cascade,
    seq    bigint not null,
    digest bytea not null,
    primary key (stream, seq)
);

-- What could not be taken: kept with the reason, acknowledged as refused, shown on the fleet page. Bounded by ingest.
create table quarantine (
    id          bigint generated always as identity primary key,
    agent_id    text not null,                      -- as the topic named it; may be nobody of ours
    stream      bytea,
    seq         bigint,
    received_at timestamptz not null default now(),
    reason      text not null,
    detail      text not null,
    payload     bytea not null
);
create index quarantine_batch on quarantine (stream, seq);

-- A recorded gap: what an agent's spool gave up, with the reason it gave.
create table gap (
    id       bigint generated always as identity primary key,
    agent_id text not null references agent,
    since    timestamptz not null,
    until    timestamptz not null,
    reason   text not null,
    samples  bigint not null default 0
);
create index gap_agent on gap (agent_id, since desc);
