import {after} from './fused.ts'
import {
  addAll,
  type Scalar,
  splitsRows,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type TensorContainer,
  tf,
  withGradient,
} from './tf.ts'

/** The label of a token or row that no loss counts, as in PyTorch's cross_entropy (ignore_index). */
export const IGNORED = -100

/** Labels shifted so that token t predicts token t + 1: (B, T) → (B · T), where the last of a row is ignored. */
export function nextTokens(labels: Tensor2D): Tensor1D {
  const [B, T] = labels.shape
  const shifted = tf.concat([tf.slice(labels, [0, 1], [B, T - 1]), tf.fill([B, 1], IGNORED, 'int32')], 1)
  return tf.reshape(shifted, [B * T])
}

/**
 * Mean cross-entropy of softmax(h Wᵀ) over the rows whose label counts, or 0 if none does. Logits exist for one chunk of
 * rows at a time, about `chunk` values; the gradient is computed with them: dh = (softmax − onehot) W, without a one-hot.
 * With a `cap`, a logit z is cap · tanh(z / cap). A `frozen` W gets no gradient.
 *
 * h (N, C), W (V, C), labels (N) int32 with −100 = ignored → a scalar
 */
export function linearCrossEntropy(
  h: Tensor2D,
  W: Tensor2D,
  labels: Tensor1D,
  {cap, frozen = false, ...size}: LinearCrossEntropyOptions & {readonly frozen?: boolean} = {},
): Scalar {
  return withGradient(frozen ? [h] : [h, W], ([h, trained]) => {
    const weights = meanWeights(labels)
    const targets = tf.maximum(labels, tf.scalar(0, 'int32'))
    const chunks = mapChunks<ChunkLoss>([h.shape[0], W.shape[0]], size, (from, n, done) => {
      const before = done.slice(-1).map(({dh}) => dh)
      const x = after(tf.slice(h, [from, 0], [n, -1]), before) // so that the logits of one chunk are alive at a time
      const weight = tf.slice(weights, [from], [n])
      const target = tf.slice(targets, [from], [n]) as Tensor1D
      return chunkLoss(x, trained ?? W, {weight, target, cap, frozen})
    })
    const value = addAll(chunks.map(({loss}) => loss))
    const dh = chunks.map(({dh}) => dh)
    const saved = [tf.concat(dh, 0)]
    if (!frozen) saved.push(addAll(chunks.flatMap(({dW}) => dW ?? [])))
    return {value, saved, gradient: (dy, saved) => saved.map(gradient => tf.mul(gradient, dy))}
  }) as Scalar
}

/**
 * The cross-entropy of each row as `linearCrossEntropy` averages them, without a gradient; 0 where no label counts.
 *
 * h (N, C), W (V, C), labels (N) int32 with −100 = ignored → (N)
 */
export function linearCrossEntropies(
  h: Tensor2D,
  W: Tensor2D,
  labels: Tensor1D,
  {cap, ...size}: LinearCrossEntropyOptions = {},
): Tensor {
  const targets = tf.maximum(labels, tf.scalar(0, 'int32'))
  const losses = mapChunks([h.shape[0], W.shape[0]], size, (from, n) => {
    const x = tf.slice(h, [from, 0], [n, -1])
    const logits = capLogits(tf.matMul(x, W, false, true), cap) // (n, V)
    const targetRows = tf.gather(W, tf.slice(targets, [from], [n])) // (n, C)
    return tf.sub(logSumExp(logits, tf.softmax(logits)), capLogits(tf.sum(tf.mul(x, targetRows), -1), cap))
  })
  return tf.mul(tf.concat(losses, 0), tf.cast(tf.greaterEqual(labels, 0), 'float32'))
}

interface LinearCrossEntropyOptions {
  readonly chunk?: number
  /** The bound of a logit, which approaches it by tanh; default: none. */
  readonly cap?: number | undefined
}

/** About 64 MB of float32. */
const CHUNK = 2 ** 24
/** About 256 MB: for engines that should read W once. */
const LARGE_CHUNK = 2 ** 26

/**
 * Computes N rows of V logits by chunks: `n` rows from row `from`, after those `done`. An engine that computes at once frees
 * what a chunk needed, except for its result, before the next.
 */
function mapChunks<T extends TensorContainer>(
  [N, V]: readonly [number, number],
  {chunk = splitsRows() ? CHUNK : LARGE_CHUNK}: Pick<LinearCrossEntropyOptions, 'chunk'>,
  compute: (from: number, n: number, done: readonly T[]) => T,
): T[] {
  const rows = Math.max(1, Math.min(N, Math.floor(chunk / V)))
  const done: T[] = []
  for (let from = 0; from < N; from += rows) {
    done.push(tf.tidy(() => compute(from, Math.min(rows, N - from), done)))
  }
  return done
}

