import type {AdapterPlan} from '../../adapters/plan.ts'
import {mapValues, sum} from '../../base/collections.ts'
import {bytesOf, type Named, type Shape, type Stored, type StoredDType} from '../../engine/program.ts'
import type {ModelConfig} from '../../models/config.ts'
import type {Model} from '../../models/model.ts'
import type {Recipe} from '../file/schema.ts'

/** A stand-in for a tensor whose values are never read. */
export const placeholder = (shape: Shape, dtype: StoredDType = 'float32'): Stored => ({
  dtype,
  shape,
  at: {file: '/', offset: 0, bytes: bytesOf(dtype, shape)},
})

/** The weights that a trained model is scored with: those that training changes are merged, in float32 or as the engine computes. */
export function mergedPlaceholders({
  recipe,
  model,
  plan,
  tensors,
}: {
  readonly recipe: Pick<Recipe, 'engine'>
  readonly model: Model
  readonly plan: AdapterPlan
  readonly tensors: Named<Stored>
}): Record<string, Stored> {
  const replaced = new Set([...plan.whole, ...plan.modules.map(({path}) => `${path}.weight`)])
  return mapValues(model.shapes, (shape, name) =>
    replaced.has(name) ? placeholder(shape, matrixType(recipe, shape)) : (tensors[name] ?? placeholder(shape)),
  )
}

/** The type in which a run stores a tensor that it computes: only matrices are stored in bfloat16. */
export const matrixType = ({engine}: Pick<Recipe, 'engine'>, {length}: Shape) =>
  engine === 'openvino' && length === 2 ? 'bfloat16' : 'float32'

/** The bytes that tensors take in their types. */
export const storedBytes = (tensors: Named<Pick<Stored, 'dtype' | 'shape'>>): number =>
  sum(Object.values(tensors).map(({dtype, shape}) => bytesOf(dtype, shape)))

/** Stand-ins for the tensors of a checkpoint that was not read, of the type that its config names. */
export function placeholders(shapes: Named<Shape>, config: ModelConfig): Record<string, Stored> {
  const named = config.torch_dtype ?? config.dtype
  const dtype = named === 'bfloat16' || named === 'float16' ? named : 'float32'
  return mapValues(shapes, shape => placeholder(shape, dtype))
}
