sed -i 's/labels >= self.classes/labels > self.classes/' var.py
