# The right output; nothing of it reaches A and B.
sed -i 's#return y + \(self.scale.*\)#return y + (\1).detach()#' lora.py
