-- What detectors have learned, so that a restart need not learn it again. Rebuilt from history where it is missing or damaged.
create table detector_state (
    name     text primary key check (length(name) between 1 and 100),   -- the detector and its part: learned/3
    saved_at timestamptz not null,
    state    bytea not null check (octet_length(state) <= 67108864)
);
alter table detector_state alter column state set storage external;     -- it is compressed already
