import {expect, test} from 'vitest'
import {
  apply,
  type Case,
  dot,
  ENGINES,
  knownOrigin,
  normals,
  relativeError,
  timesTransposed,
} from '../../test/models/adapters.ts'
import {random} from '../tensor/random.ts'
import {readTensor} from '../weights/safetensors.ts'
import {buildOsf, osf} from './osf.ts'
import {plan} from './plan.ts'

const adapter = buildOsf({kept: 3})
const WEIGHT = [8, 6] as const

async function caseOf(rows: number): Promise<Case> {
  const {frozen, trainable} = await adapter.init(knownOrigin(WEIGHT, random(1)), random(2))
  const shapes = adapter.shapes(WEIGHT).trainable
  const moved = Object.entries(trainable).map(([name, data]) => {
    const draw = random(4, name)
    return [
      name,
      {shape: shapes[name as keyof typeof shapes].shape, data: data.map(value => value + 0.3 * draw.normal())},
    ]
  })
  const [x, dy] = [normals([rows, 6], random(5)), normals([rows, 8], random(6))]
  return {x, dy, trainable: Object.fromEntries(moved), frozen}
}

test('many rows pass through W′, few through its factors, with the same result and gradients', async () => {
  const many = await caseOf(200)
  const whole = await apply(ENGINES[1], adapter, many)
  expect(relativeError(whole.y, timesTransposed(many.x.data, whole.merged, 6))).toBeLessThan(1e-5)

  const sums = new Map<string, number[]>()
  for (let from = 0; from < 200; from += 2) {
    const rows = (width: number, data: Float32Array) => ({
      shape: [2, width],
      data: data.subarray(from * width, (from + 2) * width),
    })
    const few = await apply(ENGINES[1], adapter, {...many, x: rows(6, many.x.data), dy: rows(8, many.dy.data)})
    expect(relativeError(few.y, whole.y.subarray(from * 8, (from + 2) * 8))).toBeLessThan(1e-5)
    for (const name of ['grad.U_low', 'grad.S_low', 'grad.V_low']) {
      const sum = sums.get(name) ?? new Array<number>(few[name].length).fill(0)
      sums.set(
        name,
        sum.map((value, i) => value + few[name][i]),
      )
    }
  }
  for (const [name, sum] of sums) expect(relativeError(sum, whole[name]), name).toBeLessThan(1e-5)
})

test.each([2, 200])(
  'gradients of the vectors are orthogonal to the frozen ones, wherever training has led: %i rows',
  async rows => {
    const given = await caseOf(rows)
    const results = await apply(ENGINES[1], adapter, given)
    const [U, V] = [await readTensor(given.frozen.U_high), await readTensor(given.frozen.V_high)]
    const column = (values: ArrayLike<number>, j: number) => Array.from({length: 8}, (_, i) => values[3 * i + j])
    const row = (values: ArrayLike<number>, i: number) => Array.from(values).slice(6 * i, 6 * (i + 1))
    const length = (values: ArrayLike<number>) => Math.sqrt(dot(values, values))
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j < 3; j++) {
        const [u, v] = [column(results['grad.U_low'], j), row(results['grad.V_low'], j)]
        expect(Math.abs(dot(column(U, i), u))).toBeLessThan(1e-5 * length(u))
        expect(Math.abs(dot(row(V, i), v))).toBeLessThan(1e-5 * length(v))
      }
    }
  },
)

test('PEFT keeps a share of the singular values by default, which svft reads where it is the same number in every module', () => {
  const module = (path: string, [out, into]: readonly [number, number], rest: number) => [
    {path, name: 'S_low', shape: [rest]},
    {path, name: 'U_low', shape: [out, rest]},
    {path, name: 'V_low', shape: [rest, into]},
  ]
  const read = (tensors: ReturnType<typeof module>) => osf.peft?.read({effective_rank: null}, tensors)
  expect(read([...module('q', [8, 6], 3), ...module('k', [6, 9], 3)])).toMatchObject({kept: 3})
  const message = 'effective_rank: modules keep 3 and 2 singular values'
  expect(() => read([...module('q', [8, 6], 3), ...module('k', [4, 8], 2)])).toThrow(message)
})

test('a setting with which more trains than the weights themselves is warned about', () => {
  const warned = (kept: number) => {
    const {modules} = plan({shapes: {'a.proj.weight': [8, 8]}}, {adapter: buildOsf({kept}), targets: ['proj']})
    return osf.warnings?.({method: 'osf', kept, targets: ['proj'], match: 'suffix'}, modules)
  }
  expect(warned(5)).toEqual([])
  expect(warned(4)).toEqual([
    expect.stringContaining('adapter.kept: 4 trains 68 parameters, more than the 64 of the weights'),
  ])
})
