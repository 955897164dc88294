import {readdirSync, readFileSync} from 'node:fs'
import {expect, test} from 'vitest'
import {apply, ENGINES, knownOrigin, type Numbers, relativeError} from '../../test/adapters.ts'
import {size} from '../engine/program.ts'
import {random} from '../tensor/random.ts'
import {readSafetensors, readTensor} from '../weights/safetensors.ts'
import {buildAdapter, METHODS} from './index.ts'

const goldens = new URL('../../test/goldens/', import.meta.url).pathname
const cases = (kind: string) => readdirSync(`${goldens}${kind}`)
const read = (path: string) => JSON.parse(readFileSync(`${goldens}${path}`, 'utf8'))

test('the goldens are all there', () => {
  expect(cases('adapters')).toHaveLength(25)
  expect(cases('init')).toHaveLength(32)
})

for (const name of cases('adapters')) {
  for (const engine of ENGINES) {
    test(`${name} answers what the reference answered, on the ${engine.name} engine`, async () => {
      const golden = await tensors(`adapters/${name}`)
      const {adapter, tolerance} = read(`adapters/${name}/case.json`)
      const rows = ({shape, data}: Numbers) => ({shape: [data.length / shape.at(-1)!, shape.at(-1)!], data})
      const frozen = {weight: golden.weight, ...within(golden, 'frozen.')}

      const ours = await apply(engine, buildAdapter(adapter), {
        x: rows(golden.x),
        dy: rows(golden.dy),
        trainable: within(golden, 'trainable.'),
        frozen: Object.fromEntries(
          Object.entries(frozen).map(([key, {shape, data}]) => [
            key,
            {dtype: data instanceof Int32Array ? 'int32' : 'float32', shape, at: {data}},
          ]),
        ),
      })

      const bias = golden.bias?.data ?? new Float32Array(golden.y.shape.at(-1)!)
      const expected = {
        y: golden.y.data.map((value, i) => value - bias[i % bias.length]),
        dx: golden.dx.data,
        merged: golden.merged.data,
        ...Object.fromEntries(Object.entries(within(golden, 'grad.')).map(([key, {data}]) => [`grad.${key}`, data])),
      }
      expect(Object.keys(ours).sort()).toEqual(Object.keys(expected).sort())
      for (const [key, theirs] of Object.entries(expected)) {
        const limit = tolerance?.[key] ?? (key === 'y' || key === 'merged' ? 1e-4 : 1e-3)
        expect(relativeError(ours[key], theirs), key).toBeLessThan(limit)
      }
    })
  }
}

for (const name of cases('init')) {
  test(`${name} has the reference's shapes and count`, async () => {
    const {adapter, weightShape, trainable, frozen, trainableCount} = read(`init/${name}/case.json`)
    const ours = buildAdapter(adapter)
    const shapes = ours.shapes(weightShape)
    expect(shapes).toEqual({trainable, frozen})
    expect(Object.values(shapes.trainable).reduce((sum, shape) => sum + size(shape), 0)).toBe(trainableCount)

    const origin = knownOrigin(weightShape[0] > 100 ? [96, 64] : weightShape, random(1))
    const made = await ours.init(origin, random(2))
    const {frozen: frozenShapes, trainable: trainableShapes} = ours.shapes(origin.shape)
    expect(Object.fromEntries(Object.entries(made.frozen).map(([key, {shape}]) => [key, shape]))).toEqual(frozenShapes)
    expect(Object.fromEntries(Object.entries(made.trainable).map(([key, data]) => [key, data.length]))).toEqual(
      Object.fromEntries(Object.entries(trainableShapes).map(([key, shape]) => [key, size(shape)])),
    )
  })
}

test('an adapter block may hold what is not the method’s own', () => {
  const recipe = {method: 'lora', rank: 2, alpha: 4, targets: ['q_proj']} as const
  expect(buildAdapter(recipe).shapes([3, 5]).trainable).toEqual({lora_A: [2, 5], lora_B: [3, 2]})
})

test('the methods go by the names that recipes use', () => {
  expect(Object.keys(METHODS)).toEqual(['svft', 'lora', 'full'])
})

async function tensors(path: string): Promise<Record<string, Numbers>> {
  const entries = Object.entries(await readSafetensors(`${goldens}${path}/tensors.safetensors`))
  return Object.fromEntries(
    await Promise.all(entries.map(async ([key, it]) => [key, {shape: it.shape, data: await readTensor(it)}])),
  )
}

const within = (all: Record<string, Numbers>, prefix: string) =>
  Object.fromEntries(
    Object.entries(all).flatMap(([key, it]) => (key.startsWith(prefix) ? [[key.slice(prefix.length), it]] : [])),
  )
