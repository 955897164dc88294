import {Fault} from '../base/fault.ts'
import {refusePointer} from '../base/files.ts'
import {isReserved} from '../base/json.ts'
import {escapeLine} from '../base/printable.ts'
import {type OpenFile, withFile} from '../base/read-file.ts'
import type {Stored} from '../engine/program.ts'
import {tensorLocator} from './locate-tensor.ts'
import {type PickleValue, unpickle} from './pickle.ts'
import {isTensor, PICKLED, type Storage, storageOf} from './torch-pickle.ts'
import {type Extent, readZip} from './zip.ts'

// A file of PyTorch holds a pickle that describes the tensors, and their values, storage by storage. Since version 1.6 it is a
// zip archive of `<any>/data.pkl` and `<any>/data/<key>`; before, a few pickles and then each storage after its length.

/**
 * Locates each tensor of a state dict (`pytorch_model.bin`, `.pt`, `.pth`). Only the pickle is read. A tensor whose values are
 * not contiguous in the file, little-endian and of a type that programs read, is copied out of it.
 */
export async function readTorch(path: string): Promise<Record<string, Stored>> {
  return withFile(path, file => readState(file, path))
}

/** Reads the tensors of an open file. Errors name it `path`. */
export async function readState(file: OpenFile, path: string): Promise<Record<string, Stored>> {
  const head = new Uint8Array(Math.min(file.bytes, HEAD))
  await file.read(head, 0)
  refusePointer(head, path)
  if (!isZip(head) && !isLegacy(head)) throw new Fault('input', `${path}: not a file of PyTorch${CONVERT}`)
  const {value, littleEndian, startOf} = await (isZip(head) ? openZip : openLegacy)(file, path)
  const stored: Record<string, Stored> = Object.create(null)
  const locate = tensorLocator(file, {littleEndian, where: path})
  for (const [name, tensor] of tensorsOf(value, path)) {
    stored[name] = await locate(tensor, startOf(tensor.storage), name)
  }
  return stored
}

/** The result of a file's pickle, and the offsets of its storages. */
interface OpenedPickle {
  readonly value: PickleValue
  readonly littleEndian: boolean
  readonly startOf: (storage: Storage) => number
}

async function openZip(file: OpenFile, path: string): Promise<OpenedPickle> {
  const records = await readZip(file, path)
  const programs = [...records.keys()].filter(name => /^[^/]+\/data\.pkl$/.test(name))
  if (programs.length !== 1) throw new Fault('input', `${path}: not a file of PyTorch: it has no data.pkl of its own`)
  const [root] = programs[0].split('/')
  const read = async (name: string, most: number) => {
    const {offset, bytes} = records.get(name) ?? {offset: 0, bytes: 0}
    if (bytes > most) throw new Fault('input', `${path}: ${name} may take ${most} bytes, not ${bytes}`)
    const into = Buffer.alloc(bytes)
    await file.read(into, offset)
    return into
  }

  const program = await read(programs[0], MAX_PICKLE)
  const {value} = run(program, path) ?? cutShort(path)
  const order = `${root}/byteorder`
  const endian = records.has(order) ? (await read(order, 16)).toString() : 'little'
  if (endian !== 'little' && endian !== 'big')
    throw new Fault('input', `${path}: unknown byteorder: ${escapeLine(endian, 120)}`)
  return {
    value,
    littleEndian: endian === 'little',
    startOf({key, bytes}) {
      const record: Extent | undefined = records.get(`${root}/data/${key}`)
      if (!record) throw new Fault('input', `${path}: storage ${escapeLine(key, 120)} is missing`)
      if (record.bytes === bytes) return record.offset
      throw new Fault(
        'input',
        `${path}: storage ${escapeLine(key, 120)} is of ${record.bytes} bytes, should be of ${bytes}`,
      )
    },
  }
}

