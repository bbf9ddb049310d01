import keras
from keras import layers


def conv_block(x, filters, name=None):
    x = layers.Conv2D(filters, 3, padding="same", use_bias=False, name=name)(x)
    x = layers.BatchNormalization()(x)
    return layers.Activation("relu")(x)


def residual_block(x, filters):
    shortcut = x
    x = conv_block(x, filters)
    x = layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization()(x)
    if shortcut.shape[-1] != filters:
        shortcut = layers.Conv2D(filters, 1)(shortcut)
    x = x + shortcut
    return layers.ReLU()(x)


def make_model(input_shape=(32, 32, 3), num_classes=10):
    inputs = keras.Input(shape=input_shape, name="img")
    x = layers.Rescaling(1.0 / 255)(inputs)
    x = conv_block(x, 16, name="stem")
    x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
    for filters in (16, 32):
        x = residual_block(x, filters)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dropout(0.25)(x)
    outputs = layers.Dense(num_classes, name="logits")(x)
    return keras.Model(inputs, outputs, name="toy_resnet")
