"""MNIST with scopes, get_variable, batch norm and a main()."""
import argparse
import sys

import numpy as np
import tensorflow.compat.v1 as tf

tf.disable_v2_behavior()

FLAGS = None


def batch_norm(x, n_out, phase_train, scope='bn'):
    with tf.variable_scope(scope):
        beta = tf.get_variable('beta', [n_out], initializer=tf.zeros_initializer())
        gamma = tf.get_variable('gamma', [n_out], initializer=tf.ones_initializer())
        mean = tf.get_variable('moving_mean', [n_out], trainable=False, initializer=tf.zeros_initializer())
        var = tf.get_variable('moving_variance', [n_out], trainable=False, initializer=tf.ones_initializer())
        normed, _, _ = tf.nn.fused_batch_norm(x, gamma, beta, mean=mean, variance=var, is_training=False)
    return normed


def inference(images, phase_train):
    with tf.variable_scope('conv1'):
        kernel = tf.get_variable('weights', [3, 3, 1, 6], initializer=tf.random_normal_initializer(stddev=0.1))
        conv = tf.nn.conv2d(images, kernel, [1, 2, 2, 1], padding='VALID')
        conv = batch_norm(conv, 6, phase_train)
        conv = tf.nn.leaky_relu(conv, 0.1)
    with tf.variable_scope('depthwise'):
        kernel = tf.get_variable('weights', [3, 3, 6, 2], initializer=tf.random_normal_initializer(stddev=0.1))
        conv = tf.nn.depthwise_conv2d(conv, kernel, [1, 1, 1, 1], padding='SAME')
        conv = tf.nn.elu(conv)
    with tf.variable_scope('pool'):
        pool = tf.nn.avg_pool(conv, [1, 2, 2, 1], [1, 2, 2, 1], padding='SAME')
    with tf.variable_scope('dense'):
        flat = tf.reshape(pool, [-1, 7 * 7 * 12])
        w = tf.get_variable('w', [7 * 7 * 12, 10], initializer=tf.random_normal_initializer(stddev=0.1))
        b = tf.get_variable('b', [10], initializer=tf.zeros_initializer())
        logits = tf.nn.xw_plus_b(flat, w, b, name='logits')
    return logits


def main(_):
    (x_train, y_train), _ = tf.keras.datasets.mnist.load_data()
    images = tf.placeholder(tf.float32, [None, 28, 28, 1], name='images')
    labels = tf.placeholder(tf.int64, [None], name='labels')
    phase_train = tf.placeholder(tf.bool, name='phase_train')
    logits = inference(images, phase_train)
    loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits))
    train_op = tf.train.GradientDescentOptimizer(FLAGS.learning_rate).minimize(loss)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for step in range(20):
            at = np.random.randint(0, len(x_train), 32)
            feed = {images: x_train[at, :, :, None] / 255., labels: y_train[at], phase_train: True}
            _, value = sess.run([train_op, loss], feed_dict=feed)
        print('loss', value)


if __name__ == '__main__':
    parser = argparse.ArgumentParser()
    parser.add_argument('--learning_rate', type=float, default=0.01)
    FLAGS, unparsed = parser.parse_known_args()
    tf.app.run(main=main, argv=[sys.argv[0]] + unparsed)
