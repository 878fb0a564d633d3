"""What a seeder declares: tables, sizes, and what follows from them."""
