import {mapValues} from '../../src/base/collections.ts'
import type {Data, DType, Engine, Named, Shape, Step, Stored} from '../../src/engine/program.ts'
import {readSafetensors, readTensor} from '../../src/weights/safetensors.ts'

export interface Numbers {
  readonly shape: Shape
  readonly data: Data
}

/** All tensors of a safetensors file, by name. */
export async function readTensors(file: string): Promise<Record<string, Numbers>> {
  return readAll(await readSafetensors(file))
}

/** Reads the values of stored tensors. */
export async function readAll(stored: Named<Stored>): Promise<Record<string, Numbers>> {
  const all: Record<string, Numbers> = {}
  for (const [name, it] of Object.entries(stored)) all[name] = {shape: it.shape, data: await readTensor(it)}
  return all
}

/** Tensors in memory as weights of a program. */
export const inMemory = (all: Named<Numbers>): Record<string, Stored> =>
  mapValues(all, ({shape, data}) => ({dtype: dtypeOf(data), shape, at: {data}}))

/** Compiles a step for these inputs, runs it, and disposes of it. */
export async function once(
  engine: Engine,
  step: Step,
  {inputs, weights = {}}: {readonly inputs: Named<Numbers>; readonly weights?: Named<Stored>},
): Promise<Record<string, Data>> {
  const specs = mapValues(inputs, ({shape, data}) => ({dtype: dtypeOf(data), shape}))
  const program = await engine.compile(step, {inputs: specs, weights})
  try {
    return await program.run(mapValues(inputs, ({data}) => data))
  } finally {
    await program.dispose()
  }
}

const dtypeOf = (data: Data): DType =>
  data instanceof Float32Array ? 'float32' : data instanceof Int32Array ? 'int32' : 'bool'
