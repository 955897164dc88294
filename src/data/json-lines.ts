import {Fault} from '../base/fault.ts'
import {parseJson, parseObject, toObject} from '../base/json.ts'
import {linesOf} from '../base/text/lines.ts'
import {checkLine, type DataRecord} from './record.ts'

/** Parses JSON lines, or one JSON array of objects. Lines end with \n only; blank ones are skipped. */
export function parseJsonLines(text: string, file: string): DataRecord[] {
  return text.trimStart().startsWith('[') ? parseArray(text, file) : parseLines(text, file)
}

function parseLines(text: string, file: string): DataRecord[] {
  const found: DataRecord[] = []
  let number = 0
  for (const line of linesOf(text)) {
    number++
    if (line.trim() === '') continue
    const where = `${file}:${number}`
    checkLine(line, where)
    if (line.trim() === '{')
      throw new Fault(
        'input',
        `${where}: an object over several lines; write each record on one line, or all records as one array`,
      )
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
