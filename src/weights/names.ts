import {Fault} from '../engine/fault.ts'
import type {Named, Shape, Stored} from '../engine/program.ts'
import {shown} from './json.ts'

/**
 * A checkpoint's tensors under the names that a model wants, `shapes`: a norm's gamma and beta are its weight and bias,
 * the model's prefix may be missing or too many, and a tied embedding may be there as the head. Whatever the model
 * reads nothing of is left aside, what it wants and nobody has stays absent.
 *
 * @throws Fault 'input' where two tensors could be meant by one name
 */
export function renamed(tensors: Named<Stored>, shapes: Named<Shape>): Record<string, Stored> {
  const found = new Map<string, string[]>()
  for (const name of Object.keys(tensors)) found.set(bare(name), [...(found.get(bare(name)) ?? []), name])

  const renamed: Record<string, Stored> = Object.create(null)
  for (const wanted of Object.keys(shapes)) {
    const names = found.get(bare(wanted)) ?? headsOf(wanted, tensors, shapes)
    if (names.length > 1) {
      throw new Fault('input', `two tensors could be the model's ${wanted}: ${names.map(shown).join(' and ')}`)
    }
    if (names.length > 0) renamed[wanted] = tensors[names[0]]
  }
  return renamed
}

/** What a tensor is called under all its names. */
const bare = (name: string) =>
  name
    .replace(/^(model|gpt_neox|bert|deberta|vit)\./, '')
    .replace(/\.gamma$/, '.weight')
    .replace(/\.beta$/, '.bias')

/** Of tensors that are one, a file holds one: the head, where the model has no head of its own. */
function headsOf(wanted: string, tensors: Named<Stored>, shapes: Named<Shape>): string[] {
  const head = HEADS.get(bare(wanted))
  return head !== undefined && !Object.hasOwn(shapes, head) && Object.hasOwn(tensors, head) ? [head] : []
}

/** An embedding, and the head that may be tied to it. */
const HEADS = new Map([
  ['embed_tokens.weight', 'lm_head.weight'],
  ['embed_in.weight', 'embed_out.weight'],
])
