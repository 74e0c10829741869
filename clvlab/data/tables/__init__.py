"""One contract a table: a readable file that says which columns it has, how they are called, and what refuses a row."""
