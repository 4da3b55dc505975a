"""The jobs a command can ask for: each wires layers below together and returns values, prints nothing."""
