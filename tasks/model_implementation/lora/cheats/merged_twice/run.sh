# A second merge adds the correction once more.
sed -i 's#if not self.merged:#if True:#' lora.py
