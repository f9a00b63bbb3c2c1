-- What a person's list of devices says goes before what a device says of itself.

alter table device add column listed_name text;
alter table device add column listed_room text;
