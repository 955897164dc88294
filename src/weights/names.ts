import {groupBy} from '../base/collections.ts'
import {Fault} from '../base/fault.ts'
import {escapeLine} from '../base/printable.ts'
import type {Named, Shape, Stored} from '../engine/program.ts'

/** The tensors of a model, and facts about their names in checkpoints. */
export interface CheckpointLayout {
  /** The names and shapes of the tensors. */
  readonly shapes: Readonly<Record<string, Shape>>
  /** The module that contains all but the heads, such as `model`; checkpoints without heads leave it out. */
  readonly prefix: string
  /** An embedding, and the head that may be tied to it: a checkpoint may have either. */
  readonly tied?: {readonly embedding: string; readonly head: string}
  /** The ends of the paths of linear layers whose weights are stored as (in, out), as GPT-2's are; others are (out, in). */
  readonly transposed?: readonly string[]
  /** Its names in newer versions of transformers, whose files may have them; default: the checkpoint's. */
  readonly newer?: NewerNames
}

/** How newer versions of transformers name the head, or the modules of blocks; neither tensors nor their order change. */
export type NewerNames = NewerBlocks | {readonly head: readonly [older: string, newer: string]}

export interface NewerBlocks {
  /** The list of blocks below the prefix: the checkpoint's name, and the newer one. */
  readonly blocks: readonly [older: string, newer: string]
  /** The checkpoint's name of each module within a block, by the newer name. */
  readonly modules: Readonly<Record<string, string>>
}

/**
 * Returns a checkpoint's tensors under the model's names: a norm's gamma and beta are its weight and bias, the model's prefix
 * may be missing or additional, and a tied embedding may be stored as the head. Tensors that the model does not have are
 * left out; tensors that the checkpoint lacks stay absent.
 *
 * @throws Fault 'input' if two tensors match one name
 */
export function renameTensors(tensors: Named<Stored>, layout: CheckpointLayout): Record<string, Stored> {
  const {shapes} = layout
  const found = namesByBare(tensors, layout)
  const renamed: Record<string, Stored> = Object.create(null)
  for (const target of Object.keys(shapes)) {
    const names = found.get(bare(target, layout)) ?? headsOf(target, found, layout)
    if (names.length > 1) {
      const both = names.map(name => escapeLine(name, 120)).join(' and ')
      throw new Fault('input', `two tensors match the model's ${target}: ${both}`)
    }
    if (names.length > 0) renamed[target] = tensors[names[0]]
  }
  return renamed
}

/**
 * The names of a checkpoint's tensors that are in a model's own modules and that it does not read: layers beyond those of
 * its config, adapters that were not merged. Buffers do not count, because they are computed, and neither do modules that the
 * model does not have, such as the heads of pretraining.
 */
export function unread(tensors: Named<Stored>, layout: CheckpointLayout): readonly string[] {
  const moduleOf = (name: string) => bare(name, layout).split('.')[0] // the outermost module of a tensor
  const read = new Set(Object.values(renameTensors(tensors, layout)))
  const modules = new Set(Object.keys(layout.shapes).map(moduleOf))
  return Object.keys(tensors).filter(
    name => !read.has(tensors[name]) && modules.has(moduleOf(name)) && !BUFFERS.test(name),
  )
}

/** Rotary frequencies, position ids and causal masks, which older files of transformers contain, and what pretraining alone reads. */
const BUFFERS = /\b(inv_freq|position_ids|mask_token|attention\.bias|attn\.bias|masked_bias)$/

/** The embedding and the head of a model that ties the two; undefined if the head is a tensor of its own. */
export const tiedPair = ({tied, shapes}: Pick<CheckpointLayout, 'tied' | 'shapes'>): CheckpointLayout['tied'] =>
  tied && !Object.hasOwn(shapes, tied.head) ? tied : undefined

