import {isCount} from '../base/json.ts'
import {type Shape, type StoredDType, size} from '../engine/program.ts'
import {isKind, type PickleObject, type PickleValue, refused} from './pickle.ts'

/** Values of one type that tensors are views of. */
export interface Storage extends PickleObject {
  readonly kind: 'storage'
  readonly key: string
  readonly format: StorageFormat
  /** The number of values, and of bytes. */
  readonly length: number
  readonly bytes: number
}

/** How a storage writes a value; int16 and int8 are no types of ours and are read as int32. */
export interface StorageFormat {
  readonly dtype: StoredDType | 'int16' | 'int8'
  readonly width: 1 | 2 | 4 | 8
}

export interface PickleTensor extends PickleObject {
  readonly kind: 'tensor'
  readonly storage: Storage
  /** The position of its first value in the storage. */
  readonly offset: number
  readonly shape: Shape
  /** The number of values that a step along each axis skips. */
  readonly strides: readonly number[]
  /** Those of PyTorch's flags that are set, such as `neg`: the storage holds the values with the other sign. */
  readonly flags: readonly string[]
}

const isStorage = (value: PickleValue): value is Storage => isKind(value, 'storage')
export const isTensor = (value: PickleValue): value is PickleTensor => isKind(value, 'tensor')

const STORAGES: ReadonlyMap<string, StorageFormat> = new Map([
  ['torch.DoubleStorage', {dtype: 'float64', width: 8}],
  ['torch.FloatStorage', {dtype: 'float32', width: 4}],
  ['torch.HalfStorage', {dtype: 'float16', width: 2}],
  ['torch.BFloat16Storage', {dtype: 'bfloat16', width: 2}],
  ['torch.LongStorage', {dtype: 'int64', width: 8}],
  ['torch.IntStorage', {dtype: 'int32', width: 4}],
  ['torch.ShortStorage', {dtype: 'int16', width: 2}],
  ['torch.CharStorage', {dtype: 'int8', width: 1}],
  ['torch.ByteStorage', {dtype: 'uint8', width: 1}],
  ['torch.BoolStorage', {dtype: 'bool', width: 1}],
])

/** The functions and classes that the pickle of a state dict may use. */
export const PICKLED: ReadonlyMap<string, ((args: readonly PickleValue[]) => PickleValue) | undefined> = new Map([
  ['collections.OrderedDict', orderedDict],
  ['torch._utils._rebuild_tensor', rebuild],
  ['torch._utils._rebuild_tensor_v2', rebuild],
  ['torch._utils._rebuild_parameter', parameter],
  ['torch._utils._rebuild_parameter_with_state', parameter],
  ['torch.Size', ([extents]) => countsOf(extents)],
  ...[...STORAGES.keys()].map(name => [name, undefined] as const),
])

/** The storage for `('storage', class, key, device, number of values)` in a pickle. */
export function storageOf(id: PickleValue, known: Map<string, Storage>): Storage {
  const [word, type, key, , length, view] = Array.isArray(id) ? id : []
  const format = isKind(type, 'global') ? STORAGES.get(type.name) : undefined
  if (word !== 'storage' || !format || typeof key !== 'string' || !isCount(length)) throw refused('names no storage')
  if (view !== undefined) throw refused('has a view of a storage, as versions before 0.4 wrote; save it by a newer one')
  const storage: Storage = {kind: 'storage', key, format, length, bytes: length * format.width}
  const before = known.get(key)
  if (before && (before.format !== format || before.length !== length)) throw refused('has two storages of one key')
  if (!before) known.set(key, storage)
  return before ?? storage
}

/** Python 2 passes the items as a list of pairs; Python 3 passes nothing and sets them later. */
function orderedDict([items = []]: readonly PickleValue[]): PickleValue {
  const dict = new Map<PickleValue, PickleValue>()
  for (const pair of Array.isArray(items) ? items : [items]) {
    if (!Array.isArray(pair)) throw refused('has a dict of values that are not pairs')
    dict.set(pair[0], pair[1])
  }
  return dict
}

function rebuild([storage, offset, extents, stride, , , metadata]: readonly PickleValue[]): PickleTensor {
  if (!isStorage(storage) || !isCount(offset)) throw refused('has a tensor without a storage')
  const [shape, strides] = [countsOf(extents), countsOf(stride)]
  if (shape.length !== strides.length || !isCount(size(shape))) throw refused('has a tensor without a shape')
  const last = shape.reduce((at, d, i) => at + (d - 1) * strides[i], offset)
  const none = shape.includes(0)
  if (!(none ? offset <= storage.length : last < storage.length)) throw refused('has a tensor beyond its storage')
  return {kind: 'tensor', storage, offset, shape, strides, flags: flagsOf(metadata)}
}

function flagsOf(metadata: PickleValue): readonly string[] {
  if (metadata === undefined) return []
  if (!(metadata instanceof Map)) throw refused('has a tensor of unknown metadata')
  return [...metadata].filter(([, isSet]) => isSet !== false).map(([flag]) => String(flag))
}

function parameter([tensor]: readonly PickleValue[]): PickleValue {
  if (!isTensor(tensor)) throw refused('has a parameter that is no tensor')
  return tensor
}

function countsOf(value: PickleValue): number[] {
  if (!Array.isArray(value) || value.length > MOST_AXES || !value.every(isCount)) {
    throw refused('has a tensor without a shape')
  }
  return [...value] // the program may append to its own later
}

const MOST_AXES = 64
