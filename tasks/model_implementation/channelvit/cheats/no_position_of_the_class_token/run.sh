# Only the patches know their places.
sed -i 's#(self.cls_token + self.pos_embed\[:, :1\])#self.cls_token#' channel_vit.py
