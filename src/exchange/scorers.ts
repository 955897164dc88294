import {Fault} from '../base/fault.ts'
import {judgeAnswer, shareCorrect} from '../evaluate/generate.ts'
import type {Prediction} from '../evaluate/predictions.ts'
import {columnTask} from '../recipes/file/splits.ts'
import {taskOf} from '../recipes/file/task-of.ts'
import {predictionsFile} from '../recipes/run-folder.ts'
import type {Row} from '../results/row.ts'
import {SCORERS, scorerOf} from '../tasks/task.ts'
import type {FinishedRun} from './finished-run.ts'
import {readRunPredictions} from './rescore.ts'

export type ScorerName = (typeof SCORERS)[number]

/** A scorer's verdict on an output. */
export type ScoredOutput = Pick<Prediction<string | number>, 'extracted' | 'correct'>

/** An item on which scorers disagree. */
export interface Disagreement extends Pick<Prediction<string | number>, 'index' | 'output' | 'gold'> {
  readonly split: string
  readonly judged: Readonly<Record<ScorerName, ScoredOutput>>
}

export interface ScorerComparison {
  /** By scorer, then by split. */
  readonly scores: Readonly<Record<ScorerName, Row['scores']>>
  readonly disagreements: readonly Disagreement[]
}

/** Scores the saved predictions of a run by every scorer, without generating or writing anything. */
export async function compareScorers({folder, recipe, row}: FinishedRun): Promise<ScorerComparison> {
  const own = taskOf(recipe)
  if (own.kind !== 'generation') {
    const scored = own.kind === 'language' ? 'a perplexity, which has' : 'classes, which have'
    throw new Fault('usage', `${folder.path}: --scorer needs written answers; ${own.name} has ${scored} one scorer`)
  }
  const scores: Record<ScorerName, Row['scores']> = {paper: {}, strict: {}, exact: {}}
  const disagreements: Disagreement[] = []
  for (const split of Object.keys(row.scores)) {
    const task = columnTask(own, split)
    const items = (await readRunPredictions(folder.file(predictionsFile(split)), row.scores[split].n)).map(
      prediction => {
        const by = (name: ScorerName): ScoredOutput => {
          const {extracted, correct} = judgeAnswer(scorerOf(task, name), prediction)
          return {extracted, correct}
        }
        const {index, output, gold} = prediction
        return {split, index, output, gold, judged: {paper: by('paper'), strict: by('strict'), exact: by('exact')}}
      },
    )
    for (const name of SCORERS) scores[name][split] = shareCorrect(items.map(({judged}) => judged[name]))
    disagreements.push(
      ...items.filter(({judged}) => SCORERS.some(name => judged[name].correct !== judged.paper.correct)),
    )
  }
  return {scores, disagreements}
}
