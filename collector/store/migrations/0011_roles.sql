-- What a point is in its equipment, as a person said; without a row what its name suggests holds.

create table point_role (
    point_id     int primary key references point on delete cascade,
    role         text check (role <> ''),            -- null: it plays none
    confirmed_by text not null,
    confirmed_at timestamptz not null
);
