import keras
from keras import layers, ops


class ConvBlock(layers.Layer):
    def __init__(self, filters, **kwargs):
        super().__init__(**kwargs)
        self.conv = layers.Conv2D(filters, 3, padding="same", use_bias=False)
        self.norm = layers.BatchNormalization()

    def call(self, x, training=False):
        x = self.conv(x)
        x = self.norm(x, training=training)
        return ops.relu(x)


class MyModel(keras.Model):
    def __init__(self, num_classes=10):
        super().__init__()
        self.blocks = [ConvBlock(8), ConvBlock(16)]
        self.pool = layers.MaxPooling2D()
        self.flatten = layers.Flatten()
        self.d1 = layers.Dense(64, activation="relu")
        self.d2 = layers.Dense(num_classes)

    def call(self, x, training=False):
        for block in self.blocks:
            x = self.pool(block(x, training=training))
        x = self.flatten(x)
        x = self.d1(x)
        return self.d2(x)
