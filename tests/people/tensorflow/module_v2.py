import tensorflow as tf


class Dense(tf.Module):
    def __init__(self, in_features, out_features, name=None):
        super().__init__(name=name)
        self.w = tf.Variable(tf.random.normal([in_features, out_features]) * 0.05, name='w')
        self.b = tf.Variable(tf.zeros([out_features]), name='b')

    def __call__(self, x):
        y = tf.matmul(x, self.w) + self.b
        return tf.nn.relu(y)


class Net(tf.Module):
    def __init__(self, name=None):
        super().__init__(name=name)
        self.kernel = tf.Variable(tf.random.normal([3, 3, 1, 4]), name='kernel')
        self.dense_1 = Dense(in_features=14 * 14 * 4, out_features=16)
        self.dense_2 = Dense(in_features=16, out_features=10)

    @tf.function(input_signature=[tf.TensorSpec([None, 28, 28, 1], tf.float32)])
    def __call__(self, x):
        x = tf.nn.conv2d(x, self.kernel, strides=2, padding='SAME')
        x = tf.image.resize(x, [14, 14])
        x = tf.concat([x[..., :2], tf.nn.swish(x[..., 2:])], axis=-1)
        x = tf.reshape(x, [tf.shape(x)[0], -1])
        x = self.dense_1(x)
        return self.dense_2(x)


model = Net(name="net")


@tf.function
def function(x):
    x = tf.reshape(x, [-1, 784])
    return tf.nn.softmax(tf.matmul(x, tf.ones([784, 10]) * 0.01), axis=-1)
