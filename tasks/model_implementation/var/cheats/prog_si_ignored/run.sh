sed -i 's/self.bounds\[prog_si\]/self.bounds[-1]/' var.py
