import {Fault} from '../base/fault.ts'
import {escapeLine} from '../base/printable.ts'
import type {Named, Shape, Stored} from '../engine/program.ts'

/** The tensors of a model, and the names that checkpoints have for them. */
export interface CheckpointLayout {
  /** The names and shapes of the tensors. */
  readonly shapes: Readonly<Record<string, Shape>>
  /** The module that all but the heads are in, `model` say: checkpoints without heads leave it out. */
  readonly prefix: string
  /** An embedding, and the head that may be tied to it: of the two a checkpoint may have either. */
  readonly tied?: {readonly embedding: string; readonly head: string}
}

/**
 * A checkpoint's tensors under the names that a model wants: a norm's gamma and beta are its weight and bias,
 * the model's prefix may be missing or too many, and a tied embedding may be there as the head. Whatever the model
 * reads nothing of is left aside, what it wants and nobody has stays absent.
 *
 * @throws Fault 'input' where two tensors could be meant by one name
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
      throw new Fault(
        'input',
        `two tensors could be the model's ${target}: ${names.map(name => escapeLine(name, 120)).join(' and ')}`,
      )
    }
    if (names.length > 0) renamed[target] = tensors[names[0]]
  }
  return renamed
}

/**
 * The names of a checkpoint's tensors that lie in a model's own modules and that it has no place for: layers beyond
 * those of its config, adapters that nobody merged. Buffers that are computed anew do not count, nor do modules that
 * the model has nothing of, such as the heads of pretraining.
 */
export function unread(tensors: Named<Stored>, layout: CheckpointLayout): readonly string[] {
  const moduleOf = (name: string) => bare(name, layout.prefix).split('.')[0] // the outermost that a tensor is in
  const read = new Set(Object.values(renameTensors(tensors, layout)))
  const modules = new Set(Object.keys(layout.shapes).map(moduleOf))
  return Object.keys(tensors).filter(
    name => !read.has(tensors[name]) && modules.has(moduleOf(name)) && !BUFFERS.test(name),
  )
}

/** Angles of rotations, numbers of positions and causal masks, as older files of transformers have them. */
const BUFFERS = /\b(inv_freq|position_ids|attention\.bias|masked_bias)$/

/** The name of a tensor without the prefix of its model: the same for all names that a checkpoint may give it. */
function bare(name: string, prefix: string): string {
  const whole = checkpointName(name)
  const outer = [prefix, WRAPPER].find(module => whole.startsWith(`${module}.`))
  const inside = outer === undefined ? whole : whole.slice(outer.length + 1)
  return inside.replace(/\.gamma$/, '.weight').replace(/\.beta$/, '.bias')
}

/** The module that people's own classes have a model in. */
const WRAPPER = 'model'

/** A file holds one of two tied tensors: the head, where the model has no head of its own. */
function headsOf(target: string, tensors: Named<Stored>, {shapes, tied}: CheckpointLayout): string[] {
  if (target !== tied?.embedding || Object.hasOwn(shapes, tied.head) || !Object.hasOwn(tensors, tied.head)) return []
  return [tied.head]
}

/**
 * The name that checkpoints have for a tensor or module of ViT, given the name that transformers has for it since version
 * 5.24: `vit.layers.0.attention.q_proj` is `vit.encoder.layer.0.attention.attention.query`. Any other name is returned
 * as it is.
 */
export function checkpointName(name: string): string {
  const [, prefix = '', layer, module, rest = ''] = NEWER.exec(name) ?? []
  return module === undefined ? name : `${prefix}encoder.layer.${layer}.${MODULES.get(module) ?? module}${rest}`
}

/** The name that transformers has since version 5.24 for a tensor or module of ViT, given the one that checkpoints have. */
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
