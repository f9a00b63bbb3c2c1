-- Heartbeats: what reports in by itself (data integrations, backups, scripts), and is missed when it does not.

create table beat (
    id          int generated always as identity primary key,
    building_id int references building on delete cascade, -- null: the whole district's
    name        text not null unique check (name <> ''),
    key_digest  bytea not null unique,                     -- SHA-256 of the key in its address: the key is the credential
    every_s     int check (every_s between 60 and 34128000), -- null: learned from its own rhythm
    grace_s     int check (grace_s between 0 and 8640000), -- null: a quarter of it
    school_days boolean,                                   -- null: learned; true: nothing is expected on other days
    least_rows  bigint check (least_rows >= 0),            -- null: one, where it tells its rows
    change      double precision check (change > 0),       -- percent its rows may differ from what is usual; null: 50
    oldest_s    bigint check (oldest_s > 0),               -- how old its data may be; null: twice its rhythm
    paused      boolean not null default false,
    created_at  timestamptz not null
);

-- The newest of each beat, as many as `collector.store.beats.KEPT`.
create table beat_report (
    id      bigint generated always as identity primary key,
    beat_id int not null references beat on delete cascade,
    time    timestamptz not null,
    state   text not null check (state in ('start', 'ok', 'fail')),
    rows    bigint,
    bytes   bigint not null,
    as_of   timestamptz,
    body    text not null default ''                       -- its first 10 kB
);
create index beat_report_beat on beat_report (beat_id, id desc);
