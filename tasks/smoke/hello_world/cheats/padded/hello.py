print("\n  Hello, World!  ")
