import {Fault} from '../base/fault.ts'
import {parseJson, parseObject, toObject} from '../base/json.ts'
import type {DataRecord} from './record.ts'

/** Parses JSON lines of at most `most` characters, or one JSON array of objects. Lines end with \n only; blank ones are skipped. */
export function parseJsonLines(text: string, file: string, most: number): DataRecord[] {
  return text.trimStart().startsWith('[') ? parseArray(text, file) : parseLines(text, file, most)
}

function parseLines(text: string, file: string, most: number): DataRecord[] {
  const found: DataRecord[] = []
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    const where = `${file}:${i + 1}`
    if (line.length > most)
      throw new Fault('input', `${where}: a line of ${line.length} characters; at most ${most} are read; remove it`)
    if (line.trim() === '{')
      throw new Fault('input', `${where}: an object over several lines; write each on one line, or all as one array`)
    found.push({fields: parseObject(line, where), where})
  }
  return found
}

function parseArray(text: string, file: string): DataRecord[] {
  const entries = parseJson(text, file) as unknown[] // it begins with a bracket
  return entries.map((entry, i) => {
    const where = `${file}: entry ${i + 1}`
    return {fields: toObject(entry, where), where}
  })
}
