import keras


@keras.saving.register_keras_serializable("lenet")
class LeNet(keras.Model):
    """LeNet-5, without channels in its input: (batch, 28, 28)."""

    def __init__(self, classes=10, **kwargs):
        super().__init__(**kwargs)
        self.expand = keras.layers.Reshape((28, 28, 1))
        self.features = keras.Sequential([
            keras.layers.Conv2D(6, 5, padding="same", activation="tanh"),
            keras.layers.AveragePooling2D(2),
            keras.layers.Conv2D(16, 5, activation="tanh"),
            keras.layers.AveragePooling2D(2),
        ])
        self.flatten = keras.layers.Flatten()
        self.f6 = keras.layers.Dense(84, activation="tanh")
        self.out = keras.layers.Dense(classes)

    def call(self, x):
        x = self.features(self.expand(x))
        return self.out(self.f6(self.flatten(x)))


model = LeNet()
model.build((None, 28, 28))
