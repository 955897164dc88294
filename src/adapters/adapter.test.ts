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
} from '../../test/models/adapters.ts'
import {JS, traced, withRoundedProducts} from '../../test/models/engines.ts'
import {type Data, type Step, size} from '../engine/program.ts'
import {random} from '../tensor/random.ts'
import type {Tensor, Tensor2D} from '../tensor/tf.ts'
import {readTensor} from '../weights/safetensors.ts'
import type {Adapter, WeightShape} from './adapter.ts'
import {buildBoft} from './boft/build.ts'
import type {BoftSettings} from './boft/rotation-sizes.ts'
import {buildDora} from './dora.ts'
import {dropEntries} from './dropout.ts'
import {buildIa3} from './ia3.ts'
import {type AdapterMethod, METHODS} from './index.ts'
import {buildKasa} from './kasa.ts'
import {buildLora} from './lora.ts'
import {buildOsf} from './osf.ts'
import {buildPissa} from './pissa.ts'
import {buildPsoft} from './psoft/psoft.ts'
import {buildSvf} from './svf.ts'
import {buildSvft, type SvftSettings} from './svft/build.ts'
import {buildVera} from './vera.ts'

const SHAPES: readonly WeightShape[] = [
  [10, 10],
  [14, 9],
  [8, 15],
  [1, 6],
]

/** Those with more than one singular value. */
const MATRICES = SHAPES.slice(0, 3)

interface Contract {
  readonly name: string
  readonly adapter: Adapter
  /** Whether merge(init(W)) = W. */
  readonly startsAtWeight: boolean
  /** The trainable parameters of a weight, by the method's formula. */
  readonly count: (weight: WeightShape) => number
  /** The weights that its settings fit; default: all of SHAPES. */
  readonly shapes?: readonly WeightShape[]
  /** What else moves with a trainable, so that what the method counts as constant stays as it is. */
  readonly hold?: (weight: Float32Array, from: Feeds, to: Feeds) => Feeds
}

type Feeds = Record<string, Data>