/** The old format: magic number, version, byte order and sizes, the value, the storages' keys; then the storages in that order. */
async function openLegacy(file: OpenFile, path: string): Promise<OpenedPickle> {
  const {values, storages, end} = await runAll(file, path)
  const [magic, version, system, value, keys] = values
  if (magic !== MAGIC || version !== 1001)
    throw new Fault('input', `${path}: of an unknown version of PyTorch's format`)
  const littleEndian = system instanceof Map ? system.get('little_endian') : undefined
  if (typeof littleEndian !== 'boolean') throw new Fault('input', `${path}: its byte order is missing`)

  const starts = new Map<string, number>()
  let at = end
  const length = Buffer.alloc(8)
  for (const key of Array.isArray(keys) ? keys : []) {
    const storage = typeof key === 'string' ? storages.get(key) : undefined
    if (!storage || starts.has(storage.key)) throw new Fault('input', `${path}: lists storages that no tensor has`)
    if (at + 8 + storage.bytes > file.bytes) cutShort(path)
    await file.read(length, at)
    const count = littleEndian ? length.readBigInt64LE() : length.readBigInt64BE()
    if (Number(count) !== storage.length) {
      throw new Fault(
        'input',
        `${path}: storage ${escapeLine(storage.key, 120)} has ${count} values, should have ${storage.length}`,
      )
    }
    starts.set(storage.key, at + 8)
    at += 8 + storage.bytes
  }
  if (at !== file.bytes) throw new Fault('input', `${path}: ${file.bytes - at} bytes at its end belong to no storage`)
  return {
    value,
    littleEndian,
    startOf({key}) {
      const start = starts.get(key)
      if (start === undefined) throw new Fault('input', `${path}: storage ${escapeLine(key, 120)} is missing`)
      return start
    },
  }
}

/** Runs the pickles at the start of a file. Their length is known only after running them. */
async function runAll(file: OpenFile, path: string) {
  for (let most = 2 ** 16; ; most *= 8) {
    const bytes = Buffer.alloc(Math.min(file.bytes, most, MAX_PICKLE))
    await file.read(bytes, 0)
    const storages = new Map<string, Storage>()
    const values: PickleValue[] = []
    let end = 0
    while (values.length < PICKLES) {
      const ran = run(bytes.subarray(end), path, storages)
      if (!ran) break
      values.push(ran.value)
      end += ran.end
    }
    if (values.length === PICKLES) return {values, storages, end}
    if (bytes.length === file.bytes) cutShort(path)
    if (bytes.length === MAX_PICKLE) throw new Fault('input', `${path}: its pickle takes more than ${MAX_PICKLE} bytes`)
  }
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
  if (!(value instanceof Map)) throw new Fault('input', `${path}: holds no state dict, a map from names to tensors`)
  for (const [name, tensor] of value) {
    if (typeof name !== 'string' || isReserved(name) || name === '__metadata__') {
      throw new Fault(
        'input',
        `${path}: not a valid tensor name: ${typeof name === 'string' ? escapeLine(name, 120) : typeof name}`,
      )
    }
    if (!isTensor(tensor)) {
      const advice = tensor instanceof Map ? '; save that state dict by itself' : ''
      throw new Fault('input', `${path}: ${escapeLine(name, 120)} is not a tensor but ${describe(tensor)}${advice}`)
    }
    yield [name, tensor] as const
  }
}

function describe(value: PickleValue): string {
  if (typeof value !== 'object') return value === undefined ? 'nothing' : `a ${typeof value}`
  if (value instanceof Map) return 'a dict'
  if (Array.isArray(value)) return 'a list'
  return 'kind' in value ? `a ${value.kind}` : 'bytes'
}

function cutShort(path: string): never {
  throw new Fault('input', `${path}: cut short; copy it again`)
}

const isZip = (head: Uint8Array) => head[0] === 0x50 && head[1] === 0x4b // PK

/** The first pickle is a whole number of ten bytes. */
const isLegacy = (head: Uint8Array) => head[0] === 0x80 && head[2] === 0x8a && head[3] === 10

const CONVERT = "; to convert one of another form: python -c \"import torch; torch.save(torch.load('it'), 'it.bin')\""
const HEAD = 64
const PICKLES = 5
const MAGIC = 0x1950a86a20f9469cfc6cn
const MAX_PICKLE = 2 ** 24
