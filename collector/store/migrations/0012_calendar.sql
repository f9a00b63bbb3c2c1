-- When school is, and when nobody is to be told.

create sequence calendar_revision;

create table school_calendar (
    building_id int unique nulls not distinct references building on delete cascade, -- null: the district's
    document    jsonb not null,
    revision    bigint not null default nextval('calendar_revision'),
    changed_at  timestamptz not null,
    changed_by  text not null
);

create table silence (
    id          int generated always as identity primary key,
    building_id int references building on delete cascade, -- each that is set narrows it; none: the whole district
    kind        text,
    device_id   int references device on delete cascade,   -- with all that hangs on it
    room        text,
    rule        text,
    begins      timestamptz not null,
    ends        timestamptz,                               -- null: weekly, without an end
    weekdays    int[],                                     -- 0 Monday; null: once, from `begins` to `ends`
    from_clock  time,                                      -- weekly: local time of each building
    to_clock    time,                                      -- not later than from_clock: on the next day
    reason      text not null check (reason <> ''),
    who         text not null,
    created_at  timestamptz not null,
    ended_at    timestamptz,                               -- a person ended it early
    ended_by    text,
    check (case when weekdays is null then ends is not null and ends > begins else from_clock is not null and to_clock is not null end)
);
create index silence_alive on silence (ends) where ended_at is null;

-- What is owed: the message of a change that came in a silence, told when it ends and the problem is still there.
alter table problem add column silenced text check (silenced in ('opened', 'reopened'));
create index problem_silenced on problem (id) where silenced is not null;
