import {compareText, mapValues} from '../base/collections.ts'
import {Fault} from '../base/fault.ts'
import {type Append, type AtomicWriteOptions, writeAtomically} from '../base/files.ts'
import {fromBfloat16, fromFloat16} from '../base/half.ts'
import {escapeLine} from '../base/printable.ts'
import {readPieces, withFile} from '../base/read-file.ts'
import {type Data, type Named, type Shape, type Stored, type StoredDType, size, WIDTHS} from '../engine/program.ts'
import {FORMATS, type NumericArray} from './dtypes.ts'
import {encodeHeader, readHeader, type TensorSpan} from './header.ts'

/** Locates each tensor of a file, of which only the header is read. A file that violates the format is an input fault. */
export async function readSafetensors(file: string): Promise<Record<string, Stored>> {
  return (await withFile(file, opened => readHeader(opened, file))).tensors
}

/**
 * Reads a tensor's values in C order: every float as float32, int64 as int32 (a value beyond it is a fault), bool and uint8
 * as bytes. Data in memory are returned as they are, unless they are the bits of bfloat16 or float16.
 */
export async function readTensor({dtype, shape, at}: Stored): Promise<Data> {
  if ('data' in at) {
    if (!(at.data instanceof Uint16Array)) return at.data
    return dtype === 'float16' ? fromFloat16(at.data) : fromBfloat16(at.data)
  }
  const width = WIDTHS[dtype]
  const where = `${at.file}: ${dtype} [${shape}] at byte ${at.offset}`
  if (at.bytes !== size(shape) * width) throw new Fault('failed', `${where}: cannot have ${at.bytes} bytes`)
  return withFile(at.file, async file => {
    const {data, take} = FORMATS[dtype].decoder(size(shape), where)
    let done = 0
    for await (const piece of readPieces(file, at.offset, at.bytes)) {
      take(piece, done, done + piece.length / width)
      done += piece.length / width
    }
    return data
  })
}

/** Reads a float tensor's values as `readTensor` does. */
export const readFloats = async (stored: Stored): Promise<Float32Array> => (await readTensor(stored)) as Float32Array

/** A tensor to write. A function is called when its turn comes, since a file may be larger than memory. */
export interface Writable {
  readonly dtype: StoredDType
  readonly shape: Shape
  /** The values: bits or float32 for float16 and bfloat16, and the type itself for all others. */
  readonly data: NumericArray | (() => Promise<NumericArray>)
}

/** Returns the values to write. */
export const readWritable = async ({data}: Pick<Writable, 'data'>): Promise<NumericArray> =>
  typeof data === 'function' ? data() : data

/** The same tensors, which call `before` each time one is about to be written. What it throws ends the writing. */
export const beforeEachWrite = (tensors: Named<Writable>, before: () => void): Record<string, Writable> =>
  mapValues(tensors, tensor => ({
    ...tensor,
    async data() {
      before()
      return readWritable(tensor)
    },
  }))

/** Writes tensors as `writeSafetensors` does, and locates them in the file, which programs map. */
export async function storeTensors(
  file: string,
  tensors: Readonly<Record<string, Writable>>,
): Promise<Record<string, Stored>> {
  await writeSafetensors(file, tensors)
  return readSafetensors(file)
}

export interface SafetensorsOptions extends AtomicWriteOptions {
  readonly metadata?: Readonly<Record<string, string>>
}

/**
 * Writes tensors completely or not at all. They are sorted by dtype, the widest first, then by name: every value is at a
 * multiple of its width, and the same tensors result in the same bytes.
 */
export async function writeSafetensors(
  file: string,
  tensors: Readonly<Record<string, Writable>>,
  {metadata, keep}: SafetensorsOptions = {},
): Promise<void> {
  const spans = layOut(tensors)
  const header = encodeHeader(spans, file, metadata)
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(header.length))

  const write = async (append: Append) => {
    await append(Buffer.concat([length, header]))
    for (const [name, {dtype, shape, begin, end}] of spans) {
      const bytes = FORMATS[dtype].encode(await readWritable(tensors[name]))
      if (bytes?.length !== end - begin) {
        throw new Fault('failed', `${file}: tensor ${escapeLine(name, 120)}: its data do not match ${dtype} [${shape}]`)
      }
      await append(bytes)
    }
  }
  await writeAtomically(file, write, {keep})
}

function layOut(tensors: Readonly<Record<string, Writable>>): readonly (readonly [string, TensorSpan])[] {
  const width = (name: string) => WIDTHS[tensors[name].dtype]
  const names = Object.keys(tensors).sort((a, b) => width(b) - width(a) || compareText(a, b))
  let end = 0
  return names.map(name => {
    const {dtype, shape} = tensors[name]
    const begin = end
    end += size(shape) * width(name)
    return [name, {dtype, shape, begin, end}]
  })
}
