"""One file per phase of a promotion; each holds a pure function from a View to a Decision."""
