import {expect, test} from 'vitest'
import {
  apply,
  type Case,
  compileCase,
  dot,
  ENGINES,
  feedsOf,
  knownOrigin,
  normals,
  relativeError,
  stored,
  timesTransposed,
} from '../../test/adapters.ts'
import {size} from '../engine/program.ts'
import {random} from '../tensor/random.ts'
import * as tf from '../tensor/tf.ts'
import type {Adapter} from './adapter.ts'
import {full} from './full.ts'
import {lora} from './lora.ts'
import {type Svft, svft} from './svft.ts'

type Weight = readonly [out: number, into: number]

const SHAPES: readonly Weight[] = [
  [10, 10],
  [14, 9],
  [8, 15],
  [1, 6],
]

interface Contract {
  readonly name: string
  readonly adapter: Adapter
  /** Whether merge(init(W)) = W. */
  readonly startsAtWeight: boolean
  /** How many numbers train on a weight, by the paper's formula. */
  readonly count: (weight: Weight) => number
}

const CONTRACTS: readonly Contract[] = [
  ...contracts({pattern: 'plain'}, n => n),
  ...contracts({pattern: 'banded', diagonals: 1}, n => n * 3 - 2),
  ...contracts({pattern: 'banded', diagonals: 40}, n => n * n),
  ...contracts({pattern: 'random', diagonals: 1}, n => n * 3 - 2),
  ...contracts({pattern: 'random', diagonals: 1, sampling: 'distinct', gate: false}, n => n * 3 - 2),
  ...contracts({pattern: 'topk', diagonals: 1}, n => n * 3 - 2),
  {
    name: 'svft banded, truncated',
    adapter: svft({pattern: 'banded', diagonals: 1, rank: 4}),
    startsAtWeight: false,
    count: ([out, into]) => Math.min(4, out, into) * 3 - 1,
  },
  {name: 'lora', adapter: lora({rank: 3, alpha: 6}), startsAtWeight: true, count: ([out, into]) => 3 * (out + into)},
  {name: 'full', adapter: full(), startsAtWeight: true, count: ([out, into]) => out * into},
]

/** A pattern in both formulations, from both starts. */
function contracts(settings: Svft, places: (n: number) => number): Contract[] {
  const gates = settings.gate === false ? 0 : 1
  return (['factorised', 'merged'] as const).flatMap(formulation =>
    (['kaiming', 'zeros'] as const).map(init => ({
      name: `svft ${Object.values({...settings, formulation, init}).join(' ')}`,
      adapter: svft({...settings, formulation, init}),
      startsAtWeight: init === 'zeros',
      count: ([out, into]: Weight) => places(Math.min(out, into)) + gates,
    })),
  )
}

for (const {name, adapter, startsAtWeight, count} of CONTRACTS) {
  for (const weight of SHAPES) {
    const title = `${name} on ${weight.join(' × ')}`

    test(`${title}: makes what shapes() says, as many numbers as the paper counts`, async () => {
      const {frozen, trainable} = await adapter.init(knownOrigin(weight, random(1)), random(2))
      const shapes = adapter.shapes(weight)
      for (const [key, it] of Object.entries(frozen)) expect(it.shape, key).toEqual(shapes.frozen[key])
      for (const [key, it] of Object.entries(trainable)) expect(it, key).toHaveLength(size(shapes.trainable[key]))
      expect(Object.keys(frozen)).toEqual(Object.keys(shapes.frozen))
      expect(Object.keys(trainable)).toEqual(Object.keys(shapes.trainable))
      expect(Object.values(trainable).reduce((sum, it) => sum + it.length, 0)).toBe(count(weight))
    })

    if (startsAtWeight) {
      test(`${title}: starts at W`, async () => {
        const start = await caseOf(adapter, weight, {moved: false})
        const {merged} = await apply(ENGINES[1], adapter, start)
        expect(relativeError(merged, await knownOrigin(weight, random(1)).weight())).toBeLessThan(1e-6)
      })
    }

    for (const engine of ENGINES) {
      test(`${title}: forward(x) = x merge()ᵀ, on the ${engine.name} engine`, async () => {
        const given = await caseOf(adapter, weight)
        const {y, merged} = await apply(engine, adapter, given)
        expect(relativeError(y, timesTransposed(given.x.data, merged, weight[1]))).toBeLessThan(1e-5)
      })
    }

    test(`${title}: gradients reach x and every trainable, and are the differences of the forward pass`, async () => {
      const given = await caseOf(adapter, weight)
      const program = await compileCase(ENGINES[1], adapter, given)
      const feeds = feedsOf(given)
      const results = await program.run(feeds)
      expect(Object.keys(results)).toHaveLength(3 + Object.keys(given.trainable).length)

      for (const name of ['x', ...Object.keys(given.trainable)]) {
        const gradient = results[name === 'x' ? 'dx' : `grad.${name}`]
        // along the gradient itself, where the slope is its length
        const length = Math.sqrt(dot(gradient, gradient))
        expect(length, name).toBeGreaterThan(1e-4)
        const shifted = async (step: number) => {
          const moved = feeds[name].map((value, i) => value + (step * gradient[i]) / length)
          return dot((await program.run({...feeds, [name]: moved})).y, given.dy.data)
        }
        const slope = ((await shifted(0.02)) - (await shifted(-0.02))) / 0.04
        expect(Math.abs(slope - length) / length, name).toBeLessThan(2e-3)
      }
      await program.dispose()
    })
  }
}