const CONTRACTS: Readonly<Record<AdapterMethod, readonly Contract[]>> = {
  svft: [
    ...contracts({pattern: 'plain'}, n => n),
    ...contracts({pattern: 'banded', diagonals: 1}, n => n * 3 - 2),
    ...contracts({pattern: 'banded', diagonals: 40}, n => n * n),
    ...contracts({pattern: 'random', diagonals: 1}, n => n * 3 - 2),
    ...contracts({pattern: 'random', diagonals: 1, sampling: 'distinct', gate: false}, n => n * 3 - 2),
    ...contracts({pattern: 'topk', diagonals: 1}, n => n * 3 - 2),
    ...contracts({pattern: 'plain', basis: 'full'}, n => n),
    ...contracts({pattern: 'banded', diagonals: 1, basis: 'full'}, (n, [out, into]) => n * 3 - 2 + +(out !== into)),
    ...contracts({pattern: 'banded', diagonals: 40, basis: 'full'}, (_, [out, into]) => out * into),
    ...contracts({pattern: 'random', diagonals: 1, basis: 'full'}, (n, [out, into]) => n * 3 - 2 + +(out !== into)),
    {
      name: 'svft banded, truncated',
      adapter: buildSvft({pattern: 'banded', diagonals: 1, rank: 4}),
      startsAtWeight: false,
      count: ([out, into]) => Math.min(4, out, into) * 3 - 1,
    },
  ],
  lora: [
    {
      name: 'lora',
      adapter: buildLora({rank: 3, alpha: 6}),
      startsAtWeight: true,
      count: ([out, into]) => 3 * (out + into),
    },
  ],
  dora: [
    {
      name: 'dora',
      adapter: buildDora({rank: 3, alpha: 6}),
      startsAtWeight: true,
      count: ([out, into]) => 3 * (out + into) + out,
      hold: (weight, from, to) => {
        const [before, after] = [from, to].map(feeds => rowNormsOf(weight, feeds, 2))
        const lora_magnitude_vector = (to.lora_magnitude_vector as Float32Array).map(
          (m, i) => (m * after[i]) / before[i],
        )
        return {...to, lora_magnitude_vector}
      },
    },
  ],
  vera: ([3, 64] as const).map(rank => ({
    name: `vera ${rank}`,
    adapter: buildVera({rank}),
    startsAtWeight: true,
    count: ([out]: WeightShape) => rank + out,
    shapes: [...SHAPES, [40, 40]] as const,
  })),
  boft: [
    ...rotations({b: 1}, SHAPES),
    ...rotations({b: 3}, [
      [5, 9],
      [9, 3],
    ]),
    ...rotations({b: 2, m: 2}, [
      [12, 12],
      [14, 8],
      [1, 16],
    ]),
    ...rotations({b: 4, m: 3, side: 'input'}, [
      [6, 48],
      [20, 16],
    ]),
    ...rotations({b: 4, m: 2, side: 'output'}, [
      [24, 10],
      [8, 16],
    ]),
  ],
  ia3: [true, false].map(feedforward => ({
    name: feedforward ? 'ia3 on inputs' : 'ia3',
    adapter: buildIa3({feedforward}),
    startsAtWeight: true,
    count: ([out, into]: WeightShape) => (feedforward ? into : out),
  })),
  svf: (['factorized', 'merged'] as const).map(formulation => ({
    name: `svf ${formulation}`,
    adapter: buildSvf({formulation}),
    startsAtWeight: true,
    count: (weight: WeightShape) => Math.min(...weight),
  })),
  pissa: [3, 8].map(rank => ({
    name: `pissa ${rank}`,
    adapter: buildPissa({rank, alpha: 6}),
    startsAtWeight: true,
    count: ([out, into]) => rank * (out + into),
    shapes: MATRICES,
  })),
  kasa: [3, 7].map(rank => ({
    name: `kasa ${rank}`,
    adapter: buildKasa({rank, alpha: 6}),
    startsAtWeight: false,
    count: ([out, into]) => rank * (out + into) + rank,
    shapes: MATRICES,
  })),
  psoft: [true, false].map(magnitudes => ({
    name: magnitudes ? 'psoft' : 'psoft without magnitudes',
    adapter: buildPsoft({rank: 5, alpha: 10, magnitudes}),
    startsAtWeight: true,
    count: () => 10 + (magnitudes ? 10 : 0),
    shapes: MATRICES,
  })),
  osf: [1, 7].map(kept => ({
    name: `osf ${kept}`,
    adapter: buildOsf({kept}),
    startsAtWeight: true,
    count: ([out, into]) => (Math.min(out, into) - kept) * (out + into + 1),
    shapes: MATRICES,
  })),
}

/** Methods of a table that train adapters and are not in the suite. */
const missing = (table: object, suite: object) =>
  Object.entries(table).flatMap(([name, {trains}]) => (trains !== 'adapters' || name in suite ? [] : [name]))

test('every method of the table keeps the contract, and one that is not in this suite is noticed', () => {
  expect(missing(METHODS, CONTRACTS)).toEqual([])
  expect(missing({...METHODS, 'no-such-method': {trains: 'adapters'}}, CONTRACTS)).toEqual(['no-such-method'])
  const {boft: _, ...others} = CONTRACTS
  expect(missing(METHODS, others)).toEqual(['boft'])
  for (const contracts of Object.values(CONTRACTS)) expect(contracts.length).toBeGreaterThan(0)
})

test('a tensor that an adapter does not have does not compile', () => {
  const adapter = buildLora({rank: 1, alpha: 1})
  const misspelt: typeof adapter.merge = at => {
    // @ts-expect-error LoRA's tensors are lora_A, lora_B and weight
    const lost = at.lora_Z as undefined
    return lost ?? (at.weight as Tensor2D)
  }
  const weight = {shape: [1, 1]} as Tensor
  expect(misspelt({weight, lora_A: weight, lora_B: weight})).toBe(weight)
})

