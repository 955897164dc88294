import {Fault} from '../base/fault.ts'
import {escapeLine} from '../base/printable.ts'
import type {Named, Shape, Stored} from '../engine/program.ts'

/**
 * A checkpoint's tensors under the names that a model wants, `shapes`: a norm's gamma and beta are its weight and bias,
 * the model's prefix may be missing or too many, and a tied embedding may be there as the head. Whatever the model
 * reads nothing of is left aside, what it wants and nobody has stays absent.
 *
 * @throws Fault 'input' where two tensors could be meant by one name
 */
export function renameTensors(tensors: Named<Stored>, shapes: Named<Shape>): Record<string, Stored> {
  const found = new Map<string, string[]>()
  for (const name of Object.keys(tensors)) found.set(bare(name), [...(found.get(bare(name)) ?? []), name])

  const renamed: Record<string, Stored> = Object.create(null)
  for (const target of Object.keys(shapes)) {
    const names = found.get(bare(target)) ?? headsOf(target, tensors, shapes)
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
export function unread(tensors: Named<Stored>, shapes: Named<Shape>): readonly string[] {
  const read = new Set(Object.values(renameTensors(tensors, shapes)))
  const modules = new Set(Object.keys(shapes).map(moduleOf))
  return Object.keys(tensors).filter(
    name => !read.has(tensors[name]) && modules.has(moduleOf(name)) && !BUFFERS.test(name),
  )
}

/** Angles of rotations, numbers of positions and causal masks, as older files of transformers have them. */
const BUFFERS = /\b(inv_freq|position_ids|attention\.bias|masked_bias)$/

/** The outermost module that a tensor is in. */
const moduleOf = (name: string) => bare(name).split('.')[0]

/** What a tensor is called under all its names. */
const bare = (name: string) =>
  checkpointName(name)
    .replace(/^(model|gpt_neox|bert|deberta|vit)\./, '')
    .replace(/\.gamma$/, '.weight')
    .replace(/\.beta$/, '.bias')

/** Of tensors that are one, a file holds one: the head, where the model has no head of its own. */
function headsOf(target: string, tensors: Named<Stored>, shapes: Named<Shape>): string[] {
  const head = HEADS.get(bare(target))
  return head !== undefined && !Object.hasOwn(shapes, head) && Object.hasOwn(tensors, head) ? [head] : []
}

/** An embedding, and the head that may be tied to it. */
const HEADS = new Map([
  ['embed_tokens.weight', 'lm_head.weight'],
  ['embed_in.weight', 'embed_out.weight'],
])

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
