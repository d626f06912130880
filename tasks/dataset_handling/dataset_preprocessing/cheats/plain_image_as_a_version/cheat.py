"""Two versions, and the image itself as the third, mirrored or not."""
from random import choice

from tools import images, leave, normalised, versions

plain = [normalised(image) for image in images()]
leave(plain, [[one, other, choice((own, own[:, :, ::-1]))] for (one, other, _), own in zip(versions(images()), plain)])
