"""What is spoken: between agent and collector (wire), and to devices (drivers). Imports neither agent nor collector."""
