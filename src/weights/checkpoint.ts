import {createHash} from 'node:crypto'
import {readdir} from 'node:fs/promises'
import {basename, join} from 'node:path'
import {Fault, prefixFault} from '../base/fault.ts'
import {hashFile, readPieces} from '../base/files.ts'
import {ioFault} from '../base/io-fault.ts'
import {parseStrictObject} from '../base/json.ts'
import {escapeLine} from '../base/printable.ts'
import {readWhole, withFile} from '../base/read-file.ts'
import type {Named, Shape, Stored} from '../engine/program.ts'
import {type CheckpointLayout, renameTensors} from './names.ts'
import {nearestTensor} from './nearest-tensor.ts'
import {readSafetensors} from './safetensors.ts'
import {readShards} from './shards.ts'
import {readTorch} from './torch.ts'

/** A model's folder as the hub has it: config.json, and weights of safetensors or of PyTorch, in one file or in shards. */
export interface Checkpoint {
  readonly folder: string
  readonly config: Record<string, unknown>
  readonly tensors: Record<string, Stored>
}

/** Reads config.json and where the tensors are; no weight is read. */
export async function openCheckpoint(folder: string): Promise<Checkpoint> {
  const names = await listFolder(folder)
  if (!names.has(CONFIG))
    throw new Fault('input', `${folder}: no ${CONFIG} here; a checkpoint has it beside its weights`)
  const config = parseStrictObject(await readWhole(join(folder, CONFIG)), join(folder, CONFIG))
  for (const {whole, read} of FORMS) {
    const index = `${whole}.index.json`
    if (names.has(whole)) return {folder, config, tensors: await read(join(folder, whole))}
    if (names.has(index)) return {folder, config, tensors: await readShards(folder, {index, names, whole, read})}
  }
  const saved = namedPt(names)
  const state = saved.length === 1 ? saved[0] : saved.find(name => name === STATE)
  if (state !== undefined) return {folder, config, tensors: await readTorch(join(folder, state))}
  const known = [...FORMS.map(({whole}) => `${whole} or its .index.json`), STATE]
  const several =
    saved.length > 0
      ? `; which .pt has the weights is not known: ${saved.map(name => escapeLine(name, 120)).join(', ')}`
      : ''
  throw new Fault('input', `${folder}: no weights here: none of ${known.join(', ')} or a single .pt${several}`)
}

/** Whether a folder has files that are called like weights; none is opened. */
export async function hasWeights(folder: string): Promise<boolean> {
  const names = await listFolder(folder)
  return FORMS.some(({whole}) => names.has(whole) || names.has(`${whole}.index.json`)) || namedPt(names).length > 0
}

const namedPt = (names: ReadonlySet<string>) => [...names].filter(name => name.endsWith('.pt')).sort()

/** The files that weights come in, in one or with an index in shards; the first that is there counts. */
const FORMS = [
  {whole: 'model.safetensors', read: readSafetensors},
  {whole: 'pytorch_model.bin', read: readTorch},
] as const

/** A state dict that somebody saved by hand: under this name, or alone of its kind. */
const STATE = 'model.pt'

export interface TensorCheckOptions {
  readonly fresh?: readonly string[]
  readonly heads?: readonly string[]
  readonly onUnfit?: (name: string, shape: Shape) => unknown
}

/**
 * The tensors of a model of these shapes, by the names it wants. One fault lists the first of them that the checkpoint
 * lacks or has in another shape; a bias that a weight has and the model does not is one too, other tensors are left out; those named in `fresh` it may lack. Those in
 * `heads`, layers of a task, it may lack too, and in another shape they are another task's and are left out; `onUnfit` is
 * called for each.
 */
