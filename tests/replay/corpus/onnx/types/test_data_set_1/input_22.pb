*	ÿ€~B
FLOAT8E8M0