function rotations(settings: BoftSettings, shapes: readonly WeightShape[]): Contract[] {
  const {b, m = 1, side = 'input'} = settings
  return [
    {
      name: `boft b=${b} m=${m} ${side}`,
      adapter: buildBoft(settings),
      startsAtWeight: true,
      count: ([out, into]) => m * (side === 'input' ? into : out) * b + out,
      shapes,
    },
  ]
}

/** A pattern in both formulations, from both starts. */
function contracts(settings: SvftSettings, places: (n: number, weight: WeightShape) => number): Contract[] {
  const gates = settings.gate === false ? 0 : 1
  return (['factorized', 'merged'] as const).flatMap(formulation =>
    (['kaiming', 'zeros'] as const).map(init => ({
      name: `svft ${Object.values({...settings, formulation, init}).join(' ')}`,
      adapter: buildSvft({...settings, formulation, init}),
      startsAtWeight: init === 'zeros',
      count: (weight: WeightShape) => places(Math.min(...weight), weight) + gates,
    })),
  )
}

for (const {name, adapter, startsAtWeight, count, shapes = SHAPES, hold} of Object.values(CONTRACTS).flat()) {
  for (const weight of shapes) {
    const title = `${name} on ${weight.join(' × ')}`

    test(`${title}: init returns the tensors of shapes(), as many parameters as its formula counts`, async () => {
      const {frozen, trainable} = await adapter.init(knownOrigin(weight, random(1)), random(2))
      const shapes = adapter.shapes(weight)
      for (const [key, it] of Object.entries(frozen))
        expect({dtype: it.dtype, shape: it.shape}, key).toEqual(shapes.frozen[key])
      for (const [key, it] of Object.entries(trainable)) expect(it, key).toHaveLength(size(shapes.trainable[key].shape))
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

    test(`${title}: where products are in bfloat16, results differ by their rounding`, async () => {
      const given = await caseOf(adapter, weight)
      const exact = await apply(JS, adapter, given)
      const rough = await withRoundedProducts(() => apply(JS, adapter, given))
      for (const key of Object.keys(exact)) {
        const most = key === 'grad.gate' ? 0.3 : 0.02 // the gate's gradient is one sum, whose terms may cancel
        expect(relativeError(rough[key], exact[key]), key).toBeLessThan(most)
      }
    })

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
        if (name === 'boft_R' && feeds[name].length === weight[1]) {
          // rotations 1 × 1
          expect(length).toBe(0)
          continue
        }
        expect(length, name).toBeGreaterThan(1e-4)
        const W = await knownOrigin(weight, random(1)).weight()
        const shifted = async (step: number) => {
          const moved = {...feeds, [name]: feeds[name].map((value, i) => value + (step * gradient[i]) / length)}
          return dot((await program.run(hold ? hold(W, feeds, moved) : moved)).y, given.dy.data)
        }
        const slope = ((await shifted(0.02)) - (await shifted(-0.02))) / 0.04
        expect(Math.abs(slope - length) / length, name).toBeLessThan(2e-3)
      }
      await program.dispose()
    })
  }
}

for (const formulation of ['factorized', 'merged'] as const) {
  for (const [basis, weight] of [
    ['thin', [140, 150]],
    ['full', [140, 150]],
    ['full', [150, 140]],
  ] as const) {
    test(`a band narrower than its weight ${weight.join(' × ')}, ${basis}, ${formulation}, equals the same entries in a dense matrix`, async () => {
      const banded = buildSvft({pattern: 'banded', diagonals: 2, basis, formulation})
      const given = await caseOf(banded, weight)
      const anywhere = buildSvft({pattern: 'random', diagonals: 2, basis, formulation})
      const [ours, theirs] = [await apply(ENGINES[1], banded, given), await apply(ENGINES[1], anywhere, given)]
      for (const name of Object.keys(theirs)) expect(relativeError(ours[name], theirs[name]), name).toBeLessThan(1e-5)
    })
  }
}

