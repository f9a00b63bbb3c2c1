-- Who is told what, when: people and their channels, routes, and the steps of each (step 0 at once, later ones by escalation).

create table person (
    id         int generated always as identity primary key,
    name       text not null unique check (name <> ''),
    account    text,                                -- the name of the token this person signs in with; null: a contact alone
    timezone   text not null default 'UTC',         -- of the quiet hours
    quiet_from smallint check (quiet_from between 0 and 1439), -- minute of the local day; null: none
    quiet_to   smallint check (quiet_to between 0 and 1439),
    created_at timestamptz not null default now(),
    check ((quiet_from is null) = (quiet_to is null) and quiet_from is distinct from coalesce(quiet_to, -1))
);

create table person_channel (
    person_id  int not null references person on delete cascade,
    channel_id int not null references channel on delete cascade,
    primary key (person_id, channel_id)
);

-- The first that fits decides; one that goes on lets the next that fits add to it.
create table route (
    id         int generated always as identity primary key,
    position   int not null unique,
    name       text not null unique check (name <> ''),
    severities text[] not null,                     -- empty: every one; likewise buildings and kinds
    buildings  int[] not null,
    kinds      text[] not null,
    during     text not null check (during in ('always', 'school', 'outside')),
    tell       text not null check (tell in ('now', 'school', 'report')),
    go_on      boolean not null default false
);

create table route_step (
    route_id   int not null references route on delete cascade,
    step       int not null check (step between 0 and 9),
    after_min  int not null check (after_min between 0 and 10080),
    school     boolean not null default false,      -- counted and told in school hours alone
    people     int[] not null,
    channels   int[] not null,
    primary key (route_id, step)
);

alter table outbox add column step int not null default 0; -- above 0: told when nobody has acknowledged by then

alter table channel add column failures int not null default 0; -- deliveries that failed since one was taken
alter table channel add column signing_secret bytea; -- encrypted; what a webhook's messages are signed with
