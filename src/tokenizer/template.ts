import type {Tokenizer as Core} from 'tokenizers'
import {Fault} from '../base/fault.ts'

/** Tokens of one or two texts as a model reads them; `typeIds` are the token type ids. */
export interface EncodedInput {
  readonly ids: number[]
  readonly typeIds: number[]
}

/** The tokens that a tokenizer adds to one text or two, and the positions of the texts among them. */
type InputTemplate = readonly TemplatePart[]

type TemplatePart = {readonly id: number; readonly type: number} | {readonly text: 0 | 1; readonly type: number}

export interface TemplateOptions {
  readonly pair: boolean
  readonly special: boolean
}

/** Infers the templates from examples, as the library does not return them. @throws Fault 'input' if no text has tokens */
export async function readTemplates(core: Core): Promise<(options: TemplateOptions) => InputTemplate> {
  const text = await shortText(core)
  const forms = async (pair: boolean) => ({
    special: await readTemplate(core, text, {pair, special: true}),
    plain: await readTemplate(core, text, {pair, special: false}),
  })
  const [one, two] = [await forms(false), await forms(true)]
  return ({pair, special}) => (pair ? two : one)[special ? 'special' : 'plain']
}

async function readTemplate(core: Core, text: string, {pair, special}: TemplateOptions): Promise<InputTemplate> {
  const encoding = await core.encode(text, pair ? text : null, {addSpecialTokens: special})
  const [ids, types, texts] = [encoding.getIds(), encoding.getTypeIds(), encoding.getSequenceIds()]
  return ids.flatMap((id, i): TemplatePart[] => {
    const [of, before] = [texts[i] ?? undefined, texts[i - 1] ?? undefined]
    if (of === undefined) return [{id, type: types[i]}]
    return of === before ? [] : [{text: of === 0 ? 0 : 1, type: types[i]}]
  })
}

/** The template without the token that ends it, if it is `id`. */
export function withoutLast(template: InputTemplate, id: number | undefined): InputTemplate {
  const last = template.at(-1)
  return last !== undefined && 'id' in last && last.id === id ? template.slice(0, -1) : template
}

async function shortText(core: Core): Promise<string> {
  for (const text of ['a', '0', 'the', '.', core.idToToken(core.getVocabSize(true) >> 1) ?? '']) {
    if ((await core.encode(text, null, {addSpecialTokens: false})).getLength() > 0) return text
  }
  throw new Fault('input', 'no text has tokens')
}

/**
 * Puts the texts into their template, `maxTokens` in total. The longer text is truncated first; if both are, each keeps
 * half, and an odd token stays with the longer one, or with the second of equal ones (tokenizers' LongestFirst).
 */
export function fillTemplate(
  template: InputTemplate,
  texts: readonly (readonly number[])[],
  maxTokens: number,
): EncodedInput {
  const added = template.filter(part => 'id' in part).length
  const [first, second] = texts.map(text => text.length)
  const lengths = longestFirst([first, second], Math.max(0, maxTokens - added))
  const input: EncodedInput = {ids: [], typeIds: []}
  const put = (id: number, type: number) => {
    if (input.ids.length >= maxTokens) return
    input.ids.push(id)
    input.typeIds.push(type)
  }
  for (const part of template) {
    if ('id' in part) put(part.id, part.type)
    else for (let i = 0; i < lengths[part.text]; i++) put(texts[part.text][i], part.type)
  }
  return input
}

function longestFirst([a, b]: readonly [number, number | undefined], room: number): number[] {
  if (b === undefined) return [Math.min(a, room)]
  if (a + b <= room) return [a, b]
  const shorter = Math.min(a, b, Math.floor(room / 2))
  return a > b ? [room - shorter, shorter] : [shorter, room - shorter]
}
