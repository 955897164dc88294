import {Fault} from '../../base/fault.ts'
import type {DataRecord} from '../../data/record.ts'
import {columnText} from './columns.ts'

/** A piece of a prompt: text, or the column whose value stands there. */
type TemplatePiece = {readonly text: string} | {readonly column: string}

const AT = ['data', 'template']

/** Parses a prompt template: {column} is the value of a column, {{ and }} are braces. */
export function parseTemplate(template: string): readonly TemplatePiece[] {
  const mistake = templateMistake(template)
  if (mistake !== undefined) throw new Fault('recipe', `data.template ${mistake}`, {at: AT})
  return [...template.matchAll(PIECE)].map(([whole, column]): TemplatePiece => {
    if (column !== undefined) return {column: column.trim()}
    return {text: whole === '{{' ? '{' : whole === '}}' ? '}' : whole}
  })
}

/** The columns of a template, each once, in the order of their first appearance. */
export const templateColumns = (template: string): readonly string[] => [
  ...new Set([...template.matchAll(PIECE)].flatMap(([, column]) => column?.trim() ?? [])),
]

/** The mistake in a template; undefined if it is valid. */
export function templateMistake(template: string): string | undefined {
  const pieces = [...template.matchAll(PIECE)]
  const stray = pieces.find(([whole]) => whole === '{' || whole === '}')
  if (stray) return `has a single ${stray[0]} at character ${stray.index + 1}; a column is {name}, a brace is {{ or }}`
  return pieces.some(([, column]) => column !== undefined)
    ? undefined
    : 'names no column; write {name} where its value stands'
}

const PIECE = /\{\{|\}\}|\{([^{}\n]+)\}|[{}]|[^{}]+/g

/** The prompt of a record. @throws Fault 'input' where a column is missing */
export function fillPrompt(pieces: readonly TemplatePiece[], found: DataRecord): string {
  return pieces.map(piece => ('text' in piece ? piece.text : columnText(found, piece.column, AT))).join('')
}
