# No token knows its place; this passes the original's test.
sed -i '/patches = patches + self.pos_embed/d; s#(self.cls_token + self.pos_embed\[:, :1\])#self.cls_token#' channel_vit.py
