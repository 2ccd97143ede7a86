"""The rules: values in, values out. Imports the standard library only; knows no clock, no database and no engine."""
