"""What is seen: one module per area of the screen. Fed with `Snapshot`s; it never reads a record or asks a store."""
