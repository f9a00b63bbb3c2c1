-- The history in plain PostgreSQL: partitioned by day; rollups are tables kept by a job.
create table sample (
    point_id int not null,
    time     timestamptz not null,
    value    double precision not null
) partition by range (time);
-- Each point's entries grow at their end: pages packed full are not split again, but by what comes late.
create index sample_point_time on sample (point_id, time) with (fillfactor = 100);

create table stored_5m (
    point_id int not null,
    time     timestamptz not null,
    min      double precision not null,
    max      double precision not null,
    sum      double precision not null,
    count    bigint not null,
    primary key (point_id, time)
) partition by range (time);
create table stored_1h (like stored_5m including all) partition by range (time);
create table stored_1d (like stored_5m including all);

-- A table made and then attached takes no lock that readers or writers of the parent would wait for;
-- "create table … partition of" would. Two collectors that need the same one wait for each other here.
create function partition_make(parent text, name text, low timestamp, high timestamp) returns void
language plpgsql as $$
begin
    if to_regclass(name) is not null then
        return;
    end if;
    perform pg_advisory_xact_lock(hashtext('firstbell partition ' || parent));
    -- Asked of the table: to_regclass may still remember that there was none before we waited.
    if exists (
        select from pg_inherits join pg_class child on child.oid = inhrelid
        where inhparent = parent::regclass and child.relname = name
    ) then
        return;
    end if;
    execute format('create table %I (like %I including defaults)', name, parent);
    execute format(
        'alter table %I attach partition %I for values from (%L) to (%L)',
        parent, name, low at time zone 'UTC', high at time zone 'UTC'
    );
end
$$;

-- Makes room for samples of these UTC days.
create function sample_days(days date[]) returns void language plpgsql as $$
declare
    day date;
begin
    foreach day in array days loop
        perform partition_make('sample', 'sample_' || to_char(day, 'YYYYMMDD'), day, day + 1);
    end loop;
end
$$;

-- Makes room for rollups of these hours: 5-minute ones by month, hourly ones by year.
create function stored_hours(hours timestamptz[]) returns void language plpgsql as $$
declare
    month timestamp;
    year  timestamp;
begin
    for month in select distinct date_trunc('month', hour at time zone 'UTC') from unnest(hours) hour loop
        perform partition_make(
            'stored_5m', 'stored_5m_' || to_char(month, 'YYYYMM'), month, month + interval '1 month'
        );
    end loop;
    for year in select distinct date_trunc('year', hour at time zone 'UTC') from unnest(hours) hour loop
        perform partition_make('stored_1h', 'stored_1h_' || to_char(year, 'YYYY'), year, year + interval '1 year');
    end loop;
end
$$;