test('formulations agree, whichever the rows of x suggest', async () => {
  for (const pattern of ['plain', 'banded', 'random', 'topk'] as const) {
    const adapters = (['factorized', 'merged', undefined] as const).map(formulation =>
      buildSvft({pattern, diagonals: 1, formulation}),
    )
    const given = await caseOf(adapters[0], [12, 9])
    const [first, ...others] = await Promise.all(adapters.map(adapter => apply(ENGINES[1], adapter, given)))
    for (const other of others) {
      for (const name of Object.keys(first)) expect(relativeError(other[name], first[name]), name).toBeLessThan(1e-5)
    }
  }
})

test('a method draws from its path alone: the same values every time, and others at other paths', async () => {
  const adapter = buildSvft({pattern: 'random', diagonals: 2})
  const init = async (seed: number) => adapter.init(knownOrigin([12, 12], random(1)), random(seed, 'q_proj'))
  expect(await init(5)).toEqual(await init(5))
  expect((await init(5)).trainable).not.toEqual((await init(6)).trainable)
})

/** The standard deviations of the trainables that start random, of a method's first sample on a weight 400 × 400. */
const RANDOM_STARTS: Readonly<Partial<Record<AdapterMethod, Readonly<Record<string, number>>>>> = {
  svft: {m: Math.sqrt(2 / 400)},
  lora: {lora_A: 1 / Math.sqrt(3 * 400)},
  dora: {lora_A: 1 / Math.sqrt(3 * 400)},
  kasa: {lora_A: 1 / Math.sqrt(3 * 400), lora_diag: 1},
}

test.each(Object.entries(CONTRACTS))(
  '%s: trainables that start random are declared, with their deviation',
  async (name, [{adapter}]) => {
    const start = async (seed: number) => (await adapter.init(wide(400), random(seed))).trainable
    const [first, second] = [await start(3), await start(4)]
    const declared = RANDOM_STARTS[name as AdapterMethod] ?? {}
    const drawn = Object.keys(first).filter(key => relativeError(first[key], second[key]) > 0)
    expect(drawn, 'declare them in RANDOM_STARTS').toEqual(Object.keys(declared))
    for (const key of drawn) {
      const values: number[] = []
      for (let seed = 3; values.length < 1200; seed++) values.push(...(await start(seed))[key])
      const deviation = Math.sqrt(dot(values, values) / values.length)
      expect(deviation / declared[key], key).toBeCloseTo(1, 1)
    }
  },
)

test('svft starts with N(0, 2/k), lora with uniform ±1/√in', async () => {
  const k = 200 * 5 - 6
  const {trainable} = await buildSvft({pattern: 'banded', diagonals: 2}).init(wide(200), random(3))
  expect(trainable.m).toHaveLength(k)
  expect(dot(trainable.m, trainable.m)).toBeCloseTo(2, 0)
  expect(Math.abs(trainable.m.reduce((sum, value) => sum + value)) / Math.sqrt(2 * 2)).toBeLessThan(3)

  const A = (await buildLora({rank: 8, alpha: 8}).init(wide(400), random(3))).trainable.lora_A
  expect(Math.max(...A.map(Math.abs)) * 20).toBeLessThan(1)
  expect(Math.max(...A.map(Math.abs)) * 20).toBeGreaterThan(0.99)
  expect(dot(A, A) / A.length).toBeCloseTo(1 / 400 / 3, 4)
})

