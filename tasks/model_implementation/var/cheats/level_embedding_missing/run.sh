sed -i 's/ + self.level_embedding([^)]*)//' var.py
