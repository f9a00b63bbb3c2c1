-- Who and what there is: buildings, agents, devices, points, and their facts.

create table meta (key text primary key, value text not null);
insert into meta values ('epoch', gen_random_uuid()::text);

create table building (
    id         int generated always as identity primary key,
    name       text not null unique check (name <> ''),
    timezone   text not null default 'UTC',
    created_at timestamptz not null default now()
);

-- Never deleted but revoked: its ledger must not forget what it took. So a building goes only when its agents have moved.
create table agent (
    id            text primary key,                 -- the certificate's common name = MQTT user name = topic level
    building_id   int not null references building,
    name          text not null,
    active        boolean not null default true,    -- false: revoked; its batches are refused
    online        boolean not null default false,   -- what its retained status says
    version       text,
    last_seen     timestamptz,                      -- last batch or status heard
    complete_upto timestamptz,                      -- "complete up to 09:42": sent time of the newest batch with no gap before it
    status        jsonb not null default '{}',      -- the status message as received: spool, clock, host, config
    created_at    timestamptz not null default now()
);
create index agent_building on agent (building_id);

create table device (
    id          int generated always as identity primary key,
    agent_id    text not null references agent,
    key         text not null,
    building_id int not null references building,
    kind        text not null,
    name        text not null,
    room        text,
    address     text,
    parent_id   int references device on delete set null,
    state       text not null default 'unknown' check (state in ('ok', 'problem', 'unreachable', 'unknown')),
    state_since timestamptz not null default now(),
    last_seen   timestamptz,                        -- last time it answered
    reachable   boolean,                            -- null: never polled
    reach_detail text,
    attributes  jsonb not null default '{}',
    facts_at    timestamptz,                        -- time of the newest facts taken in
    created_at  timestamptz not null default now(),
    unique (agent_id, key)
);
create index device_building on device (building_id, id);
create index device_parent on device (parent_id) where parent_id is not null;

create table attribute_history (
    device_id int not null references device on delete cascade,
    name      text not null,
    time      timestamptz not null,
    value     jsonb not null,
    primary key (device_id, name, time)
);

create table point (
    id        int generated always as identity primary key,
    device_id int not null references device on delete cascade,
    metric    text not null,
    label     text,
    unit      text not null,
    name      text,                                 -- what the device itself calls it
    states    jsonb,                                -- {"0": "off", "1": "on"}, null: not an enumeration of its own
    created_at timestamptz not null default now(),
    unique nulls not distinct (device_id, metric, label)
);
create index point_metric on point (metric);

-- The newest sample of each point; written every few seconds by ingest, rebuilt from `sample` at start.
create table point_last (
    point_id int primary key references point on delete cascade,
    time     timestamptz not null,
    value    double precision not null
) with (fillfactor = 60);

create table event (
    id        bigint generated always as identity primary key,
    device_id int not null references device on delete cascade,
    time      timestamptz not null,
    kind      text not null,
    severity  text not null check (severity in ('info', 'minor', 'major', 'critical')),
    detail    jsonb not null default '{}'
);
create index event_time on event (time desc, id desc);
create index event_device on event (device_id, time desc);

-- Each change of a device's reachability, for the 24 h strip and availability.
create table reach_change (
    device_id int not null references device on delete cascade,
    time      timestamptz not null,
    reachable boolean not null,
    detail    text not null default '',
    primary key (device_id, time)
);
