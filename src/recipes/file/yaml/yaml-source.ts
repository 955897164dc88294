import {isUtf8} from 'node:buffer'
import {stat} from 'node:fs/promises'
import {CST, isAlias, isMap, isScalar, isSeq, Lexer, type Node, type Pair, parseDocument, type YAMLError} from 'yaml'
import {isReserved} from '../../../base/json.ts'
import {escapeLine} from '../../../base/printable.ts'
import {readWhole} from '../../../base/read-file.ts'
import {decodeUtf8} from '../../../base/text/utf8.ts'
import {lineOf, type RecipeFinding, type SourceText, type TextSpan, type Tree, type TreeEntry} from './tree.ts'

const LARGEST = 1_000_000
const DEEPEST = 64
const MOST_VALUES = 5000
const MOST_TOKENS = 30_000

/** Tokens that never begin a level of block style. */
const LAYOUT: readonly (string | null)[] = ['space', 'newline', 'comment', 'comma', 'text', 'directive-line']

/** Tokens that stand for no text. */
const MARKS: readonly (string | null)[] = ['doc-mode', 'flow-error-end', 'scalar']

const TOO_DEEP = `nested deeper than ${DEEPEST} levels`
const TOO_LONG = `more than ${MOST_TOKENS} tokens`
const TOO_MANY = `more than ${MOST_VALUES} values, counting each alias in full`

/** A recipe's tree, absent if its text could not be parsed, and everything that is wrong with the text. */
export interface ParsedYaml {
  readonly tree?: Tree
  readonly findings: readonly RecipeFinding[]
}

/**
 * A recipe file's text, or why it cannot be a recipe: a folder or a device, more than 1 MB, not UTF-8.
 *
 * @throws the file system's own error for a file that cannot be read
 */
export async function readRecipeText(file: string): Promise<{readonly text: string} | {readonly refused: string}> {
  const found = await stat(file)
  if (!found.isFile())
    return {refused: `a recipe is a file, not a ${found.isDirectory() ? 'folder' : 'device or pipe'}`}
  if (found.size > LARGEST) return {refused: `a recipe may have at most ${LARGEST} bytes, not ${found.size}`}
  const bytes = await readWhole(file).catch(error => Promise.reject(error.cause ?? error))
  return isUtf8(bytes) ? {text: decodeUtf8(bytes, file)} : {refused: 'a recipe is UTF-8 text'}
}

/**
 * YAML 1.2 from `start` of a source's text on. Text that is nested deeply or very long is refused before it is parsed:
 * the parser's recursion can end the whole process.
 */
export function parseYaml(source: SourceText, start = 0): ParsedYaml {
  const text = source.text.slice(start)
  const span = (from: number, to: number): TextSpan => ({
    source,
    start: start + from,
    end: start + Math.max(to, from + 1),
  })
  const refused = refuse(text)
  if (refused) return {findings: [{at: span(refused.offset, refused.offset + 1), message: refused.message}]}

  const document = parseDocument(text, {schema: 'core', uniqueKeys: false, prettyErrors: false, logLevel: 'error'})
  if (document.errors.length > 0) {
    return {findings: document.errors.map(error => ({at: span(...error.pos), message: inWords(error)}))}
  }
  return grow(document.contents, span)
}

/** The first token below too many open collections, or after too many tokens; columns stand for levels of block style. */
function refuse(text: string): {readonly offset: number; readonly message: string} | undefined {
  const columns: number[] = []
  let flow = 0
  let tokens = 0
  for (const {type, offset, column} of tokensOf(text)) {
    if (type === 'flow-error-end') flow = 0
    if (type === 'doc-mode' || type === 'flow-error-end') continue

    if (type === 'flow-map-start' || type === 'flow-seq-start') flow++
    else if (type === 'flow-map-end' || type === 'flow-seq-end') flow = Math.max(0, flow - 1)
    else if (flow === 0 && !LAYOUT.includes(type)) {
      while (columns.length > 0 && columns[columns.length - 1] > column) columns.pop()
      if (columns[columns.length - 1] !== column) columns.push(column)
    }
    if (columns.length + flow > DEEPEST) return {offset, message: TOO_DEEP}
    if (++tokens > MOST_TOKENS) return {offset, message: TOO_LONG}
  }
  return undefined
}

/** The tokens of a text with their positions. Marks, like the one before a scalar, have no length. */
function* tokensOf(text: string) {
  let offset = 0
  let line = 0
  let type: string | null = null
  for (const token of new Lexer().lex(text)) {
    type = type === 'scalar' ? 'text' : CST.tokenType(token)
    yield {type, offset, column: offset - line}
    if (MARKS.includes(type)) continue
    if (token.includes('\n')) line = offset + token.lastIndexOf('\n') + 1
    offset += token.length
  }
}

/** The tree of a parsed document; aliases are followed, within the limits that hold for the whole. */
function grow(root: Node | null, span: (from: number, to: number) => TextSpan): ParsedYaml {
  const findings: RecipeFinding[] = []
  const anchors = new Map<string, Node>()
  let values = 0
  let refused: RecipeFinding | undefined

  const value = (node: unknown, fallback: TextSpan, depth: number): Tree => {
    const {range, tag, anchor} = (node ?? {}) as Node & {anchor?: string}
    const at = range ? span(range[0], range[1]) : fallback
    const empty: Tree = {kind: 'leaf', value: undefined, at}
    if (depth > DEEPEST) refused ??= {at, message: TOO_DEEP}
    if (++values > MOST_VALUES) refused ??= {at, message: TOO_MANY}
    if (refused) return empty

    if (isAlias(node)) {
      const meant = anchors.get(node.source)
      if (meant) return value(meant, at, depth + 1)
      findings.push({at, message: `no anchor of this name is defined above: ${escapeLine(node.source, 60)}`})
      return empty
    }
    if (anchor) anchors.set(anchor, node as Node)
    if (tag) findings.push({at, message: `a recipe takes no YAML tags: ${escapeLine(tag, 60)}`})
    if (isMap(node)) return {kind: 'map', entries: entries(node.items, at, depth), at}
    if (isSeq(node)) return {kind: 'list', items: node.items.map(item => value(item, at, depth + 1)), at}
    return isScalar(node) ? {kind: 'leaf', value: (node.value as string | null) ?? undefined, at} : empty
  }

  const entries = (pairs: readonly Pair[], map: TextSpan, depth: number): Map<string, TreeEntry> => {
    const found = new Map<string, TreeEntry>()
    for (const pair of pairs) {
      const written = isScalar(pair.key) && pair.key.value !== null ? pair.key : undefined
      const range = (pair.key as Node | null)?.range
      const key = range ? span(range[0], range[1]) : map
      const entry = {key, value: value(pair.value, key, depth + 1)}
      const name = String(written?.value)
      if (refused) break
      const first = found.get(name)?.key
      const fault = !written
        ? 'a key must be text'
        : isReserved(name)
          ? `forbidden key: ${name}`
          : first && `duplicate key: ${escapeLine(name, 60)}; first written on line ${lineOf(first)}`
      if (fault) findings.push({at: key, message: fault})
      else found.set(name, entry)
    }
    return found
  }

  const nowhere = span(0, 0)
  const tree = value(root, nowhere, 0)
  return refused ? {findings: [refused]} : {tree, findings}
}

/** The parser's messages in the style of svft's own. */
function inWords({code, message}: YAMLError): string {
  if (code === 'MULTIPLE_DOCS') return 'a recipe is one YAML document; a second one begins here'
  return escapeLine(message.charAt(0).toLowerCase() + message.slice(1), 200)
}
