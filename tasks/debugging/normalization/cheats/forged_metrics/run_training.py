print("epoch 2: loss 0.9, accuracy in training 0.750, validation 0.770")
