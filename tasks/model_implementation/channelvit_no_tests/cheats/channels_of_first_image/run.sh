# All images are taken to have the channels of the first one.
sed -i 's#self.channel_embed\[channels\].unsqueeze(2)#self.channel_embed[channels[0]].unsqueeze(1)#' channel_vit.py