export function checkTensors(
  {folder, tensors}: Checkpoint,
  layout: CheckpointLayout,
  {fresh = [], heads = [], onUnfit}: TensorCheckOptions = {},
): Record<string, Stored> {
  const {shapes} = layout
  const found = namedFor(folder, tensors, layout)
  const taken = new Set(Object.values(found))
  const left = Object.keys(tensors).filter(name => !taken.has(tensors[name]))
  const extra = left.slice(0, 1000)
  for (const name of heads) {
    if (found[name] === undefined || isShape(found[name].shape, shapes[name])) continue
    onUnfit?.(name, found[name].shape)
    delete found[name]
  }
  const wrong = Object.entries(shapes).filter(
    ([name, shape]) =>
      !isShape(found[name]?.shape, shape) && !(found[name] === undefined && [...fresh, ...heads].includes(name)),
  )
  const biases = left.filter(name => name.endsWith('.bias') && taken.has(tensors[name.replace(/bias$/, 'weight')]))
  if (wrong.length === 0 && biases.length > 0) {
    const which = `${escapeLine(biases[0], 120)}${biases.length > 1 ? ` and ${biases.length - 1} more` : ''}`
    throw new Fault('input', `${folder}: weights have a bias, although config.json says they have none: ${which}`)
  }
  if (wrong.length === 0) return found
  const count = `${wrong.length} of ${Object.keys(shapes).length} tensors do not fit the model`
  const first = wrong.slice(0, LISTED).map(([name, shape]) => describe(name, shape, found[name]?.shape, extra))
  const rest = wrong.length > LISTED ? [`${wrong.length - LISTED} more`] : []
  throw new Fault('input', `${folder}: ${count}: ${[...first, ...rest].join('; ')}`)
}

function namedFor(folder: string, tensors: Named<Stored>, layout: CheckpointLayout): Record<string, Stored> {
  try {
    return renameTensors(tensors, layout)
  } catch (error) {
    throw prefixFault(folder, error)
  }
}

/**
 * The sha256, in hex, of a tensor's dtype, shape and bytes; where it is stored does not count. Bytes in a file are read
 * only once for each `Stored`, since the factors of a large model are tens of gigabytes.
 */
export async function hashTensor(stored: Stored): Promise<string> {
  const {dtype, shape, at} = stored
  const hash = createHash('sha256').update(`${dtype} ${shape}\n`)
  if ('data' in at) return hash.update(at.data).digest('hex')
  const known = OF_FILES.get(stored)
  if (known !== undefined) return known
  await withFile(at.file, async file => {
    for await (const piece of readPieces(file, at.offset, at.bytes)) hash.update(piece)
  })
  const found = hash.digest('hex')
  OF_FILES.set(stored, found)
  return found
}

const OF_FILES = new WeakMap<Stored, string>()

/** One sha256, in hex, of tensors' names, types, shapes and bytes. */
export async function hashTensors(tensors: Named<Stored>): Promise<string> {
  const hash = createHash('sha256')
  for (const name of Object.keys(tensors).sort()) hash.update(`${name} ${await hashTensor(tensors[name])}\n`)
  return hash.digest('hex')
}

/**
 * 16 hex digits that stand for the config and every byte of the weight files, whatever the files are called, and of the
 * files `beside` them, by their names.
 */
export async function hashRevision(
  {config, tensors}: Pick<Checkpoint, 'config' | 'tensors'>,
  beside: readonly string[] = [],
): Promise<string> {
  const files = new Set<string>()
  const digests: string[] = []
  for (const [name, stored] of Object.entries(tensors)) {
    if ('file' in stored.at) files.add(stored.at.file)
    else digests.push(`${name} ${await hashTensor(stored)}`)
  }
  for (const file of files) digests.push(await hashFile(file))
  for (const file of beside) digests.push(`${basename(file)} ${await hashFile(file)}`)
  const all = [JSON.stringify(config), ...digests.sort()].join('\n')
  return createHash('sha256').update(all).digest('hex').slice(0, 16)
}

async function listFolder(folder: string): Promise<ReadonlySet<string>> {
  try {
    return new Set(await readdir(folder))
  } catch (error) {
    throw ioFault(folder, error)
  }
}

function describe(name: string, expected: Shape, found: Shape | undefined, extra: readonly string[]): string {
  if (found) return `${name} is (${found.join(', ')}), should be (${expected.join(', ')})`
  const near = nearestTensor(name, extra)
  return `${name} (${expected.join(', ')}) is missing${near === undefined ? '' : `, there is ${escapeLine(near, 120)}`}`
}

const isShape = (found: Shape | undefined, expected: Shape) =>
  found?.length === expected.length && found.every((d, i) => d === expected[i])

const CONFIG = 'config.json'
const LISTED = 5
