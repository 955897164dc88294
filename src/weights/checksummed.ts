import {Fault} from '../base/fault.ts'
import {withFile} from '../base/read-file.ts'
import type {Named, Stored} from '../engine/program.ts'
import {hashTensors} from './checkpoint.ts'
import {FORMATS, type NumericArray} from './dtypes.ts'
import {readHeader} from './header.ts'
import {type SafetensorsOptions, type Writable, writeSafetensors} from './safetensors.ts'

// The files of a cache live long. A checksummed file has the sha256 of its tensors in its metadata, so that values that the
// disk, a copy or a user changed later are not mistaken for those that were computed.

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
