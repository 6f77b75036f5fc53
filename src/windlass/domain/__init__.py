"""Pure rules of promotion; standard library only, no input or output, `now` is always passed in."""
