-- The First Bell report: when it comes and to whom, what each morning's said, and what became of its messages.

create table report_setting (
    one         boolean primary key default true check (one),
    at          time not null default '06:45',      -- by each building's own clock
    off_days    boolean not null default false,     -- on days without school, too
    calm        boolean not null default true,      -- sent when there is nothing to say, too
    budget      int not null default 20 check (budget between 1 and 1000) -- messages a week
);
insert into report_setting default values;

create table report_time (
    building_id int primary key references building on delete cascade,
    at          time not null
);

create table report_channel (
    channel_id int primary key references channel on delete cascade,
    wanted     boolean,                             -- null: as its service suggests (mail and chat: yes)
    buildings  int[] not null default '{}'          -- empty: all
);

-- One row a morning and building (null: the district as a whole), written once.
create table report_morning (
    day         date not null,                      -- the building's local date
    building_id int references building on delete cascade,
    made_at     timestamptz not null,
    facts       jsonb not null,
    unique nulls not distinct (day, building_id)
);

-- One row a morning and channel: written once, delivered as the outbox is.
create table report_message (
    id           bigint generated always as identity primary key,
    day          date not null,
    channel_id   int not null references channel on delete cascade,
    buildings    int[] not null,
    title        text not null,
    body         text not null,
    html         text not null,
    facts        jsonb not null,                    -- what a webhook is given
    created_at   timestamptz not null,
    until        timestamptz not null,              -- no longer of use after this
    attempts     int not null default 0,
    next_attempt timestamptz not null,
    claimed_until timestamptz,
    delivered_at timestamptz,
    error        text,
    unique (day, channel_id)
);
create index report_message_due on report_message (next_attempt) where delivered_at is null;
