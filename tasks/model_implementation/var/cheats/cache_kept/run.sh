sed -i 's/            self._cache(False)/            pass/' var.py
