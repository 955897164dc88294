import {join} from 'node:path'
import type {Row} from '../../report/row.ts'
import type {Answers} from '../../report/suite-comparison.ts'
import {parseObject} from '../../text/json-lines.ts'
import {readText} from '../../text/read-text.ts'
import {predictionsFile} from '../score-model.ts'

/**
 * Which items a run got right, of its columns whose items are all in the folder: written answers say so, of classes the
 * predicted one tells. @throws Fault 'input' where a line is no prediction
 */
export async function answersIn(folder: string, {recipe, seed, scores}: Row): Promise<Answers[]> {
  const found: Answers[] = []
  for (const [column, {n, metric = 'accuracy'}] of Object.entries(scores)) {
    if (metric !== 'accuracy') continue
    const right = await readRight(join(folder, predictionsFile(column)), n)
    if (right) found.push({recipe, column, seed, right})
  }
  return found
}

/** Undefined where the file has not all n items, as while they are being answered. */
async function readRight(file: string, n: number): Promise<Uint8Array | undefined> {
  const lines = ((await readText(file)) ?? '').split('\n').slice(0, -1)
  const right = new Uint8Array(n)
  const seen = new Set<unknown>()
  for (const [i, line] of lines.entries()) {
    const {index, correct, label, predicted} = parseObject(line, `${file}:${i + 1}`)
    if (typeof index !== 'number' || !(index < n) || seen.has(index)) return undefined
    seen.add(index)
    right[index] = Number(correct ?? label === predicted)
  }
  return seen.size === n ? right : undefined
}
