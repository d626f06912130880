sed -i 's/cfg \* level \/ last/cfg * level \/ len(self.sizes)/' var.py
