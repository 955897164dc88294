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
  const span: SpanOf = (from, to) => ({
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
  return new TreeBuilder(span).build(document.contents)
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

/** Converts a parsed document to a tree. Aliases are followed, within the limits that hold for the whole. */
class TreeBuilder {
  private readonly span: SpanOf
  private readonly findings: RecipeFinding[] = []
  private readonly anchors = new Map<string, Node>()
  private values = 0
  /** Why the whole document is refused. */
  private refused: RecipeFinding | undefined

  constructor(span: SpanOf) {
    this.span = span
  }

  build(root: Node | null): ParsedYaml {
    const tree = this.value(root, this.span(0, 0), 0)
    return this.refused ? {findings: [this.refused]} : {tree, findings: this.findings}
  }

  /** The tree of a node; one without a position of its own, such as an empty value, has that of `above`. */
  private value(node: unknown, above: TextSpan, depth: number): Tree {
    const {range, tag, anchor} = (node ?? {}) as Node & {anchor?: string}
    const at = range ? this.span(range[0], range[1]) : above
    const empty: Tree = {kind: 'leaf', value: undefined, at}
    if (depth > DEEPEST) this.refused ??= {at, message: TOO_DEEP}
    if (++this.values > MOST_VALUES) this.refused ??= {at, message: TOO_MANY}
    if (this.refused) return empty

    if (isAlias(node)) {
      const meant = this.anchors.get(node.source)
      if (meant) return this.value(meant, at, depth + 1)
      this.findings.push({at, message: `no anchor of this name is defined above: ${escapeLine(node.source, 60)}`})
      return empty
    }
    if (anchor) this.anchors.set(anchor, node as Node)
    if (tag) this.findings.push({at, message: `a recipe takes no YAML tags: ${escapeLine(tag, 60)}`})
    if (isMap(node)) return {kind: 'map', entries: this.entries(node.items, at, depth), at}
    if (isSeq(node)) return {kind: 'list', items: node.items.map(item => this.value(item, at, depth + 1)), at}
    return isScalar(node) ? {kind: 'leaf', value: (node.value as string | null) ?? undefined, at} : empty
  }

  private entries(pairs: readonly Pair[], map: TextSpan, depth: number): Map<string, TreeEntry> {
    const found = new Map<string, TreeEntry>()
    for (const pair of pairs) {
      const range = (pair.key as Node | null)?.range
      const key = range ? this.span(range[0], range[1]) : map
      const value = this.value(pair.value, key, depth + 1)
      if (this.refused) break
      const name = isScalar(pair.key) && pair.key.value !== null ? String(pair.key.value) : undefined
      const message = keyFault(name, found)
      if (message !== undefined) this.findings.push({at: key, message})
      else if (name !== undefined) found.set(name, {key, value})
    }
    return found
  }
}

type SpanOf = (from: number, to: number) => TextSpan

/** What is wrong with a key, after the keys `before` it; undefined if nothing is. */
function keyFault(name: string | undefined, before: ReadonlyMap<string, TreeEntry>): string | undefined {
  if (name === undefined) return 'a key must be text'
  if (isReserved(name)) return `forbidden key: ${name}`
  const first = before.get(name)?.key
  return first && `duplicate key: ${escapeLine(name, 60)}; first written on line ${lineOf(first)}`
}

/** The parser's messages in the style of svft's own. */
function inWords({code, message}: YAMLError): string {
  if (code === 'MULTIPLE_DOCS') return 'a recipe is one YAML document; a second one begins here'
  return escapeLine(message.charAt(0).toLowerCase() + message.slice(1), 200)
}
