# The channel table is there, and used nowhere.
sed -i 's#(patches + self.channel_embed\[channels\].unsqueeze(2))#patches#' channel_vit.py
