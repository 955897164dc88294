import {join} from 'node:path'
import {readText} from '../../base/read-text.ts'
import {parseObject} from '../../data/json-lines.ts'
import {predictionsFile} from '../../recipes/score-model.ts'
import type {Row} from '../../results/row.ts'
import type {ItemResults} from '../suite-comparison.ts'
import {scanLine} from './scan-line.ts'

/**
 * Which items a run got right, of its columns whose items are all in the folder: written answers say so, of classes the
 * predicted one tells. @throws Fault 'input' where a line is no prediction
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

/** Undefined where the file has not all n items, as while they are being answered. */
async function readCorrect(file: string, n: number): Promise<Uint8Array | undefined> {
  const text = (await readText(file)) ?? ''
  const right = new Uint8Array(n)
  const seen = new Uint8Array(n)
  let count = 0
  for (let from = 0, line = 1; ; line++) {
    const said = scanLine(text, from) ?? parsedLine(text, {from, where: `${file}:${line}`})
    if (!said) return count === n ? right : undefined
    const {index, next} = said
    if (seen[index] !== 0) return undefined // no such item, or twice
    seen[index] = 1
    right[index] = Number(said.right)
    count++
    from = next
  }
}

/** Any line of JSON; undefined behind the last \n, where nothing stands or half a line. */
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
