"""Three epochs at the rate that is usual for BERT, which is too low for so narrow a network and so short a training."""

import train

train.EPOCHS, train.RATES = 3, (5e-5, 5e-6)
train.main()
