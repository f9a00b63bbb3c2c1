-- What devices hang off, by kind of edge, and what agents are asked to do.

create table device_link (
    child      int not null references device on delete cascade,
    parent     int not null references device on delete cascade,
    kind       text not null check (kind in ('uplink', 'power', 'plant', 'service')),
    source     text not null check (source in ('learned', 'import')),
    port       text not null default '',            -- the parent's own name of where it hangs
    learned_at timestamptz not null,
    primary key (child, parent, kind, source),
    check (child <> parent)
);
create index device_link_parent on device_link (parent);

create table agent_command (
    id          uuid primary key default gen_random_uuid(),
    agent_id    text not null references agent,
    name        text not null,
    args        jsonb not null default '{}',
    asked_by    text not null,                      -- a person's or token's name; '' for the collector itself
    asked_at    timestamptz not null,
    expires_at  timestamptz not null,
    sent_at     timestamptz,
    answered_at timestamptz,
    ok          boolean,
    answer      jsonb
);
create index agent_command_waiting on agent_command (asked_at) where sent_at is null;
create index agent_command_asked on agent_command (asked_at);
