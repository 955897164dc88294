import {basename, join} from 'node:path'
import {isDeepStrictEqual} from 'node:util'
import {compact} from '../base/collections.ts'
import {Fault, type FaultOptions, prefixFault} from '../base/fault.ts'
import {parseStrictObject} from '../base/json.ts'
import {listNames} from '../base/list-files.ts'
import {listSome} from '../base/pluralize.ts'
import {escapeLine} from '../base/printable.ts'
import {hashFile, readWhole} from '../base/read-file.ts'
import {sha256} from '../base/sha256.ts'
import {nearest} from '../base/text/nearest.ts'
import {equalShapes, FLOATS, type Named, type Shape, type Stored} from '../engine/program.ts'
import {hashTensor} from './hash-tensor.ts'
import {type CheckpointLayout, findTied, renameTensors, unread} from './names.ts'
import {readSafetensors} from './safetensors.ts'
import {readShards} from './shards.ts'
import {readTorch} from './torch.ts'

/** A model's folder as on the hub: config.json, and weights of safetensors or PyTorch, in one file or in shards. */
export interface Checkpoint {
  readonly folder: string
  readonly config: Record<string, unknown>
  readonly tensors: Record<string, Stored>
}

/** Reads config.json and locates the tensors, without reading their values. */
export async function openCheckpoint(folder: string): Promise<Checkpoint> {
  const names = await listFolder(folder)
  if (!names.has(CONFIG))
    throw new Fault('input', `${folder}: ${CONFIG} is missing; a checkpoint has it next to its weights`)
  const config = parseStrictObject(await readWhole(join(folder, CONFIG)), join(folder, CONFIG))
  return {folder, config, tensors: await requireWeights(folder, names)()}
}

/** Checks that a folder has files that are named like weights; none is opened. @throws Fault 'input' if it has none */
export async function checkWeights(folder: string, {at}: Pick<FaultOptions, 'at'>): Promise<void> {
  requireWeights(folder, await listFolder(folder), at)
}

/** Whether a folder has files that are named like weights. */
export const hasWeights = async (folder: string): Promise<boolean> =>
  findWeights(folder, await listFolder(folder)) !== undefined

/** Finds the files of weights by their names; the result opens them. @throws Fault 'input' that lists the names */
function requireWeights(folder: string, names: ReadonlySet<string>, at?: FaultOptions['at']): OpenWeights {
  const found = findWeights(folder, names)
  if (found) return found
  const known = [...FORMS.map(({whole}) => `${whole} or its .index.json`), STATE].join(', ')
  const saved = stateDicts(names)
  const several = saved.length > 0 ? `; several .pt files: ${saved.map(name => escapeLine(name, 120)).join(', ')}` : ''
  throw new Fault('input', `${folder}: weights are missing: none of ${known} or a single .pt${several}`, {at})
}

function findWeights(folder: string, names: ReadonlySet<string>): OpenWeights | undefined {
  for (const {whole, read} of FORMS) {
    const index = `${whole}.index.json`
    if (names.has(whole)) return () => read(join(folder, whole))
    if (names.has(index)) return () => readShards(folder, {index, names, whole, read})
  }
  const saved = stateDicts(names)
  const state = saved.length === 1 ? saved[0] : saved.find(name => name === STATE)
  return state === undefined ? undefined : () => readTorch(join(folder, state))
}

type OpenWeights = () => Promise<Record<string, Stored>>

const stateDicts = (names: ReadonlySet<string>) => [...names].filter(name => name.endsWith('.pt')).sort()

/** The files of weights, each also with an index in shards; the first that exists is used. */
const FORMS = [
  {whole: 'model.safetensors', read: readSafetensors},
  {whole: 'pytorch_model.bin', read: readTorch},
] as const

/** A state dict that was saved by hand has this name, or is the only one of its kind. */
const STATE = 'model.pt'

export interface TensorCheckOptions {
  /** Tensors that train whole, as the head of a task. They may be missing; those of another shape are of another task and left out. */
  readonly heads?: readonly string[]
  /** Called for each head of another shape. */
  readonly onUnfit?: (name: string, shape: Shape) => unknown
}

/**
 * The tensors of a model of these shapes, under the model's names; other tensors are left out. One fault lists the first of
 * those that the checkpoint lacks or has in another shape. A bias that the model does not have, of a weight that it has, is
 * a fault too, as is a tensor of integers.
 */
export function checkTensors(
  {folder, tensors}: Checkpoint,
  layout: CheckpointLayout,
  {heads = [], onUnfit}: TensorCheckOptions = {},
): Record<string, Stored> {
  const {shapes} = layout
  const found = rename(folder, tensors, layout)
  const used = new Set(Object.values(found))
  const unused = Object.keys(tensors).filter(name => !used.has(tensors[name]))
  for (const name of heads) {
    if (found[name] === undefined || equalShapes(found[name].shape, shapes[name])) continue
    onUnfit?.(name, found[name].shape)
    delete found[name]
  }
  const isBias = (name: string) => name.endsWith('.bias') && used.has(tensors[name.replace(/bias$/, 'weight')])
  const problem =
    shapesProblem(found, shapes, {heads, unused}) ?? biasProblem(unused.filter(isBias)) ?? typeProblem(found)
  if (problem !== undefined) throw new Fault('input', `${folder}: ${problem}`)
  return found
}

