-- Problems, their life, and who is to be told.

create table problem (
    id              bigint generated always as identity primary key,
    rule            text not null,
    subject         text not null,                  -- 'point:12', 'device:3', 'agent:lincoln-ms': what the rule judges
    severity        text not null check (severity in ('info', 'minor', 'major', 'critical')),
    state           text not null check (state in ('open', 'acknowledged', 'snoozed', 'resolved')),
    title           text not null,
    advice          text not null default '',
    building_id     int references building on delete set null,
    agent_id        text references agent,
    device_id       int references device on delete cascade,
    point_id        int references point on delete cascade,
    cause_id        bigint references problem on delete set null, -- set: a symptom of that one, and nobody is told of it
    symptom         boolean not null default false, -- it has a cause, or had one that was deleted since
    opened_at       timestamptz not null,           -- since when the condition held
    acknowledged_at timestamptz,
    acknowledged_by text,
    snoozed_until   timestamptz,
    resolved_at     timestamptz,
    told            boolean not null default false, -- whether anybody was told that it opened
    reopened        int not null default 0,
    evidence        jsonb not null default '{}'
);
create unique index problem_live on problem (rule, subject) where state <> 'resolved';
create index problem_opened on problem (opened_at desc, id desc);
create index problem_device on problem (device_id, opened_at desc);
create index problem_cause on problem (cause_id) where cause_id is not null;

create table problem_event (
    id         bigint generated always as identity primary key,
    problem_id bigint not null references problem on delete cascade,
    time       timestamptz not null,
    change     text not null,                       -- opened, reopened, acknowledged, snoozed, noted, resolved, told
    who        text,
    note       text not null default ''
);
create index problem_event_problem on problem_event (problem_id, id);

create table channel (
    id         int generated always as identity primary key,
    name       text not null unique check (name <> ''),
    url_secret bytea not null,                      -- the Apprise URL, encrypted: it holds passwords
    scheme     text not null,                       -- what may be shown of it: mailto, ntfy, json, …
    enabled    boolean not null default true,
    minimum    text not null default 'minor' check (minimum in ('info', 'minor', 'major', 'critical')),
    created_at timestamptz not null default now(),
    failing_since timestamptz,
    last_error text
);

-- One row for each change to be told to one channel: written with the change itself, in one transaction.
create table outbox (
    id           bigint generated always as identity primary key,
    problem_id   bigint not null references problem on delete cascade,
    change       text not null check (change in ('opened', 'reopened', 'resolved')),
    occurrence   int not null default 0,            -- problem.reopened at the time: one message for each change, once
    channel_id   int not null references channel on delete cascade,
    created_at   timestamptz not null,
    attempts     int not null default 0,
    next_attempt timestamptz not null,
    claimed_until timestamptz,                      -- a sender has it until then
    delivered_at timestamptz,
    error        text,
    unique (problem_id, change, occurrence, channel_id)
);
create index outbox_due on outbox (next_attempt) where delivered_at is null;
