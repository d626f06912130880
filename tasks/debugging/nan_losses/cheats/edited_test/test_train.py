def test_losses_are_finite_and_fall():
    pass
