import {join} from 'node:path'
import {parseObject} from '../../base/json.ts'
import {readText} from '../../base/read-text.ts'
import {predictionsFile} from '../../recipes/score-model.ts'
import type {Row} from '../../results/row.ts'
import type {ItemResults} from '../suite-comparison.ts'
import {scanLine} from './scan-line.ts'

/**
 * Reads which items a run got right, of the columns whose predictions are all in its folder: generated answers record it,
 * predicted classes are compared with the labels. @throws Fault 'input' where a line is not JSON
 */
export async function readItemResults(folder: string, row: Row): Promise<ItemResults[]> {
  const found: ItemResults[] = []
  for (const [column, {n, metric = 'accuracy'}] of Object.entries(row.scores)) {
    if (metric !== 'accuracy') continue
    const right = await readCorrect(join(folder, predictionsFile(column)), n)
    if (right) found.push({row, column, right})
  }
  return found
}

/** Undefined where the file does not have all n items, as during an evaluation. */
async function readCorrect(file: string, n: number): Promise<Uint8Array | undefined> {
  const text = (await readText(file)) ?? ''
  const right = new Uint8Array(n)
  const seen = new Uint8Array(n)
  let count = 0
  for (let from = 0, line = 1; ; line++) {
    const scanned = scanLine(text, from) ?? parsedLine(text, {from, where: `${file}:${line}`})
    if (!scanned) return count === n ? right : undefined
    const {index, next} = scanned
    if (seen[index] !== 0) return undefined // the index is out of range, or there twice
    seen[index] = 1
    right[index] = Number(scanned.right)
    count++
    from = next
  }
}

/** Parses any line of JSON; undefined behind the last line end, where there is nothing or half a line. */
function parsedLine(text: string, {from, where}: {readonly from: number; readonly where: string}) {
  const end = text.indexOf('\n', from)
  if (end < 0) return undefined
  const {index, correct, label, predicted} = parseObject(text.slice(from, end), where)
  return {
    index: typeof index === 'number' ? index : Number.NaN,
    right: Boolean(correct ?? label === predicted),
    next: end + 1,
  }
}
