import {compact, groupBy, sum} from '../../base/collections.ts'
import type {LayoutSlot} from '../../train/layout.ts'
import {lastPart} from '../../weights/names.ts'

/** The loss of a micro-batch and its flat gradient. */
export interface LossGradient {
  readonly loss: number
  readonly grad: Float32Array
}

/** One micro-batch in float32 and in another precision. */
export interface PrecisionPair {
  readonly float32: LossGradient
  readonly other: LossGradient
}

export interface PrecisionVerdict {
  /** The cosine between the whole gradients. */
  readonly cosine: number
  /** The bounds that are exceeded, in words; none if the differences are those of rounding. */
  readonly defects: readonly string[]
  /** The tensors that exceed a bound, or else all that have a direction; those that differ most come first. */
  readonly tensors: readonly TensorDifference[]
}

export interface TensorDifference {
  readonly name: string
  readonly cosine: number
  /** The norm in the other precision divided by that in float32; a cosine does not show a wrong scale. */
  readonly scale: number
}

export interface PrecisionComparison {
  add(pair: PrecisionPair): void
  /** Judges all pairs so far together. */
  verdict(bounds: keyof typeof BOUNDS): PrecisionVerdict
}

interface PrecisionBounds {
  /** The least cosine, and the largest ratio of norms. */
  readonly whole: {readonly cosine: number; readonly scale: number}
  readonly tensor: {readonly cosine: number; readonly scale: number}
  /** The largest difference of losses, relative. */
  readonly loss: number
}

/** Rounding to bfloat16 gave cosines of 0.9985 to 0.9999 in models with random weights. */
const STRICT: PrecisionBounds = {whole: {cosine: 0.995, scale: 1.1}, tensor: {cosine: 0.9, scale: 1.25}, loss: 2e-3}
/**
 * In a trained model the gradients of tokens nearly cancel, so that rounding alone exceeds the strict bounds: over 8
 * micro-batches of the mini models it gave cosines from 0.94, 0.79 in a tensor, norms 1.32 to 1, and 1.0 % of the loss.
 * A wrong kernel shows clearly there: with every token rotated by the first position, the cosine was 0.09 and the losses 2.6 to 1.
 */
const LOOSE: PrecisionBounds = {whole: {cosine: 0.9, scale: 1.25}, tensor: {cosine: 0.7, scale: 1.4}, loss: 2e-2}

const BOUNDS = {strict: STRICT, loose: LOOSE}

/** The fewest entries that have a direction: that of a single one is its sign. */
const FEW = 8
/**
 * Norms relative to that of as many average entries. Below TINY, a gradient in float32 is what is left of terms that cancel,
 * as for the bias of attention's keys (2e-7 was measured, 1e-3 for the smallest others), or it is 0, as for LoRA's A at the
 * start. It has no direction, but stays below TINY_ERROR in another precision (4e-3 was measured).
 */
const TINY = 1e-4
const TINY_ERROR = 3e-2

/**
 * Compares losses and gradients in two precisions: as a whole, and tensor by tensor, because a wrong kernel can hide in the
 * whole and shows in its own tensors. Tensors of a few entries, such as gates, are compared together with all of their name.
 */
