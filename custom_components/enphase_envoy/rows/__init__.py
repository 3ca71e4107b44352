"""What there is to show: the rows of all entities, a module for each kind of device."""