interface ShapesOptions extends Required<Pick<TensorCheckOptions, 'heads'>> {
  /** The names of the checkpoint's tensors that the model does not have. */
  readonly unused: readonly string[]
}

function shapesProblem(
  found: Named<Stored>,
  shapes: CheckpointLayout['shapes'],
  {heads, unused}: ShapesOptions,
): string | undefined {
  const wrong = Object.entries(shapes).filter(([name, shape]) =>
    found[name] === undefined ? !heads.includes(name) : !equalShapes(found[name].shape, shape),
  )
  if (wrong.length === 0) return undefined
  const near = unused.slice(0, 1000)
  const first = wrong.slice(0, LISTED).map(([name, shape]) => describe(name, shape, found[name]?.shape, near))
  const rest = wrong.length > LISTED && `${wrong.length - LISTED} more`
  const count = `${wrong.length} of ${Object.keys(shapes).length} tensors do not fit the model`
  return `${count}: ${compact([...first, rest]).join('; ')}`
}

function biasProblem(biases: readonly string[]): string | undefined {
  if (biases.length === 0) return undefined
  return `weights have a bias, although config.json says they have none: ${listTensors(biases, 1)}`
}

function typeProblem(found: Named<Stored>): string | undefined {
  const other = Object.entries(found).find(([, {dtype}]) => !FLOATS.includes(dtype))
  return other && `${other[0]} has type ${other[1].dtype}; supported: ${FLOATS.join(', ')}`
}

const listTensors = (names: readonly string[], most: number): string =>
  listSome(
    names.map(name => escapeLine(name, 120)),
    most,
  )

/**
 * Refuses a checkpoint whose head differs from the embedding, although config.json ties the two: transformers 5 loads it as
 * untied, and earlier versions drop the head.
 */
export async function checkTied({tensors}: Checkpoint, layout: CheckpointLayout): Promise<void> {
  const tied = findTied(tensors, layout)
  if (!tied) return
  const [embedding, head] = [tensors[tied.embedding], tensors[tied.head]]
  if (isDeepStrictEqual(embedding, head) || (await hashTensor(embedding)) === (await hashTensor(head))) return
  const file = 'file' in head.at ? `${head.at.file}: ` : ''
  const names = `${escapeLine(tied.embedding, 120)} and ${escapeLine(tied.head, 120)}`
  throw new Fault('input', `${file}${names} differ; set tie_word_embeddings: false in config.json`)
}

/** Warnings about weights that a checkpoint has and its model, by config.json, does not. */
export function unreadWarnings({folder, tensors}: Checkpoint, layout: CheckpointLayout): readonly string[] {
  const names = unread(tensors, layout)
  if (names.length === 0) return []
  const listed = listTensors(names, 3)
  return [`${folder}: config.json describes a model without these tensors, which are ignored: ${listed}`]
}

function rename(folder: string, tensors: Named<Stored>, layout: CheckpointLayout): Record<string, Stored> {
  try {
    return renameTensors(tensors, layout)
  } catch (error) {
    throw prefixFault(folder, error)
  }
}

/**
 * 16 hex digits that identify the config, every byte of the weight files, whatever their names, and the `companions`, with
 * their names.
 */
export async function hashRevision(
  {config, tensors}: Pick<Checkpoint, 'config' | 'tensors'>,
  companions: readonly string[] = [],
): Promise<string> {
  const files = new Set<string>()
  const digests: string[] = []
  for (const [name, stored] of Object.entries(tensors)) {
    if ('file' in stored.at) files.add(stored.at.file)
    else digests.push(`${name} ${await hashTensor(stored)}`)
  }
  for (const file of files) digests.push(await hashFile(file))
  for (const file of companions) digests.push(`${basename(file)} ${await hashFile(file)}`)
  const all = [JSON.stringify(config), ...digests.sort()].join('\n')
  return sha256(all).slice(0, 16)
}

const listFolder = async (folder: string): Promise<ReadonlySet<string>> => new Set(await listNames(folder))

function describe(name: string, expected: Shape, found: Shape | undefined, unused: readonly string[]): string {
  if (found) return `${name} is (${found.join(', ')}), should be (${expected.join(', ')})`
  const near = nearestTensor(name, unused)
  return `${name} (${expected.join(', ')}) is missing${near === undefined ? '' : `, there is ${escapeLine(near, 120)}`}`
}

/** The most similar of `names`: one of the two has a prefix that the other lacks, or few letters differ. */
export function nearestTensor(name: string, names: readonly string[]): string | undefined {
  return names.find(other => other.endsWith(`.${name}`) || name.endsWith(`.${other}`)) ?? nearest(name, names)
}

const CONFIG = 'config.json'
const LISTED = 5