export function openComparison(slots: readonly LayoutSlot[]): PrecisionComparison {
  const tensors = groupSlots(slots).map(group => ({...group, moments: {float32: 0, other: 0, dot: 0}}))
  const losses: {readonly float32: number; readonly other: number}[] = []
  return {
    add({float32, other}) {
      losses.push({float32: float32.loss, other: other.loss})
      for (const {slots, moments} of tensors) for (const slot of slots) addMoments(moments, slot, {float32, other})
    },
    verdict(name) {
      const bounds = BOUNDS[name]
      const whole = sumMoments(tensors.map(({moments}) => moments))
      const averageNorm = ({entries}: SlotGroup) => Math.sqrt((whole.float32 * entries) / (slots.at(-1)?.to ?? 1))
      const isTiny = (tensor: ComparedTensor) => Math.sqrt(tensor.moments.float32) <= TINY * averageNorm(tensor)
      const compared = tensors.filter(tensor => tensor.entries >= FEW && !isTiny(tensor))
      const wrong = [
        ...compared.filter(({moments}) => !isWithin(moments, bounds.tensor)),
        ...tensors.filter(one => isTiny(one) && Math.sqrt(one.moments.other) > TINY_ERROR * averageNorm(one)),
      ]
      const defects = [
        lossDefect(losses, bounds),
        isWithin(whole, bounds.whole) ? undefined : `a gradient ${differenceText(differenceOf(whole))}`,
        wrong.length === 0 ? undefined : `the gradients of ${wrong.length} out of ${tensors.length} tensors`,
      ]
      return {
        cosine: differenceOf(whole).cosine,
        defects: compact(defects),
        tensors: (wrong.length > 0 ? wrong : compared)
          .map(({name, moments}) => ({name, ...differenceOf(moments)}))
          .sort((a, b) => closeness(a) - closeness(b)),
      }
    },
  }
}

/** A difference in words: `with a cosine of 0.4210 and a norm of 1.41 to 1`. */
export const differenceText = ({cosine, scale}: Omit<TensorDifference, 'name'>): string =>
  `with a cosine of ${cosine.toFixed(4)} and a norm of ${scale.toFixed(2)} to 1`

/** A tensor, or all small tensors of one name. */
interface SlotGroup {
  readonly name: string
  readonly slots: readonly LayoutSlot[]
  readonly entries: number
}

interface ComparedTensor extends SlotGroup {
  readonly moments: GradientMoments
}

function groupSlots(slots: readonly LayoutSlot[]): SlotGroup[] {
  const groups = groupBy(slots, ({name, from, to}) => (to - from < FEW ? `every ${lastPart(name)}` : name))
  return [...groups].map(([name, slots]) => ({name, slots, entries: sum(slots.map(({from, to}) => to - from))}))
}

/** The squared norms of gradients in two precisions, and their dot product, summed over micro-batches. */
interface GradientMoments {
  float32: number
  other: number
  dot: number
}

function addMoments(moments: GradientMoments, {from, to}: LayoutSlot, {float32, other}: PrecisionPair): void {
  for (let i = from; i < to; i++) {
    const [a, b] = [float32.grad[i], other.grad[i]]
    moments.float32 += a * a
    moments.other += b * b
    moments.dot += a * b
  }
}

const sumMoments = (all: readonly GradientMoments[]): GradientMoments => ({
  float32: sum(all.map(({float32}) => float32)),
  other: sum(all.map(({other}) => other)),
  dot: sum(all.map(({dot}) => dot)),
})

/** Two gradients of 0 do not differ. */
function differenceOf({float32, other, dot}: GradientMoments): Omit<TensorDifference, 'name'> {
  if (float32 === 0 && other === 0) return {cosine: 1, scale: 1}
  const cosine = dot === 0 ? 0 : Math.max(-1, Math.min(1, dot / Math.sqrt(float32 * other)))
  return {cosine, scale: Math.sqrt(other / float32)}
}

function isWithin(moments: GradientMoments, bounds: PrecisionBounds['whole']): boolean {
  const {cosine, scale} = differenceOf(moments)
  return cosine >= bounds.cosine && scale <= bounds.scale && scale >= 1 / bounds.scale
}

const closeness = ({cosine, scale}: TensorDifference) => Math.min(cosine, scale, 1 / scale)

function lossDefect(
  losses: readonly {readonly float32: number; readonly other: number}[],
  bounds: PrecisionBounds,
): string | undefined {
  const float32 = sum(losses.map(one => one.float32)) / losses.length
  const other = sum(losses.map(one => one.other)) / losses.length
  if (Math.abs(other - float32) <= bounds.loss * Math.abs(float32)) return undefined
  return `a loss of ${other.toPrecision(5)} instead of ${float32.toPrecision(5)}`
}
