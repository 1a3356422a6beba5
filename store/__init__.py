"""The only SQL: tables, repositories, migrations, unit of work, clock, encryption of personal fields."""
