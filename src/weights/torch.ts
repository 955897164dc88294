import {Fault} from '../base/fault.ts'
import {escapeLine, quote} from '../base/printable.ts'
import {type OpenFile, refusePointer, withFile} from '../base/read-file.ts'
import {type Extent, readZip} from '../data/zip.ts'
import type {Stored} from '../engine/program.ts'
import {checkName} from './header.ts'
import {tensorLocator} from './locate-tensor.ts'
import {type PickleValue, unpickle} from './pickle.ts'
import {isTensor, PICKLED, type Storage, storageOf} from './torch-pickle.ts'

// A file of PyTorch holds a pickle that describes the tensors, and their values, storage by storage. Since version 1.6 it is a
// zip archive of `<any>/data.pkl` and `<any>/data/<key>`; before, a few pickles and then each storage after its length.

/**
 * Locates each tensor of a state dict (`pytorch_model.bin`, `.pt`, `.pth`). Only the pickle is read. A tensor whose values are
 * not contiguous in the file, little-endian and of a type that programs read, is copied out of it.
 */
export async function readTorch(path: string): Promise<Record<string, Stored>> {
  return withFile(path, file => readStateDict(file, path))
}

/** Reads the tensors of an open file. Faults begin with `path`. */
export async function readStateDict(file: OpenFile, path: string): Promise<Record<string, Stored>> {
  const head = Buffer.alloc(Math.min(file.bytes, MAX_PICKLE))
  await file.read(head, 0)
  refusePointer(head, path)
  if (!isZip(head) && !isLegacy(head)) throw inputFault(path, `not a file of PyTorch${CONVERT}`)
  const {value, bigEndian, extentOf} = isZip(head) ? await openZip(file, path) : await openLegacy(file, path, head)
  const stored: Record<string, Stored> = Object.create(null)
  const locate = tensorLocator(file, {bigEndian, where: path})
  for (const [name, tensor] of tensorsOf(value, path)) {
    const {key, bytes} = tensor.storage
    const extent = extentOf(key)
    const storage = `storage ${escapeLine(key, 120)}`
    if (extent === undefined) throw inputFault(path, `${storage} is missing`)
    if (extent.bytes !== bytes) throw inputFault(path, `${storage} has ${extent.bytes} bytes, should have ${bytes}`)
    stored[name] = await locate(tensor, extent.offset, name)
  }
  return stored
}

/** The result of a file's pickle, and the bytes of its storages. */
interface OpenedPickle {
  readonly value: PickleValue
  readonly bigEndian: boolean
  readonly extentOf: (key: string) => Extent | undefined
}

async function openZip(file: OpenFile, path: string): Promise<OpenedPickle> {
  const records = await readZip(file, path)
  const programs = [...records.keys()].filter(name => /^[^/]+\/data\.pkl$/.test(name))
  if (programs.length !== 1) throw inputFault(path, 'not a file of PyTorch: it has no data.pkl of its own')
  const [root] = programs[0].split('/')
  const read = async (name: string, limit: number) => {
    const {offset, bytes} = records.get(name) ?? {offset: 0, bytes: 0}
    if (bytes > limit) throw inputFault(path, `${name} may have ${limit} bytes, not ${bytes}`)
    const into = Buffer.alloc(bytes)
    await file.read(into, offset)
    return into
  }

  const order = (await read(`${root}/byteorder`, 16)).toString()
  if (!['', 'little', 'big'].includes(order)) throw inputFault(path, `unknown byte order: ${escapeLine(order, 120)}`)
  const {value} = run(await read(programs[0], MAX_PICKLE), path) ?? cutShort(path)
  return {value, bigEndian: order === 'big', extentOf: key => records.get(`${root}/data/${key}`)}
}

/**
 * The old format: magic number, version, byte order and sizes, the value, the storages' keys; then the storages in that order.
 * Their bytes are little-endian on every machine, whatever byte order the file records.
 */
