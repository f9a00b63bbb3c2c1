-- Who may ask: tokens, sessions, one-time sign-in links, enrolments; and what was changed by whom.

create table token (
    id         int generated always as identity primary key,
    name       text not null unique check (name <> ''),
    role       text not null check (role in ('viewer', 'operator', 'admin')),
    hash       bytea not null unique,               -- SHA-256 of the token: tokens have 256 random bits
    buildings  int[],                               -- null: all
    expires_at timestamptz,
    revoked_at timestamptz,
    created_at timestamptz not null default now(),
    used_at    timestamptz
);

create table sign_in_link (
    hash       bytea primary key,
    role       text not null check (role in ('viewer', 'operator', 'admin')),
    name       text not null,
    expires_at timestamptz not null,
    used_at    timestamptz
);

create table session (
    hash       bytea primary key,                   -- SHA-256 of the cookie
    name       text not null,
    role       text not null check (role in ('viewer', 'operator', 'admin')),
    buildings  int[],
    token_id   int references token on delete cascade,
    csrf       text not null,
    expires_at timestamptz not null,
    created_at timestamptz not null default now()
);

create table enrolment (
    id          int generated always as identity primary key,
    code        text not null unique,               -- derived from the token; finds this row, not secret
    hash        bytea not null unique,              -- SHA-256 of the token: the key under which its holder proves to have it
    building_id int not null references building on delete cascade,
    agent_id    text not null,                      -- the identity it will be given
    name        text not null,
    created_at  timestamptz not null default now(),
    expires_at  timestamptz not null,
    used_at     timestamptz,
    used_key    bytea                               -- SHA-256 of the public key it was used for: the same may ask again shortly
);

create table certificate (
    serial     numeric primary key,
    agent_id   text not null references agent,
    issued_at  timestamptz not null default now(),
    expires_at timestamptz not null,
    revoked_at timestamptz
);

create table audit (
    id     bigint generated always as identity primary key,
    time   timestamptz not null default now(),
    who    text not null,
    action text not null,
    target text not null,
    before jsonb,
    after  jsonb
);
create index audit_time on audit (time desc);
