"""`firstbell up`: database, broker, collector and agents as supervised child processes of one program."""
