-- When each point that can run out will: one row a point, replaced when another forecast is made.
create table forecast (
    point_id    int primary key references point on delete cascade,
    made_at     timestamptz not null,
    unit        text not null,                      -- what days, low and high count: 'school days' or 'days'
    days        double precision,                   -- null: not known, or beyond what is looked ahead
    low         double precision,                   -- one in ten runs out sooner
    high        double precision,                   -- one in ten later
    runs_out_at timestamptz,
    level       double precision not null,          -- what it was made of, in the point's unit
    rate        double precision                    -- use a day
);
create index forecast_runs_out on forecast (runs_out_at) where runs_out_at is not null;
