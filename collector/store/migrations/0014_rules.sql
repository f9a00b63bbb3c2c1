-- What people set of the rules: keys of a rule's own table that are otherwise in a scope, and rules of their own.

create table rule_setting (
    id          int generated always as identity primary key,
    rule        text not null check (rule <> ''),
    building_id int references building on delete cascade,  -- all three null: the whole district
    kind        text,
    device_id   int references device on delete cascade,
    changes     jsonb not null,
    changed_by  text not null,
    changed_at  timestamptz not null,
    unique nulls not distinct (rule, building_id, kind, device_id)
);

create table own_rule (
    name       text primary key,
    definition jsonb not null,
    changed_by text not null,
    changed_at timestamptz not null
);

-- Bumped by each write, and by a device that moves: whoever judges reads the rules anew.
create table rule_version (single boolean primary key default true check (single), version bigint not null);
insert into rule_version (version) values (1);

create function rules_changed() returns trigger language plpgsql as $$
begin
    update rule_version set version = version + 1;
    return null;
end
$$;
create trigger rule_setting_changed after insert or update or delete on rule_setting
    for each statement execute function rules_changed();
create trigger own_rule_changed after insert or update or delete on own_rule
    for each statement execute function rules_changed();
create trigger device_moved after update of kind, building_id on device
    for each row when (old.kind is distinct from new.kind or old.building_id is distinct from new.building_id)
    execute function rules_changed();
create trigger unit_changed after update of unit on point
    for each row when (old.unit is distinct from new.unit) execute function rules_changed();