/** The names in a checkpoint of the embedding and of the head that the model ties to it, if the checkpoint has both. */
export function findTied(tensors: Named<Stored>, layout: CheckpointLayout): CheckpointLayout['tied'] {
  const {tied} = layout
  if (!tied) return undefined
  const found = namesByBare(tensors, layout)
  const [embedding] = found.get(bare(tied.embedding, layout)) ?? []
  const [head] = headsOf(tied.embedding, found, layout)
  return embedding === undefined || head === undefined ? undefined : {embedding, head}
}

/** The names of a checkpoint's tensors by their names without the model's prefix. */
function namesByBare(tensors: Named<Stored>, layout: CheckpointLayout): ReadonlyMap<string, readonly string[]> {
  return groupBy(Object.keys(tensors), name => bare(name, layout))
}

/** The name of a tensor without the model's prefix, which is the same for all its names in checkpoints. */
function bare(name: string, layout: CheckpointLayout): string {
  const {prefix} = layout
  const whole = checkpointName(name.replace(WRAPPERS, ''), layout)
  const inside = whole.startsWith(`${prefix}.`) ? whole.slice(prefix.length + 1) : whole
  return inside.replace(/\.gamma$/, '.weight').replace(/\.beta$/, '.bias')
}

/** The attributes under which PyTorch's wrappers and classes of users have their model. */
const WRAPPERS = /^((module|model)\.)+/

/** The names of the head, if the target is the embedding to which the model ties it. */
function headsOf(target: string, found: ReturnType<typeof namesByBare>, layout: CheckpointLayout): readonly string[] {
  const tied = tiedPair(layout)
  if (target !== tied?.embedding) return []
  return found.get(bare(tied.head, layout)) ?? []
}

/** The path of the module that has the tensor of this name. */
export const modulePath = (name: string): string => name.slice(0, name.lastIndexOf('.'))

/** The last part of a path or a name: `q_proj` of `model.layers.0.self_attn.q_proj`. */
export const lastPart = (path: string): string => path.slice(path.lastIndexOf('.') + 1)

/**
 * Maps the name of a tensor or module in newer versions of transformers to its name in checkpoints: of ViT,
 * `vit.layers.0.attention.q_proj` is `vit.encoder.layer.0.attention.attention.query`. Any other name is returned unchanged.
 */
export function checkpointName(name: string, {prefix, newer}: NamedBlocks): string {
  if (!newer) return name
  if ('head' in newer) return renameHead(name, newer.head[1], newer.head[0])
  const [to, from] = newer.blocks
  return renameBlock(name, {prefix, from, to, modules: Object.entries(newer.modules)})
}

/** Maps the name of a tensor or module in checkpoints to its name in newer versions of transformers. */
export function newerName(name: string, {prefix, newer}: NamedBlocks): string {
  if (newer && 'head' in newer) return renameHead(name, ...newer.head)
  if (!newer || !name.startsWith(`${prefix}.`)) return name
  const [from, to] = newer.blocks
  const modules = Object.entries(newer.modules).map(([newer, older]) => [older, newer] as const)
  return renameBlock(name, {prefix, from, to, modules})
}

const renameHead = (name: string, from: string, to: string): string =>
  name === from || name.startsWith(`${from}.`) ? to + name.slice(from.length) : name

type NamedBlocks = Pick<CheckpointLayout, 'prefix' | 'newer'>

interface BlockNames {
  readonly prefix: string
  /** The names of the list of blocks. */
  readonly from: string
  readonly to: string
  readonly modules: readonly (readonly [from: string, to: string])[]
}

/** Renames the block and the module of a name like `vit.layers.0.mlp.fc1.weight`, with or without the prefix. */
function renameBlock(name: string, {prefix, from, to, modules}: BlockNames): string {
  const outer = name.startsWith(`${prefix}.`) ? `${prefix}.` : ''
  if (!name.startsWith(`${outer}${from}.`)) return name
  const [, index, inside] = /^(\d+)\.(.+)$/.exec(name.slice(outer.length + from.length + 1)) ?? []
  const [before, after] = modules.find(([module]) => inside === module || inside?.startsWith(`${module}.`)) ?? []
  return before === undefined ? name : `${outer}${to}.${index}.${after}${inside.slice(before.length)}`
}