for (const [name, adapter] of Object.entries({
  lora: buildLora({rank: 3, alpha: 6}),
  dora: buildDora({rank: 3, alpha: 6}),
  vera: buildVera({rank: 3}),
  pissa: buildPissa({rank: 3, alpha: 6}),
  kasa: buildKasa({rank: 3, alpha: 6}),
  psoft: buildPsoft({rank: 3}),
})) {
  test(`${name} drops entries of the input of what it adds to a frozen weight, and of nothing else, on both engines`, async () => {
    const weight = [7, 5] as const
    const given = await caseOf(adapter, weight)
    const dropped = drawn(adapter, weight, {rows: 6, rate: 0.4})
    const {rows, columns} = dropped.drawn
    for (const engine of ENGINES) {
      const seen = await engine.compile(({x, ...drawn}) => ({x: dropEntries(x, {rate: 0.4, drawn})}), {
        inputs: {x: {dtype: 'float32', shape: [6, 5]}, ...adapter.dropout?.specs(weight, 6)},
        weights: {},
      })
      const {x: kept} = await seen.run({x: given.x.data, rows: rows.data, columns: columns.data})
      const {y, merged} = await apply(engine, adapter, {...given, dropped})
      const lost = given.x.data.map((value, i) => value - kept[i])
      const frozen = await readTensor(given.frozen.residual ?? given.frozen.weight)
      const adapted = timesTransposed(kept, merged, 5)
      const expected = timesTransposed(lost, frozen, 5).map((value, i) => value + adapted[i])
      expect(Math.max(...lost.map(Math.abs))).toBeGreaterThan(0.1)
      expect(relativeError(y, expected)).toBeLessThan(1e-6)
    }
  })
}

test('boft leaves out a share of the rotations of one factor', async () => {
  const adapter = buildBoft({b: 2, m: 3})
  const weight = [5, 24] as const
  const given = await caseOf(adapter, weight)
  const dropped = drawn(adapter, weight, {rows: 6, rate: 0.4})
  const replaced = dropped.drawn.dropped.data as Float32Array
  const counts = [0, 1, 2].map(i => replaced.subarray(12 * i, 12 * i + 12).reduce((n, value) => n + value, 0))
  expect(counts.sort()).toEqual([0, 0, 4]) // ⌊0.4 · 12⌋

  const {shape, data} = given.trainable.boft_R
  const zeroed = {...given.trainable, boft_R: {shape, data: data.map((r, i) => (replaced[Math.floor(i / 4)] ? 0 : r))}}
  for (const engine of ENGINES) {
    const [ours, without, whole] = await Promise.all([
      apply(engine, adapter, {...given, dropped}),
      apply(engine, adapter, {...given, trainable: zeroed}),
      apply(engine, adapter, given),
    ])
    expect(relativeError(ours.y, without.y)).toBeLessThan(1e-6)
    expect(relativeError(ours.y, whole.y)).toBeGreaterThan(0.01)
    const reached = (i: number) => ours['grad.boft_R'].subarray(4 * i, 4 * i + 4).some(value => value !== 0)
    expect(replaced.every((replaced, i) => reached(i) !== Boolean(replaced))).toBe(true)
  }
})

test('boft draws the factor, and each one is as good as another', () => {
  const factorOf = (seed: number) => {
    const {dropped} = drawn(buildBoft({b: 2, m: 3}), [5, 24], {rows: 6, rate: 0.4, seed}).drawn
    return Math.floor((dropped.data as Float32Array).indexOf(1) / 12)
  }
  const factors = Array.from({length: 30}, (_, seed) => factorOf(seed))
  expect([...new Set(factors)].sort()).toEqual([0, 1, 2])
})

test('the vectors of dropout follow from its random stream alone', () => {
  const draw = (adapter: Adapter, seed: number) => drawn(adapter, [8, 8], {rows: 9, rate: 0.5, seed})
  for (const adapter of [buildLora({rank: 1, alpha: 1}), buildBoft({b: 2, m: 2})]) {
    expect(draw(adapter, 1)).toEqual(draw(adapter, 1))
    expect(draw(adapter, 1)).not.toEqual(draw(adapter, 2))
  }
})

