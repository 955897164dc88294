import type {GenerationProgress} from '../evaluate/generate.ts'
import type {EpochScore} from '../results/score-text.ts'
import type {MicroBatchProgress} from '../train/step-gradient.ts'
import type {StepReport} from '../train/train.ts'

/** A report of a run while it works: plain data, which crosses threads. `done` and `total` count what is named beside them. */
export type RunEvent =
  | {readonly type: 'warning'; readonly text: string}
  /** Bytes of the model and data. */
  | {readonly type: 'download'; readonly done: number; readonly total: number}
  /** Decomposed weights; `path` is that of the one that begins or has just ended. */
  | {readonly type: 'factors'; readonly done: number; readonly total: number; readonly path: string}
  | ({readonly type: 'training'} & TrainingStart)
  /** A step is done. */
  | {readonly type: 'step'; readonly report: StepReport}
  /** Micro-batches of a step that has several. */
  | ({readonly type: 'microBatch'} & MicroBatchProgress)
  /** Other work, as `what` names it: `images of train`, `score test`. */
  | {readonly type: 'progress'; readonly what: string; readonly done: number; readonly total: number}
  /** The score after an epoch, with `train.keep: best`. */
  | ({readonly type: 'epoch'; readonly step: number} & EpochScore)
  /** Generated answers of a split. */
  | ({readonly type: 'answers'; readonly split: string} & GenerationProgress)

/** The beginning of a training: its trainable parameters, its steps, and those that earlier sessions have done. */
interface TrainingStart {
  readonly params: number
  readonly steps: number
  readonly from: number
}

/** Functions that send the events of a run, one for each type. */
export const events = (onEvent: (event: RunEvent) => void = () => {}) => ({
  warn: (text: string) => onEvent({type: 'warning', text}),
  factors: (done: number, total: number, path: string) => onEvent({type: 'factors', done, total, path}),
  training: (state: TrainingStart) => onEvent({type: 'training', ...state}),
  step: (report: StepReport) => onEvent({type: 'step', report}),
  microBatch: (progress: MicroBatchProgress) => onEvent({type: 'microBatch', ...progress}),
  /** Progress of work that has neither steps nor answers: `images`, `score test`. */
  progress: (what: string, done: number, total: number) => onEvent({type: 'progress', what, done, total}),
  epoch: (score: {readonly step: number} & EpochScore) => onEvent({type: 'epoch', ...score}),
  answers: (split: string, progress: GenerationProgress) => onEvent({type: 'answers', split, ...progress}),
})

export type Events = ReturnType<typeof events>
