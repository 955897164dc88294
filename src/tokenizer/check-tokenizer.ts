import type {Tokenizer as Core} from 'tokenizers'
import {Fault} from '../base/fault.ts'
import {quote} from '../base/printable.ts'
import {fieldsOf} from '../data/fields.ts'
import type {Fields} from '../data/record.ts'
import type {ListedToken} from './added-tokens.ts'
import {charsmapProblem} from './charsmap.ts'
import {stepsOf, structureProblem} from './structure.ts'

/**
 * Refuses each tokenizer.json on which the tokenizers library would end the process, hang or take all memory instead of
 * throwing: valid JSON of the right types, but with steps that never end or a reference to a part that does not exist. Refuses
 * one that encodes at random, too.
 */
export function checkTokenizer(json: Fields, file: string): void {
  const problem =
    structureProblem(json) ??
    charsmapsProblem(json) ??
    prefixed('post_processor', templatesProblem(json)) ??
    prefixed('model', mergeProblem(fieldsOf(json.model)))
  if (problem !== undefined) throw new Fault('input', `${file}: not a tokenizer: ${problem}`)
  const {dropout} = fieldsOf(json.model)
  if (dropout)
    throw new Fault(
      'input',
      `${file}: model.dropout is ${quote(dropout)}, which makes encoding random; it must be null`,
    )
}

const prefixed = (part: string, problem: string | undefined) => problem && `${part}: ${problem}`

function charsmapsProblem(json: Fields): string | undefined {
  for (const step of stepsOf(json, 'normalizer')) {
    if (step.type !== 'Precompiled' && !('precompiled_charsmap' in step)) continue
    const problem = base64Problem(step.precompiled_charsmap)
    if (problem !== undefined) return `precompiled_charsmap: ${problem}`
  }
}

function base64Problem(map: unknown): string | undefined {
  if (typeof map !== 'string') return 'not a text'
  const bytes = Buffer.from(map, 'base64')
  return bytes.toString('base64') === map ? charsmapProblem(bytes) : 'not base64'
}

function templatesProblem(json: Fields): string | undefined {
  const isTemplate = ({single, type}: Fields) => single || type === 'TemplateProcessing'
  const templates = stepsOf(json, 'post_processor').filter(isTemplate)
  if (templates.length > 1) return `${templates.length} templates; only one can be applied`
  for (const template of templates) return templateProblem(template, 'single') ?? templateProblem(template, 'pair')
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
  if (added > MAX_ADDED) return `${form} adds ${added} tokens to each text; at most ${MAX_ADDED} are allowed`
}

const MAX_ADDED = 1000

/** If pieces that continue a word have a prefix, a merge removes as many bytes from its second part. */
function mergeProblem({continuing_subword_prefix: prefix, merges}: Fields): string | undefined {
  if (typeof prefix !== 'string' || prefix === '' || !Array.isArray(merges)) return undefined
  for (const [i, merge] of merges.entries()) {
    const second = typeof merge === 'string' ? merge.slice(merge.indexOf(' ') + 1) : merge?.[1]
    if (typeof second === 'string' && !second.startsWith(prefix))
      return `merge ${i} continues a word without the prefix ${quote(prefix)}`
  }
}

/** Why some text with added tokens would make the library end the process; undefined if none would. */
export function addedTokensProblem(tokens: readonly ListedToken[], core: Core): string | undefined {
  const normalizer = core.getNormalizer()
  const formOf = ({content, normalized}: ListedToken) =>
    normalized && normalizer ? normalizer.normalizeString(content) : content
  const lost = tokens.find(token => token.content !== '' && formOf(token) === '') // it would be found inside letters too
  if (lost !== undefined) return `its normalizer removes the added token ${quote(lost.content)}`

  // in white space that belongs to the token before it, such a token would begin after its own end
  const spaces = tokens.filter(token => token.lstrip && !token.rstrip && /^\p{White_Space}+$/u.test(formOf(token)))
  for (const {content, normalized} of spaces) {
    const previous = tokens.find(token => token.rstrip && token.normalized === normalized) // others are searched for apart
    if (previous === undefined) continue
    const [first, second] = [quote(previous.content), quote(content)]
    return `the added token ${second} (lstrip: true) after ${first} (rstrip: true) ends the process; set one of these to false in a copy of the model`
  }
}