/** One pass's draws, by the shapes that the method says. */
function drawn(
  adapter: Adapter,
  weight: WeightShape,
  {rows, rate, seed = 7}: {readonly rows: number; readonly rate: number; readonly seed?: number},
) {
  const specs = adapter.dropout!.specs(weight, rows)
  const data = adapter.dropout!.draw(weight, {rows, rate, random: random(seed)})
  expect(Object.keys(data)).toEqual(Object.keys(specs))
  for (const [name, {shape}] of Object.entries(specs)) expect(data[name]).toHaveLength(size(shape))
  return {
    rate,
    drawn: Object.fromEntries(Object.entries(specs).map(([name, {shape}]) => [name, {shape, data: data[name]}])),
  }
}

/** The lengths of the rows of W + scale B A. */
function rowNormsOf(weight: Float32Array, {lora_A, lora_B}: Feeds, scale: number): number[] {
  const rank = 3
  const [out, into] = [lora_B.length / rank, lora_A.length / rank]
  return Array.from({length: out}, (_, i) => {
    const row = Array.from({length: into}, (_, j) => {
      let sum = weight[i * into + j]
      for (let k = 0; k < rank; k++) sum += scale * lora_B[i * rank + k] * lora_A[k * into + j]
      return sum
    })
    return Math.sqrt(dot(row, row))
  })
}

test('vera builds W + Δ where that is cheaper, but not if sums are rounded to 16 bits: small Δ would be lost', () => {
  const [out, into, rank] = [10, 12, 64]
  const adapter = buildVera({rank})
  const shapes = {
    ...{x: [200, into], weight: [out, into], vera_A: [rank, into], vera_B: [out, rank]},
    ...{vera_lambda_d: [rank], vera_lambda_b: [out]},
  }
  type Tensors = Parameters<typeof adapter.forward>[1]
  const step: Step = ({x, ...at}) => ({y: adapter.forward(x as Tensor2D, at as Tensors, {rate: 0, drawn: {}})})
  const sums = (bits: 16 | 32) =>
    traced(step, shapes, {bits})
      .nodes.filter(({op}) => op === 'Add')
      .map(({outputs: [{shape}]}) => shape)
  expect(sums(32)).toEqual([[out, into]])
  expect(sums(16)).toEqual([[200, out]])
})

/** A start from W with 6 rows of x; `moved`, trainables stand elsewhere, as after some steps. */
async function caseOf(adapter: Adapter, weight: WeightShape, {moved = true} = {}): Promise<Case> {
  const origin = knownOrigin(weight, random(1))
  const {frozen, trainable} = await adapter.init(origin, random(2))
  const shapes = adapter.shapes(weight).trainable
  const place = ([name, data]: [string, Float32Array]) => {
    const draw = random(4, adapter.fileNames?.[name] ?? name)
    return [name, {shape: shapes[name].shape, data: moved ? data.map(value => value + 0.3 * draw.normal()) : data}]
  }
  return {
    x: normals([6, weight[1]], random(5)),
    dy: normals([6, weight[0]], random(6)),
    trainable: Object.fromEntries(Object.entries(trainable).map(place)),
    frozen: {
      weight: stored({shape: weight, data: await origin.weight()}),
      ...adapter.shared?.init([weight, [weight[0] + 3, weight[1] + 2]]), // of which a slice is this weight's
      ...frozen,
    },
  }
}

/** An origin whose numbers nobody looks at. */
function wide(n: number) {
  const zeros = (shape: readonly number[]) => stored({shape, data: new Float32Array(size(shape))})
  return {
    shape: [n, n] as const,
    weight: async () => new Float32Array(n * n),
    factors: async () => ({u: zeros([n, n]), sigma: zeros([n]), v: zeros([n, n])}),
  }
}