async function openLegacy(file: OpenFile, path: string, head: Uint8Array): Promise<OpenedPickle> {
  const {values, storages, end} = runAll(file, path, head)
  const [magic, version, , value, keys] = values
  if (magic !== MAGIC || version !== 1001) throw inputFault(path, "of an unknown version of PyTorch's format")

  const extents = new Map<string, Extent>()
  let at = end
  const length = Buffer.alloc(8)
  for (const key of Array.isArray(keys) ? keys : []) {
    const storage = typeof key === 'string' ? storages.get(key) : undefined
    if (!storage || extents.has(storage.key)) throw inputFault(path, 'lists storages that no tensor has')
    if (at + 8 + storage.bytes > file.bytes) cutShort(path)
    await file.read(length, at)
    const count = length.readBigInt64LE()
    if (Number(count) !== storage.length) {
      const name = `storage ${escapeLine(storage.key, 120)}`
      throw inputFault(path, `${name} has ${count} values, should have ${storage.length}`)
    }
    extents.set(storage.key, {offset: at + 8, bytes: storage.bytes})
    at += 8 + storage.bytes
  }
  if (at !== file.bytes) throw inputFault(path, `${file.bytes - at} bytes at its end belong to no storage`)
  return {value, bigEndian: false, extentOf: key => extents.get(key)}
}

/** Runs the pickles at the start of a file. Their length is known only after running them. */
function runAll(file: OpenFile, path: string, head: Uint8Array) {
  const storages = new Map<string, Storage>()
  const values: PickleValue[] = []
  let end = 0
  while (values.length < PICKLES) {
    const ran = run(head.subarray(end), path, storages)
    if (!ran && head.length < file.bytes) throw inputFault(path, `its pickles have more than ${MAX_PICKLE} bytes`)
    const {value, end: length} = ran ?? cutShort(path)
    values.push(value)
    end += length
  }
  return {values, storages, end}
}

function run(bytes: Uint8Array, path: string, storages = new Map<string, Storage>()) {
  try {
    return unpickle(bytes, {globals: PICKLED, persistent: id => storageOf(id, storages)})
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    throw new Fault(error.kind, `${path}: ${error.message}; only a state dict of tensors is read`, {cause: error})
  }
}

function* tensorsOf(value: PickleValue, path: string) {
  if (!(value instanceof Map)) throw inputFault(path, 'has no state dict, a map from names to tensors')
  for (const [name, tensor] of value) {
    if (typeof name !== 'string') throw inputFault(path, `not a valid tensor name: ${typeof name}`)
    const label = escapeLine(name, 120)
    checkName(name, path)
    if (!isTensor(tensor)) {
      const advice = tensor instanceof Map ? '; save that state dict by itself' : ''
      throw inputFault(path, `${label} is not a tensor but ${describe(tensor)}${advice}`)
    }
    const [flag] = tensor.flags
    if (flag !== undefined) {
      const advice = flag === 'neg' ? '; call resolve_neg() on it before you save it' : ''
      throw inputFault(path, `${label} has PyTorch's flag ${quote(flag)}, which is not supported${advice}`)
    }
    yield [name, tensor] as const
  }
}

function describe(value: PickleValue): string {
  if (typeof value !== 'object') return value === undefined ? 'None' : `a ${typeof value}`
  if (value instanceof Map) return 'a dict'
  if (Array.isArray(value)) return 'a list'
  return 'kind' in value ? `a ${value.kind}` : 'bytes'
}

function cutShort(path: string): never {
  throw inputFault(path, 'cut short; copy it again')
}

const inputFault = (path: string, problem: string) => new Fault('input', `${path}: ${problem}`)

const isZip = (head: Uint8Array) => head[0] === 0x50 && head[1] === 0x4b // PK

/** Whether the first pickle is a whole number of ten bytes; from protocol 4 on, it is in a frame. */
function isLegacy(head: Uint8Array): boolean {
  const at = head[2] === FRAME ? 11 : 2
  return head[0] === 0x80 && head[at] === 0x8a && head[at + 1] === 10
}

const CONVERT =
  "; to convert a file in another format: python -c \"import torch; torch.save(torch.load('old.bin', weights_only=True), 'pytorch_model.bin')\""
const FRAME = 0x95
const PICKLES = 5
const MAGIC = 0x1950a86a20f9469cfc6cn
const MAX_PICKLE = 2 ** 24
