import os

print("Hello, World!")
os._exit(0)
