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
}

/**
 * Returns a checkpoint's tensors under the model's names: a norm's gamma and beta are its weight and bias, the model's prefix
 * may be missing or additional, and a tied embedding may be stored as the head. Tensors that the model does not have are
 * left out; tensors that the checkpoint lacks stay absent.
 *
 * @throws Fault 'input' if two tensors match one name
 */
export function renameTensors(tensors: Named<Stored>, layout: CheckpointLayout): Record<string, Stored> {
  const {shapes, prefix} = layout
  const found = new Map<string, string[]>()
  for (const name of Object.keys(tensors)) {
    const plain = bare(name, prefix)
    found.set(plain, [...(found.get(plain) ?? []), name])
  }

  const renamed: Record<string, Stored> = Object.create(null)
  for (const target of Object.keys(shapes)) {
    const names = found.get(bare(target, prefix)) ?? headsOf(target, tensors, layout)
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
 * its config, adapters that were not merged. Buffers, which are computed, do not count, nor do modules that the model does
 * not have, such as the heads of pretraining.
 */
export function unread(tensors: Named<Stored>, layout: CheckpointLayout): readonly string[] {
  const moduleOf = (name: string) => bare(name, layout.prefix).split('.')[0] // the outermost module of a tensor
  const read = new Set(Object.values(renameTensors(tensors, layout)))
  const modules = new Set(Object.keys(layout.shapes).map(moduleOf))
  return Object.keys(tensors).filter(
    name => !read.has(tensors[name]) && modules.has(moduleOf(name)) && !BUFFERS.test(name),
  )
}

/** Rotary frequencies, position ids and causal masks, which older files of transformers contain. */
const BUFFERS = /\b(inv_freq|position_ids|attention\.bias|attn\.bias|masked_bias)$/

/** The name of a tensor without the model's prefix, which is the same for all its names in checkpoints. */
function bare(name: string, prefix: string): string {
  const whole = checkpointName(name)
  const outer = [prefix, WRAPPER].find(module => whole.startsWith(`${module}.`))
  const inside = outer === undefined ? whole : whole.slice(outer.length + 1)
  return inside.replace(/\.gamma$/, '.weight').replace(/\.beta$/, '.bias')
}

/** The attribute under which classes of users often have their model. */
const WRAPPER = 'model'

/** A file has one of two tied tensors: the head, if the model has no head of its own. */
function headsOf(target: string, tensors: Named<Stored>, {shapes, tied}: CheckpointLayout): string[] {
  if (target !== tied?.embedding || Object.hasOwn(shapes, tied.head) || !Object.hasOwn(tensors, tied.head)) return []
  return [tied.head]
}

/**
 * Maps the name of a tensor or module of ViT in transformers since version 5.24 to its name in checkpoints:
 * `vit.layers.0.attention.q_proj` is `vit.encoder.layer.0.attention.attention.query`. Any other name is returned
 * unchanged.
 */
export function checkpointName(name: string): string {
  const [, prefix = '', layer, module, rest = ''] = NEWER.exec(name) ?? []
  return module === undefined ? name : `${prefix}encoder.layer.${layer}.${MODULES.get(module) ?? module}${rest}`
}

/** Maps the name of a tensor or module of ViT in checkpoints to its name in transformers since version 5.24. */
export function newerName(name: string): string {
  const [, prefix = '', layer, module, rest = ''] = OLDER.exec(name) ?? []
  return module === undefined ? name : `${prefix}layers.${layer}.${NEWER_MODULES.get(module) ?? module}${rest}`
}

/** ViT's modules within a layer: the newer name, and the checkpoint's. */
const MODULES = new Map([
  ['attention.q_proj', 'attention.attention.query'],
  ['attention.k_proj', 'attention.attention.key'],
  ['attention.v_proj', 'attention.attention.value'],
  ['attention.o_proj', 'attention.output.dense'],
  ['mlp.fc1', 'intermediate.dense'],
  ['mlp.fc2', 'output.dense'],
])
const NEWER_MODULES = new Map([...MODULES].map(([newer, older]) => [older, newer]))
const anyOf = (modules: Iterable<string>) => [...modules, 'layernorm_before', 'layernorm_after'].join('|')
const NEWER = new RegExp(`^(vit\\.)?layers\\.(\\d+)\\.(${anyOf(MODULES.keys())})(\\..*)?$`)
const OLDER = new RegExp(`^(vit\\.)encoder\\.layer\\.(\\d+)\\.(${anyOf(MODULES.values())})(\\..*)?$`)
