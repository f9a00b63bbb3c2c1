-- What rollups still have to take in. Samples before the watermark are marked here, in their own transaction, by hour and
-- range of points; those at or after it need no mark. A mark may cover more points than changed, never fewer.
create table rollup_state (
    single    boolean primary key default true check (single),
    watermark timestamptz not null,                 -- on a full UTC hour; only grows
    raw_from  timestamptz,                          -- raw samples before it were dropped (null: none yet); likewise:
    five_from timestamptz,
    hour_from timestamptz
);
insert into rollup_state (watermark) values (date_bin('1 hour', now(), '2000-01-01 00:00+00'));

create table rollup_dirty (
    id   bigint generated always as identity primary key,
    hour timestamptz not null,
    low  int not null,                              -- from this point's id
    high int not null                               -- to this one's
);

-- Called before samples are written, in their transaction: makes room for their UTC days and answers the watermark, which
-- stays where it is until that transaction ends. Each statement in here sees what was committed before it began, so the
-- watermark is read after the lock is held; one plain statement could not do that.
create function sample_open(days date[]) returns timestamptz language plpgsql as $$
begin
    perform sample_days(days);
    perform pg_advisory_xact_lock_shared(73711101);
    return (select watermark from rollup_state);
end
$$;
