"""What an engine has to do, as checks that a package of your own can run; free of any test framework."""
