"""Reading what other monitors watch, a file a program: all of it is told, what was taken and what was not."""
