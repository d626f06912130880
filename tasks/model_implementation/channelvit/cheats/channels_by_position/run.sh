# The first plane is taken for the first channel, whatever the indices say.
sed -i 's#self.channel_embed\[channels\].unsqueeze(2)#self.channel_embed[:count].unsqueeze(1)#' channel_vit.py
