-- The history in TimescaleDB: a hypertable with columnstore compression; rollups are continuous aggregates.
create table sample (
    point_id int not null,
    time     timestamptz not null,
    value    double precision not null
);
select create_hypertable('sample', by_range('time', interval '1 day'), create_default_indexes => false);
create index sample_point_time on sample (point_id, time);
alter table sample set (
    timescaledb.enable_columnstore = true, timescaledb.segmentby = 'point_id', timescaledb.orderby = 'time'
);
call add_columnstore_policy('sample', after => interval '2 days');

create materialized view kept_5m with (timescaledb.continuous, timescaledb.materialized_only = false) as
select point_id, time_bucket('5 minutes', time) as time,
       min(value) as min, max(value) as max, sum(value) as sum, count(*) as count
from sample group by point_id, time_bucket('5 minutes', time)
with no data;

create materialized view kept_1h with (timescaledb.continuous, timescaledb.materialized_only = false) as
select point_id, time_bucket('1 hour', time) as time,
       min(min) as min, max(max) as max, sum(sum) as sum, sum(count)::bigint as count
from kept_5m group by point_id, time_bucket('1 hour', time)
with no data;

create materialized view kept_1d with (timescaledb.continuous, timescaledb.materialized_only = false) as
select point_id, time_bucket('1 day', time) as time,
       min(min) as min, max(max) as max, sum(sum) as sum, sum(count)::bigint as count
from kept_1h group by point_id, time_bucket('1 day', time)
with no data;

-- The collector's own job refreshes what changed at once (rollup_dirty); these policies stand behind it, and reach
-- back further than a week, so that data a week late correct the rollups even while no collector's job runs.
select add_continuous_aggregate_policy('kept_5m', start_offset => interval '10 days',
    end_offset => interval '1 hour', schedule_interval => interval '1 hour');
select add_continuous_aggregate_policy('kept_1h', start_offset => interval '10 days',
    end_offset => interval '1 hour', schedule_interval => interval '1 hour');
select add_continuous_aggregate_policy('kept_1d', start_offset => interval '12 days',
    end_offset => interval '1 day', schedule_interval => interval '6 hours');

-- 180 days of 5-minute rollups would be the largest table. Compressed only where raw samples are gone by default, so that
-- what comes late finds rows; where raw samples are kept longer, a refresh reaches into compressed chunks and is right, too.
alter materialized view kept_5m set (
    timescaledb.enable_columnstore = true, timescaledb.segmentby = 'point_id', timescaledb.orderby = 'time'
);
call add_columnstore_policy('kept_5m', after => interval '15 days');

select add_retention_policy('sample', interval '14 days');
select add_retention_policy('kept_5m', interval '180 days');
select add_retention_policy('kept_1h', interval '1830 days');

-- Chunks are made by the extension.
create function sample_days(days date[]) returns void language sql as 'select';
