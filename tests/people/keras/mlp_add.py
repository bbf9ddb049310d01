'''Trains a simple deep NN on the MNIST dataset.'''
import os
os.environ.setdefault("KERAS_BACKEND", "torch")
from keras.models import Sequential
from keras.layers import Dense, Dropout, Input, Activation

batch_size = 128
num_classes = 10

model = Sequential()
model.add(Input(shape=(784,)))
model.add(Dense(128, name="fc1"))
model.add(Activation("relu"))
model.add(Dropout(0.2))
model.add(Dense(
    num_classes,
    activation='softmax',
))
model.compile(loss='categorical_crossentropy', optimizer='rmsprop', metrics=['accuracy'])
