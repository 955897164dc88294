import {dirname} from 'node:path'
import {mapValues} from '../base/collections.ts'
import {Fault} from '../base/fault.ts'
import {isReadOnly, makeFolder} from '../base/files.ts'
import {toBfloat16, toFloat16} from '../base/half.ts'
import {withFile} from '../base/read-file.ts'
import type {Named, Stored} from '../engine/program.ts'
import {FORMATS, type NumericArray} from './dtypes.ts'
import {hashTensors} from './hash-tensor.ts'
import {readHeader} from './header.ts'
import {readSafetensors, type SafetensorsOptions, type Writable, writeSafetensors} from './safetensors.ts'

// The files of a cache live long. A checksummed file has the sha256 of its tensors in its metadata, so that values that the
// disk, a copy or a user changed later are not mistaken for those that were computed.

/**
 * Locates the tensors of a checksummed file; if it is missing or damaged, computes and writes them. Where the folder is
 * read-only, they stay in memory.
 */
export async function cachedTensors(
  file: string,
  compute: () => Promise<Named<ComputedTensor>>,
): Promise<Named<Stored>> {
  const cached = await readChecksummed(file)
  if (cached) return cached
  const tensors = await compute()
  try {
    await makeFolder(dirname(file))
    await writeChecksummed(file, tensors)
    return await readSafetensors(file)
  } catch (error) {
    if (!isReadOnly(error)) throw error
    return mapValues(tensors, inMemory)
  }
}

type ComputedTensor = Omit<Stored, 'at'> & {readonly data: Float32Array}

function inMemory({dtype, shape, data}: ComputedTensor): Stored {
  const narrow = {bfloat16: toBfloat16, float16: toFloat16}[String(dtype)]
  return {dtype, shape, at: {data: narrow?.(data) ?? data}}
}

/** Writes tensors and their checksum, completely or not at all. */
export async function writeChecksummed(
  file: string,
  tensors: Named<Writable & {readonly data: NumericArray}>,
  {metadata = {}, keep}: SafetensorsOptions = {},
): Promise<void> {
  const stored = Object.entries(tensors).map(([name, {dtype, shape, data}]): [string, Stored] => {
    const bytes = FORMATS[dtype].encode(data) ?? new Uint8Array() // writeSafetensors refuses it
    return [name, {dtype, shape, at: {data: bytes}}]
  })
  const checksum = await hashTensors(Object.fromEntries(stored))
  await writeSafetensors(file, tensors, {metadata: {...metadata, [CHECKSUM]: checksum}, keep})
}

/**
 * Locates the tensors of a checksummed file after comparing all bytes with the checksum. Undefined if it is missing, has no
 * checksum or was changed, which `onDamage` reports.
 */
export async function readChecksummed(
  file: string,
  onDamage: (problem: string) => void = () => {},
): Promise<Record<string, Stored> | undefined> {
  try {
    const {tensors, metadata} = await withFile(file, opened => readHeader(opened, file))
    if (!Object.hasOwn(metadata, CHECKSUM)) return undefined
    if (metadata[CHECKSUM] === (await hashTensors(tensors))) return tensors
    onDamage(`${file}: its bytes are not those that were written`)
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    if (error.kind === 'input') onDamage(error.message)
  }
  return undefined
}

const CHECKSUM = 'sha256'
