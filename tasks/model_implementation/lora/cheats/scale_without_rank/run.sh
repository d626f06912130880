# The factor forgets the rank.
sed -i 's#return self.alpha / self.rank#return self.alpha#' lora.py
