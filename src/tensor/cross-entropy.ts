import * as tf from './tf.ts'

/**
 * Mean cross-entropy of softmax(h Wᵀ) over the rows whose label is counted (0 where none is). The logits exist for
 * one chunk of rows at a time, about `chunk` numbers, and their gradient is taken at once: dh = (softmax − onehot) W,
 * without a one-hot.
 *
 * h (N, C), W (V, C), labels (N) int32 with −100 = ignored → a scalar
 */
export function linearCrossEntropy(
  h: tf.Tensor2D,
  W: tf.Tensor2D,
  labels: tf.Tensor1D,
  {chunk = CHUNK}: {readonly chunk?: number} = {},
): tf.Scalar {
  const [N] = h.shape
  const [V] = W.shape
  const rows = Math.max(1, Math.min(N, Math.floor(chunk / V)))

  return tf.customGrad((...args: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const [h, W, save] = args as [tf.Tensor2D, tf.Tensor2D, tf.GradSaveFunc]
    const counted = tf.cast(tf.greaterEqual(labels, 0), 'float32')
    const share = tf.div(counted, tf.maximum(tf.sum(counted), 1)) // of the mean, (N)
    const targets = tf.maximum(labels, tf.scalar(0, 'int32')) as tf.Tensor1D
    const losses: tf.Tensor[] = []
    const dh: tf.Tensor[] = []
    const dW: tf.Tensor[] = []

    for (let from = 0; from < N; from += rows) {
      const n = Math.min(rows, N - from)
      const x = tf.slice(h, [from, 0], [n, -1]) as tf.Tensor2D
      const weight = tf.slice(share, [from], [n]) // (n)
      const target = tf.slice(targets, [from], [n]) as tf.Tensor1D
      const logits = tf.matMul(x, W, false, true) // (n, V)
      const P = tf.softmax(logits)
      const total = tf.sub(tf.max(logits, -1), tf.log(tf.max(P, -1))) // log Σ exp, (n): the top one's P is never 0
      const aim = tf.gather(W, target) // (n, C), the target's own row
      const loss = tf.sub(total, tf.sum(tf.mul(x, aim), -1))
      losses.push(tf.sum(tf.mul(loss, weight)))

      const column = tf.reshape(weight, [n, 1])
      dh.push(tf.mul(tf.sub(tf.matMul(P, W), aim), column))
      const weighted = tf.mul(x, column) as tf.Tensor2D
      dW.push(tf.sub(tf.matMul(P, weighted, true, false), tf.unsortedSegmentSum(weighted, target, V)))
    }
    save([tf.concat(dh, 0), dW.reduce((sum, next) => tf.add(sum, next))])
    return {
      value: losses.reduce((sum, next) => tf.add(sum, next)) as tf.Scalar,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => saved.map(gradient => tf.mul(gradient, dy)),
    }
  })(h, W) as tf.Scalar
}

/**
 * Mean cross-entropy of softmax(logits) over the rows whose label is counted (0 where none is), for few classes.
 *
 * logits (N, L), labels (N) int32 with −100 = ignored → a scalar
 */
export function crossEntropy(logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Scalar {
  const [N, L] = logits.shape
  return tf.customGrad((...args: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const [logits, save] = args as [tf.Tensor2D, tf.GradSaveFunc]
    const counted = tf.cast(tf.greaterEqual(labels, 0), 'float32')
    const share = tf.div(counted, tf.maximum(tf.sum(counted), 1)) // of the mean, (N)
    const target = tf.cast(tf.equal(tf.reshape(labels, [N, 1]), tf.range(0, L, 1, 'int32')), 'float32') // (N, L)
    const P = tf.softmax(logits)
    const total = tf.sub(tf.max(logits, -1), tf.log(tf.max(P, -1))) // log Σ exp, (N)
    const loss = tf.sub(total, tf.sum(tf.mul(logits, target), -1))
    save([tf.mul(tf.sub(P, target), tf.reshape(share, [N, 1]))])
    return {
      value: tf.sum(tf.mul(loss, share)) as tf.Scalar,
      gradFunc: (dy: tf.Tensor, [gradient]: tf.Tensor[]) => tf.mul(gradient, dy),
    }
  })(logits) as tf.Scalar
}

/**
 * The mean of (predictions − targets)² over the rows that have a target (0 where none has).
 *
 * predictions and targets (N), a target that is NaN is none → a scalar
 */
export function squaredError(predictions: tf.Tensor, targets: tf.Tensor): tf.Scalar {
  const counted = tf.equal(targets, targets) // NaN equals nothing
  const share = tf.cast(counted, 'float32')
  const aim = tf.where(counted, targets, tf.fill(targets.shape, 0))
  const errors = tf.mul(tf.square(tf.sub(predictions, aim)), share)
  return tf.div(tf.sum(errors), tf.maximum(tf.sum(share), 1)) as tf.Scalar
}

/** 64 MB of float32. */
const CHUNK = 2 ** 24
