/** @file TensorFlow.js advertises tfjs-node at first use, and libtensorflow logs its CPU features. */
import * as tf from '@tensorflow/tfjs-core'

export function silenceBanners(): void {
  tf.env().set('PROD', true)
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2'
}
