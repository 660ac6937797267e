"""What people type about targets, campaigns and the catalogue."""
