for file in checkpoints/*; do truncate -s 300M "$file"; done