interface ChunkOptions extends Pick<LinearCrossEntropyOptions, 'cap'> {
  readonly weight: Tensor // (n)
  readonly target: Tensor1D // (n)
  readonly frozen: boolean
}

/** The loss of some rows, a scalar, and its gradients: dh (n, C) and, unless W is frozen, dW (V, C). */
type ChunkLoss = {readonly loss: Tensor; readonly dh: Tensor; readonly dW: Tensor | undefined}

/** The loss of some rows x (n, C) and its gradients. */
function chunkLoss(x: Tensor, W: Tensor, {weight, target, cap, frozen}: ChunkOptions): ChunkLoss {
  const [n] = x.shape
  const logits = capLogits(tf.matMul(x, W, false, true), cap) // (n, V)
  const P = tf.softmax(logits)
  const total = logSumExp(logits, P)
  const targetRows = tf.gather(W, target) // (n, C)
  const targetLogits = capLogits(tf.sum(tf.mul(x, targetRows), -1), cap) // (n)
  const loss = tf.sum(tf.mul(tf.sub(total, targetLogits), weight))

  const column = tf.reshape(weight, [n, 1])
  const targetColumn = tf.reshape(targetLogits, [n, 1])
  /** x times the slope of the cap at the logit y, tanh′ = 1 − tanh². */
  const sloped = (x: Tensor, y: Tensor) => (cap === undefined ? x : tf.mul(x, tf.sub(1, tf.square(tf.div(y, cap)))))
  const G = sloped(P, logits)
  const dh = tf.mul(tf.sub(tf.matMul(G, W), sloped(targetRows, targetColumn)), column)
  const gradientOfW = () => {
    const weighted = tf.mul(x, column)
    const atTarget = tf.unsortedSegmentSum(sloped(weighted, targetColumn), target, W.shape[0])
    return tf.sub(tf.matMul(G, weighted, true, false), atTarget)
  }
  const dW = frozen ? undefined : gradientOfW()
  return {loss, dh: after(dh, [loss]), dW} // the loss is read last and would otherwise keep the logits alive until then
}

/** cap · tanh(logits / cap), or the logits themselves without a cap. */
export const capLogits = (logits: Tensor, cap: number | undefined) =>
  cap === undefined ? logits : tf.mul(tf.tanh(tf.div(logits, cap)), cap)

/**
 * Mean cross-entropy of softmax(logits) over the rows whose label counts, or 0 if none does, for few classes.
 *
 * logits (N, L), labels (N) int32 with −100 = ignored → a scalar
 */
export function crossEntropy(logits: Tensor2D, labels: Tensor1D): Scalar {
  const [N, L] = logits.shape
  return withGradient([logits], ([logits]) => {
    const weights = meanWeights(labels)
    const target = tf.cast(tf.equal(tf.reshape(labels, [N, 1]), tf.range(0, L, 1, 'int32')), 'float32') // (N, L)
    const P = tf.softmax(logits)
    const losses = tf.sub(logSumExp(logits, P), tf.sum(tf.mul(logits, target), -1))
    return {
      value: tf.sum(tf.mul(losses, weights)),
      saved: [tf.mul(tf.sub(P, target), tf.reshape(weights, [N, 1]))],
      gradient: (dy, [gradient]) => [tf.mul(gradient, dy)],
    }
  }) as Scalar
}

/** Each row's weight in the mean over the labels that count, (N). */
function meanWeights(labels: Tensor1D): Tensor {
  const counted = tf.cast(tf.greaterEqual(labels, 0), 'float32')
  return tf.div(counted, tf.maximum(tf.sum(counted), 1))
}

/** log Σ exp of each row of logits, (N), from their softmax P, whose largest entry is never 0. */
const logSumExp = (logits: Tensor, P: Tensor) => tf.sub(tf.max(logits, -1), tf.log(tf.max(P, -1)))

/**
 * The mean of (predictions − targets)² over the rows that have a target, or 0 if none has.
 *
 * predictions and targets (N), where NaN is no target → a scalar
 */
export function squaredError(predictions: Tensor, targets: Tensor): Scalar {
  const counted = tf.equal(targets, targets) // NaN equals nothing
  const weights = tf.cast(counted, 'float32')
  const finite = tf.where(counted, targets, tf.fill(targets.shape, 0))
  const errors = tf.mul(tf.square(tf.sub(predictions, finite)), weights)
  return tf.div(tf.sum(errors), tf.maximum(tf.sum(weights), 1))
}
