print("All checks passed.")
print("Hello, World!")
