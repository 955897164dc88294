import {join} from 'node:path'
import {readRecords} from '../../src/data/read-records.ts'
import {GENERATION} from '../../src/tasks/index.ts'
import type {Scorer} from '../../src/tasks/task.ts'
import {lookUp} from '../look-up.ts'
import {differences, judgeBy, type Measure} from './measure.ts'

interface Line {
  readonly output: string
  readonly gold: string | number | null
  readonly extracted: string | number | null
  readonly correct: boolean
}

/** Compares the answer that a task extracts from every output, and whether it is correct. */
export async function check(folder: string, golden: {readonly task: string}): Promise<Measure[]> {
  const task = lookUp<Scorer<string | number>>('task', GENERATION, golden.task)
  const extracted: string[] = []
  const correct: string[] = []
  for (const [i, {fields}] of (await readRecords(join(folder, 'lines.jsonl'))).entries()) {
    const line = fields as unknown as Line
    const answer = task.extract(line.output)
    const right = answer !== undefined && line.gold !== null && task.correct(answer, line.gold)
    if ((answer ?? null) !== line.extracted) {
      extracted.push(`line ${i + 1}: ${JSON.stringify(answer ?? null)}, should be ${JSON.stringify(line.extracted)}`)
    }
    if (right !== line.correct) correct.push(`line ${i + 1}: ${right}, should be ${line.correct}`)
  }
  const judge = judgeBy()
  return [judge('extracted', differences(extracted)), judge('correct', differences(correct))]
}