for (const formulation of ['factorised', 'merged'] as const) {
  test(`a band narrower than its weight, ${formulation}, equals the same numbers anywhere`, async () => {
    const weight = [140, 150] as const
    const banded = svft({pattern: 'banded', diagonals: 2, formulation})
    const given = await caseOf(banded, weight)
    const anywhere = svft({pattern: 'random', diagonals: 2, formulation})
    const [ours, theirs] = [await apply(ENGINES[1], banded, given), await apply(ENGINES[1], anywhere, given)]
    for (const name of Object.keys(theirs)) expect(relativeError(ours[name], theirs[name]), name).toBeLessThan(1e-5)
  })
}

test('formulations agree, whichever the rows of x suggest', async () => {
  for (const pattern of ['plain', 'banded', 'random', 'topk'] as const) {
    const adapters = (['factorised', 'merged', undefined] as const).map(formulation =>
      svft({pattern, diagonals: 1, formulation}),
    )
    const given = await caseOf(adapters[0], [12, 9])
    const [first, ...others] = await Promise.all(adapters.map(adapter => apply(ENGINES[1], adapter, given)))
    for (const other of others) {
      for (const name of Object.keys(first)) expect(relativeError(other[name], first[name]), name).toBeLessThan(1e-5)
    }
  }
})

test('a method draws from its path alone: the same numbers every time, others elsewhere', async () => {
  const adapter = svft({pattern: 'random', diagonals: 2})
  const init = async (seed: number) => adapter.init(knownOrigin([12, 12], random(1)), random(seed, 'q_proj'))
  expect(await init(5)).toEqual(await init(5))
  expect((await init(5)).trainable).not.toEqual((await init(6)).trainable)
})

test('svft starts with N(0, 2/k), lora with uniform ±1/√in', async () => {
  const k = 200 * 5 - 6
  const {trainable} = await svft({pattern: 'banded', diagonals: 2}).init(wide(200), random(3))
  expect(trainable.s).toHaveLength(k)
  expect(dot(trainable.s, trainable.s)).toBeCloseTo(2, 0)
  expect(Math.abs(trainable.s.reduce((sum, value) => sum + value)) / Math.sqrt(2 * 2)).toBeLessThan(3)

  const A = (await lora({rank: 8, alpha: 8}).init(wide(400), random(3))).trainable.lora_A
  expect(Math.max(...A.map(Math.abs)) * 20).toBeLessThan(1)
  expect(Math.max(...A.map(Math.abs)) * 20).toBeGreaterThan(0.99)
  expect(dot(A, A) / A.length).toBeCloseTo(1 / 400 / 3, 4)
})

test('lora drops entries of what A reads, and of nothing else', async () => {
  const adapter = lora({rank: 3, alpha: 6})
  const given = await caseOf(adapter, [7, 5])
  const dropped = await apply(ENGINES[0], adapter, given, {drop: x => tf.mul(x, 0)})
  const weight = await knownOrigin([7, 5], random(1)).weight()
  expect(relativeError(dropped.y, timesTransposed(given.x.data, weight, 5))).toBeLessThan(1e-6)
})

/** A start from W with 6 rows of x; `moved`, trainables stand elsewhere, as after some steps. */
async function caseOf(adapter: Adapter, weight: Weight, {moved = true} = {}): Promise<Case> {
  const origin = knownOrigin(weight, random(1))
  const {frozen, trainable} = await adapter.init(origin, random(2))
  const shapes = adapter.shapes(weight).trainable
  const place = ([name, data]: [string, Float32Array]) => {
    const draw = random(4, name)
    return [name, {shape: shapes[name], data: moved ? data.map(value => value + 0.3 * draw.normal()) : data}]
  }
  return {
    x: normals([6, weight[1]], random(5)),
    dy: normals([6, weight[0]], random(6)),
    trainable: Object.fromEntries(Object.entries(trainable).map(place)),
    frozen: {weight: stored({shape: weight, data: await origin.weight()}), ...frozen},
  }
}

/** An origin whose numbers nobody looks at. */
function wide(n: number) {
  const zeros = (shape: readonly number[]) => stored({shape, data: new Float32Array(size(shape))})
  return {
    shape: [n, n] as const,
    weight: async () => new Float32Array(n * n),
    factors: async () => ({u: zeros([n, n]), s: zeros([n]), v: zeros([n, n])}),
  }
}
