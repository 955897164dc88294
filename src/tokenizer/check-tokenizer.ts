import {Fault} from '../base/fault.ts'
import {quote} from '../base/quote.ts'
import type {Fields} from '../data/record.ts'
import {charsmapProblem} from './charsmap.ts'
import {structureProblem} from './structure.ts'

/**
 * Refuses those tokenizer.json on which the tokenizers library ends the process, hangs or takes all memory instead of
 * throwing: they are valid JSON of the right types, but their steps have no end, or one part points to another that is
 * not there. The Fault names the part.
 */
export function checkTokenizer(json: Fields, file: string): void {
  const wrong = (problem: string) => new Fault('input', `${file}: not a tokenizer: ${problem}`)
  const structure = structureProblem(json)
  if (structure !== undefined) throw wrong(structure)
  for (const part of parts(json.normalizer, 'normalizers')) {
    if (part.type !== 'Precompiled' && !('precompiled_charsmap' in part)) continue
    const problem = charsmap(part.precompiled_charsmap)
    if (problem !== undefined) throw wrong(`precompiled_charsmap: ${problem}`)
  }

  const templates = [...parts(json.post_processor, 'processors')].filter(
    ({single, type}) => single || type === TEMPLATE,
  )
  if (templates.length > 1) throw wrong(`post_processor: ${templates.length} templates, one can be applied`)
  for (const template of templates) {
    const problem = templateProblem(template, 'single') ?? templateProblem(template, 'pair')
    if (problem !== undefined) throw wrong(`post_processor: ${problem}`)
  }

  const problem = mergeProblem(fieldsOf(json.model))
  if (problem !== undefined) throw wrong(`model: ${problem}`)
}

const TEMPLATE = 'TemplateProcessing'

/** A part, or all in the sequences that it is made of, however deep. */
function* parts(root: unknown, inner: string): Generator<Fields> {
  const open = [root]
  while (open.length > 0) {
    const part = fieldsOf(open.pop())
    yield part
    if (Array.isArray(part[inner])) for (const child of part[inner]) open.push(child)
  }
}

function charsmap(map: unknown): string | undefined {
  if (typeof map !== 'string') return 'it is not a text'
  const bytes = Buffer.from(map, 'base64')
  return bytes.toString('base64') === map ? charsmapProblem(bytes) : 'it is not base64'
}

/** A template is a list of `{Sequence: {id: 'A'}}` and `{SpecialToken: {id: '[CLS]'}}`. */
function templateProblem(template: Fields, form: 'single' | 'pair'): string | undefined {
  const pieces = template[form]
  const known = fieldsOf(template.special_tokens)
  let added = 0
  for (const piece of Array.isArray(pieces) ? pieces.map(fieldsOf) : []) {
    if (form === 'single' && fieldsOf(piece.Sequence).id === 'B') return 'the template of one text has a second one'
    const {id} = fieldsOf(piece.SpecialToken)
    if (typeof id !== 'string') continue
    if (!(Object.hasOwn(known, id) && known[id]))
      return `${form} uses ${quote(id)}, which is not among its special_tokens`
    const {ids} = fieldsOf(known[id])
    added += Array.isArray(ids) ? ids.length : 0
  }
  if (added > MOST_ADDED) return `${form} adds ${added} tokens to each text; at most ${MOST_ADDED} are allowed`
}

const MOST_ADDED = 1000

/** Where pieces that continue a word have a prefix, a merge takes as many bytes off its second part. */
function mergeProblem({continuing_subword_prefix: prefix, merges}: Fields): string | undefined {
  if (typeof prefix !== 'string' || prefix === '' || !Array.isArray(merges)) return undefined
  for (const [i, merge] of merges.entries()) {
    const second = typeof merge === 'string' ? merge.slice(merge.indexOf(' ') + 1) : merge?.[1]
    if (typeof second === 'string' && !second.startsWith(prefix))
      return `merge ${i} continues a word without the prefix ${quote(prefix)}`
  }
}

const fieldsOf = (value: unknown): Fields => (typeof value === 'object' && value !== null ? (value as Fields) : {})
