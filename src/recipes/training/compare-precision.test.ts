import {expect, test} from 'vitest'
import {random} from '../../tensor/random.ts'
import {layout} from '../../train/layout.ts'
import {differenceText, openComparison} from './compare-precision.ts'

const PATHS = ['q_proj', 'k_proj', 'v_proj', 'up_proj'].map(name => `model.layers.0.${name}`)
const {slots, size} = layout(
  Object.fromEntries(
    PATHS.flatMap(path => [
      [`${path}.trainable.lora_A`, [4, 16]],
      [`${path}.trainable.lora_B`, [16, 4]],
      [`${path}.trainable.gate`, [1]],
    ]),
  ),
)
const at = (name: string) => {
  const slot = slots.find(slot => slot.name === `model.layers.0.${name}`)
  if (!slot) throw new Error(name)
  return slot
}

function gradient(seed: number): Float32Array {
  const stream = random(seed)
  return Float32Array.from({length: size}, () => 0.01 * stream.normal())
}

/** Entries with the relative error of rounding to `bits` binary digits. */
function rounded(values: Float32Array, {bits = 8, seed = 9} = {}): Float32Array {
  const stream = random(seed)
  return values.map(value => value * (1 + 2 ** -bits * stream.normal()))
}

/** Replaces the entries of one tensor. */
function planted(values: Float32Array, name: string, change: (values: Float32Array) => Float32Array): Float32Array {
  const {from, to} = at(name)
  const result = values.slice()
  result.set(change(values.slice(from, to)), from)
  return result
}

interface Planted {
  readonly float32?: Float32Array
  readonly other: Float32Array
  readonly loss?: number
}

const judge = (...pairs: Planted[]) => {
  const comparison = openComparison(slots)
  for (const {float32 = gradient(1), other, loss = 2} of pairs)
    comparison.add({float32: {loss: 2, grad: float32}, other: {loss, grad: other}})
  return comparison.verdict(pairs.length > 1 ? 'loose' : 'strict')
}

const own = gradient(1)

test('equal gradients have a cosine of 1', () => {
  expect(judge({other: own})).toMatchObject({cosine: 1, defects: []})
})

test('errors of the size of rounding to bfloat16 pass', () => {
  const {cosine, defects} = judge({other: rounded(own, {bits: 6}), loss: 2.003})
  expect(defects).toEqual([])
  expect(cosine).toBeGreaterThan(0.999)
  expect(cosine).toBeLessThan(1)
})

test.each([
  ['scaled by √2', (values: Float32Array) => values.map(x => Math.SQRT2 * x), /a cosine of 1.0000 and a norm of 1.41/],
  [
    'scaled by √½',
    (values: Float32Array) => values.map(x => Math.SQRT1_2 * x),
    /a cosine of 1.0000 and a norm of 0.71/,
  ],
  [
    'of the right norm in another direction',
    (values: Float32Array) => gradient(7).subarray(0, values.length),
    /a cosine of -?0\.[0-4]/,
  ],
  ['with a swapped sign', (values: Float32Array) => values.map(x => -x), /-1.0000/],
  ['of 0', (values: Float32Array) => values.map(() => 0), /0.0000 and a norm of 0.00/],
])('a tensor %s is found and named', (_, change, difference) => {
  const {defects, tensors} = judge({other: planted(own, 'k_proj.trainable.lora_B', change)})
  expect(defects).toContain('the gradients of 1 out of 9 tensors')
  expect(tensors.map(({name}) => name)).toEqual(['model.layers.0.k_proj.trainable.lora_B'])
  expect(differenceText(tensors[0])).toMatch(difference)
})

test('a wrong tensor is found however small its part of the whole gradient', () => {
  const shrink = (values: Float32Array) => values.map(x => 0.002 * x)
  const small = planted(own, 'up_proj.trainable.lora_A', shrink)
  const {cosine, defects, tensors} = judge({
    float32: small,
    other: planted(small, 'up_proj.trainable.lora_A', values => values.map(x => -x)),
  })
  expect(cosine).toBeGreaterThan(0.9999)
  expect(defects).toEqual(['the gradients of 1 out of 9 tensors'])
  expect(tensors[0]).toMatchObject({name: 'model.layers.0.up_proj.trainable.lora_A'})
  expect(tensors[0].cosine).toBeCloseTo(-1)
})

test('a tensor of 0, or of the remainders of terms that cancel, has no direction, but may not grow', () => {
  for (const scale of [0, 1e-7]) {
    const float32 = planted(own, 'q_proj.trainable.lora_A', values => values.map(x => scale * x))
    const noise = (size: number) =>
      planted(float32, 'q_proj.trainable.lora_A', () =>
        gradient(5)
          .subarray(0, 64)
          .map(x => size * x),
      )
    expect(judge({float32, other: noise(4e-3)}).defects).toEqual([])
    expect(judge({float32, other: noise(1)}).defects).toContain('the gradients of 1 out of 9 tensors')
  }
})

test('the sign of a single entry is noise, but a few of one name are compared together', () => {
  const flipped = planted(own, 'q_proj.trainable.gate', values => values.map(x => -x / 100))
  expect(judge({other: flipped}).tensors.map(({name}) => name)).not.toContain('every gate')
  const many = layout(Object.fromEntries(Array.from({length: 20}, (_, i) => [`m${i}.trainable.gate`, [1]])))
  const comparison = openComparison(many.slots)
  const grad = gradient(3).subarray(0, 20)
  comparison.add({float32: {loss: 1, grad}, other: {loss: 1, grad: grad.map(x => -x)}})
  expect(comparison.verdict('strict').tensors).toMatchObject([{name: 'every gate', cosine: -1}])
})

test('a loss that differs by more than 0.2 % is a defect', () => {
  expect(judge({other: own, loss: 2.0039}).defects).toEqual([])
  expect(judge({other: own, loss: 2.0041}).defects).toEqual(['a loss of 2.0041 instead of 2.0000'])
})

test('several micro-batches are judged together, by looser bounds, which a wrong kernel exceeds too', () => {
  const noisy = (seed: number): Planted => ({
    float32: gradient(seed),
    other: rounded(gradient(seed), {bits: 2, seed: seed + 50}),
    loss: 2.01,
  })
  expect(judge(noisy(1)).defects).toHaveLength(2)
  const all = [1, 2, 3, 4].map(noisy)
  const together = judge(...all)
  expect(together.defects).toEqual([])
  expect(together.cosine).toBeGreaterThan(0.95)
  const scaled = all.map(one => ({
    ...one,
    other: planted(one.other, 'v_proj.trainable.lora_A', v => v.map(x => 1.5 * x)),
  }))
  expect(judge(...scaled).tensors.map(({name}) => name)).toEqual(['model.layers.0.v_proj.trainable.lora_A'])
  expect(judge(...all.map(one => ({...one, loss: 2.05}))).defects).toEqual(['a loss of 2.0500 instead of 2.0000'])
})

test('two gradients of 0 do not differ', () => {
  const zero = new Float32Array(size)
  expect(judge({float32: zero, other: zero})).toMatchObject({cosine: 1, defects: []})
  expect(judge({float32: zero, other: own}).defects).toHaveLength(2)
})

test('NaN is never within bounds', () => {
  const {defects} = judge({other: planted(own, 'q_proj.trainable.lora_B', values => values.fill(Number.NaN, 3, 4))})
  expect(defects).toHaveLength(2)
})
