import {isReserved} from '../../../base/json.ts'
import {describeUnknownKey} from '../diagnose.ts'
import {keysAt, schemasAt} from '../json-schema.ts'
import type {RecipeFinding, SourceText, TextSpan, Tree} from './tree.ts'
import {type ParsedYaml, parseYaml} from './yaml-source.ts'

const FLAG = '--set '

/**
 * One `--set path=value` of the command line as a recipe of that one value: `train.lr=1e-3`,
 * `adapter.targets=[q_proj, v_proj]`. The value is YAML; relative paths in it start at `folder`.
 */
export function parseSet(text: string, folder: string): ParsedYaml & {readonly source: SourceText} {
  const source = {name: FLAG + text, text: FLAG + text, folder, flag: true}
  const equals = source.text.indexOf('=')
  const whole: TextSpan = {source, start: FLAG.length, end: Math.max(source.text.length, FLAG.length + 1)}
  if (equals <= FLAG.length) {
    return {source, findings: [{at: whole, message: 'must be path=value, like train.lr=1e-3'}]}
  }
  const keys = keySpans(source, equals)
  const fault = keys.map((_, i) => unknownStep(keys, i)).find(finding => finding !== undefined)
  if (fault) return {source, findings: [fault]}

  const {tree: value, findings} = parseYaml(source, equals + 1)
  const tree = value && keys.reduceRight<Tree>((inner, key) => branch(key, inner), value)
  return {source, tree, findings: tree ? findings : findings.map(adviseQuotes)}
}

/** Adds advice for text that begins no list or map and yet has signs of YAML in it. */
function adviseQuotes({at, message}: RecipeFinding): RecipeFinding {
  const [, path, value] = /^--set ([^=]*)=\s*(.*)/s.exec(at.source.text) ?? []
  const advice = /^[[{]/.test(value) ? '' : `; write text with signs of YAML in quotes: --set '${path}="…"'`
  return {at, message: message + advice}
}

interface PathKey {
  readonly name: string
  readonly at: TextSpan
}

/**
 * The path's keys. Where any key goes, as in train.lrs, the rest is one key, dots and all; if its last part is a key that the
 * values there may have, as in data.test.gsm8k.revision, that part is a key of its own.
 */
function keySpans(source: SourceText, equals: number): readonly PathKey[] {
  const keys: PathKey[] = []
  let start = FLAG.length
  while (start <= equals) {
    const end = keyEnd(source.text, {above: keys.map(({name}) => name), start, equals})
    keys.push({name: source.text.slice(start, end), at: {source, start, end: Math.max(end, start + 1)}})
    start = end + 1
  }
  return keys
}

/** The end of the key that begins at `start`. */
function keyEnd(
  text: string,
  {above, start, equals}: {readonly above: readonly string[]; readonly start: number; readonly equals: number},
): number {
  const {names, others} = keysAt(above)
  const takesRest = others && names.length === 0
  const dot = takesRest ? text.lastIndexOf('.', equals) : text.indexOf('.', start)
  if (dot < start || dot > equals) return equals
  const inner = text.slice(dot + 1, equals)
  return takesRest && !keysAt([...above, text.slice(start, dot)]).names.includes(inner) ? equals : dot
}

function unknownStep(keys: readonly PathKey[], i: number): RecipeFinding | undefined {
  const above = keys.slice(0, i).map(({name}) => name)
  const {name, at} = keys[i]
  const {names, others} = keysAt(above)
  if (above.length === 0 && name === 'extends') return {at, message: 'extends works only in a file'}
  if (isReserved(name)) return {at, message: `forbidden key: ${name}`}
  if (names.includes(name) || (others && name !== '')) return undefined
  if (names.length === 0) {
    const list = schemasAt(above).some(({type}) => type === 'array')
    const advice = list ? `set the whole list: ${above.join('.')}=[…]` : `it is a single value: ${above.join('.')}=…`
    return {at, message: `${above.join('.')} has no keys of its own; ${advice}`}
  }
  return {at, message: describeUnknownKey(above, name).message}
}

const branch = ({name, at}: PathKey, value: Tree): Tree => ({
  kind: 'map',
  entries: new Map([[name, {key: at, value}]]),
  at,
})
